package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
)

// policyOf turns a profile's limits into pikeapi's.
func policyOf(p *config.Profile) (pikeapi.Policy, error) {
	policy := pikeapi.Policy{
		Methods: p.Methods.Value, DuplicateAfter: p.DuplicateWindow.Value, ForbidSelf: p.ForbidSelfApproval.Value,
	}
	for _, c := range p.Currencies.Value {
		policy.Currencies = append(policy.Currencies, strings.ToLower(c))
	}
	for _, l := range []struct {
		key    string
		texts  config.Value[[]string]
		target *map[string]int64
	}{
		{"max_amount", p.MaxAmount, &policy.MaxAmount},
		{"max_per_hour", p.MaxPerHour, &policy.MaxPerHour},
		{"max_per_day", p.MaxPerDay, &policy.MaxPerDay},
	} {
		limits, err := amounts(l.texts.Value)
		if err != nil {
			return policy, &fault{exit: exitFailure, category: "user_input", code: "config",
				message: fmt.Sprintf("profiles.%s.limits.%s (%s): %v", p.Name, l.key, l.texts.Origin, err)}
		}
		*l.target = limits
	}
	for _, name := range policy.Methods {
		if m, ok := pikeapi.LookupMethod(name); !ok || !m.Mutates {
			return policy, &fault{exit: exitFailure, category: "user_input", code: "config",
				message: fmt.Sprintf("profiles.%s.limits.methods (%s): %q is no method that changes something at Pike",
					p.Name, p.Methods.Origin, name)}
		}
	}
	return policy, nil
}

// amounts reads a list such as ["150.00 EUR", "200.00 USD"]; a currency may occur once.
func amounts(texts []string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, t := range texts {
		m, err := pikeapi.ParseAmount(t)
		if err != nil {
			return nil, err
		}
		currency := strings.ToLower(m.Currency)
		if _, twice := out[currency]; twice {
			return nil, fmt.Errorf("%s occurs twice", strings.ToUpper(currency))
		}
		if m.Amount <= 0 {
			return nil, fmt.Errorf("%q is no limit: to forbid a currency leave it out of limits.currencies", t)
		}
		out[currency] = m.Amount
	}
	return out, nil
}

// environment builds what the client needs of a profile, without journal. The address of the
// embedded sandbox and its key come from the runtime.
func (r *runtime) environment(ctx context.Context, p *config.Profile) (*pikeapi.Environment, error) {
	if err := p.CheckHost(r.app.flags.allowHost); err != nil {
		return nil, err
	}
	if p.Project.Value == "" {
		return nil, &fault{exit: exitFailure, category: "user_input", code: "config",
			message: fmt.Sprintf("the profile %s has no project", p.Name),
			hint:    fmt.Sprintf("set profiles.%s.project in %s, or give --project: Pike's manager knows it", p.Name, r.settings.File.Value)}
	}
	version, err := pikeapi.ParseVersion(p.APIVersion.Value)
	if err != nil {
		return nil, err
	}
	policy, err := policyOf(p)
	if err != nil {
		return nil, err
	}
	signer, err := r.signers.signer(ctx, p)
	if err != nil {
		return nil, err
	}
	settings := r.profiles()
	list := r.signers.keysOf(ctx, settings)
	if err := refuseShared(settings, list, p); err != nil {
		return nil, err
	}
	return &pikeapi.Environment{
		Name: p.Name, Kind: pikeapi.EnvKind(p.Kind.Value), BaseURL: p.BaseURL.Value, Project: p.Project.Value,
		Submerchant: p.Submerchant.Value, Version: version, Signer: signer, PikeKeys: pikeRing(list, p.Name),
		Policy: policy, Epoch: r.epoch.Add(1),
	}, nil
}

// pikeRing picks the keys with which Pike signs in an environment.
func pikeRing(list []keyOf, environment string) keys.Ring {
	var ring keys.Ring
	for _, k := range list {
		if k.Profile == environment && k.Role == keys.RolePike && k.known != nil {
			ring = append(ring, *k.known)
		}
	}
	return ring
}

// readOnly is a recorder that lets nothing pass that changes something at Pike.
type readOnly struct{ pikeapi.Recorder }

// Begin refuses mutating calls.
func (r readOnly) Begin(ctx context.Context, p *pikeapi.Prepared, permit pikeapi.Permit) (int64, error) {
	if p.Method.Mutates {
		return 0, &pikeapi.BlockedError{Rule: "read_only", Reason: p.Method.Name + " changes something at Pike, and this program runs read-only"}
	}
	return r.Recorder.Begin(ctx, p, permit)
}

// agree refuses a --live that does not fit the environment, and the other way round, for a call
// that changes something.
func agree(env *pikeapi.Environment, method pikeapi.Method, live bool, confirm string) error {
	switch {
	case live && env.Kind != pikeapi.Live:
		return blocked("live_mismatch", "leave --live out, or choose --profile live",
			"--live was given, but the profile %s is %s", env.Name, env.Kind)
	case confirm != "" && env.Kind != pikeapi.Live:
		return blocked("live_mismatch", "leave --confirm-amount out, or choose --profile live --live",
			"--confirm-amount was given, but the profile %s is %s", env.Name, env.Kind)
	case env.Kind != pikeapi.Live || !method.Mutates:
		return nil
	case !live || confirm == "":
		return blocked("live_locked", "add --live and --confirm-amount with the exact amount, such as --live --confirm-amount 150.00EUR",
			"the profile %s moves real money: %s needs both --live and --confirm-amount", env.Name, method.Name)
	}
	return nil
}

// livePermit is the permit of one call: in live the amount that was typed must be the call's.
func livePermit(env *pikeapi.Environment, p *pikeapi.Prepared, confirm string, known []pikeapi.Money) (pikeapi.Permit, error) {
	if env.Kind != pikeapi.Live || !p.Method.Mutates {
		return pikeapi.Permit{}, nil
	}
	permit, err := pikeapi.ConfirmAmount(env, p, confirm, known...)
	var block *pikeapi.BlockedError
	if err != nil && !errors.As(err, &block) {
		return permit, blocked("confirm_amount", "", "%v", err)
	}
	return permit, err
}
