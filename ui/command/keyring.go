package command

import (
	"context"
	"errors"
	"fmt"
	"os"

	"pikedash/config"
	"pikedash/keys"
)

// keyOf is a key that a profile uses, with what is known of it.
type keyOf struct {
	Profile     string           `json:"profile"`
	Role        keys.Role        `json:"role"`
	Name        string           `json:"name"`
	Where       string           `json:"where"`
	Fingerprint keys.Fingerprint `json:"fingerprint,omitempty"`
	Bits        int              `json:"bits,omitempty"`
	Form        string           `json:"form,omitempty"`
	Mode        string           `json:"mode,omitempty"`
	Problem     string           `json:"problem,omitempty"`
	known       *keys.Known
}

// keysOf lists every key that the settings name, opening nothing that needs a passphrase.
func (s *signers) keysOf(ctx context.Context, settings *config.Settings) []keyOf {
	var out []keyOf
	for _, n := range settings.Names() {
		p := settings.Profiles[n]
		out = append(out, s.ownKey(ctx, p))
		for _, k := range p.RetiredKeys {
			out = append(out, publicKey(p, k, keys.RoleRetired))
		}
		for _, k := range p.PikeKeys {
			out = append(out, publicKey(p, k, keys.RolePike))
		}
	}
	return out
}

// ownKey describes the signing key of a profile.
func (s *signers) ownKey(ctx context.Context, p *config.Profile) keyOf {
	out := keyOf{Profile: p.Name, Role: keys.RoleOwn, Name: p.Name + " key"}
	file := p.Key.File.Value
	if !p.Key.Set() && p.Kind.Value == config.Sandbox {
		file, _ = s.sandboxKeyFiles()
	}
	switch {
	case file != "":
		out.Where = "file " + s.short(file)
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) && !p.Key.Set() {
			out.Form = "made when it is first needed"
			return out
		}
		d := keys.DoctorFile(file)
		out.Form, out.Bits, out.Fingerprint = d.Form, d.Bits, d.Fingerprint
		out.Mode = fileMode(file)
		for _, problem := range d.Problems {
			if problem.Refused {
				out.Problem = problem.Error()
				break
			}
		}
		s.fill(&out, p, file)
	case p.Key.Agent.Value != "":
		out.Where = "ssh-agent " + p.Key.Agent.Value
		if pub, err := s.agentPublic(ctx, s.getenv("SSH_AUTH_SOCK"), p); err != nil {
			out.Problem = err.Error()
		} else {
			out.take(keys.Known{Name: out.Name, Environment: p.Name, Role: keys.RoleOwn, Public: pub})
		}
	case len(p.Key.Command.Value) > 0:
		out.Where = "command " + p.Key.Command.Value[0]
		s.fill(&out, p, "")
	default:
		out.Where, out.Problem = "none", "no signing key is configured"
	}
	return out
}

// fill finds the public half of an own key: from a signer that is open, from the file that the
// profile names for it, or from an unencrypted private key.
func (s *signers) fill(out *keyOf, p *config.Profile, file string) {
	known := keys.Known{Name: out.Name, Environment: p.Name, Role: keys.RoleOwn}
	if made := s.known(p.Name); made != nil {
		known.Public = made.Public()
	} else if pub, err := keys.ReadPublicFile(p.Key.Public.Value); p.Key.Public.Value != "" && err == nil {
		known.Public = pub.Key
	} else if private, err := keys.ReadPrivateFile(file, nil); file != "" && err == nil {
		known.Public = &private.Key.PublicKey
	}
	if known.Public != nil {
		out.take(known)
	} else if out.Problem == "" && file == "" {
		out.Problem = "its public half cannot be read"
	}
}

// take notes what a public key says of itself.
func (k *keyOf) take(known keys.Known) {
	k.known = &known
	k.Fingerprint, k.Bits = keys.FingerprintOf(known.Public), known.Public.N.BitLen()
}

// publicKey describes a public key that a profile names.
func publicKey(p *config.Profile, k config.PublicKey, role keys.Role) keyOf {
	name := k.Name
	if name == "" {
		name = fmt.Sprintf("%s %s key", p.Name, role)
	}
	out := keyOf{Profile: p.Name, Role: role, Name: name, Where: "file " + k.File, Mode: fileMode(k.File)}
	var pub *keys.Public
	var err error
	if k.File != "" {
		pub, err = keys.ReadPublicFile(k.File)
	} else {
		out.Where, out.Mode = k.Origin.String(), ""
		pub, err = keys.ParsePublic([]byte(k.PEM))
	}
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	out.Form = pub.Form
	out.take(keys.Known{Name: name, Environment: p.Name, Role: role, Public: pub.Key})
	return out
}

// ringOf turns a list of keys into the ring that signatures are held against.
func ringOf(list []keyOf) keys.Ring {
	var ring keys.Ring
	for _, k := range list {
		if k.known != nil {
			ring = append(ring, *k.known)
		}
	}
	return ring
}

// refuseShared refuses to use a profile whose key also belongs to a profile of the other kind:
// only the body is signed, so what was signed for demo could be replayed on live.
func refuseShared(settings *config.Settings, list []keyOf, p *config.Profile) error {
	ring := ringOf(list)
	for _, n := range settings.Names() {
		other := settings.Profiles[n]
		pair := [2]string{p.Kind.Value, other.Kind.Value}
		if pair != [2]string{config.Demo, config.Live} && pair != [2]string{config.Live, config.Demo} {
			continue
		}
		if k, _, shared := ring.SharedBetween(p.Name, other.Name); shared {
			return keyFault(nil, "make a key pair for each with pikedash keys generate and give Pike both public halves",
				"the profiles %s and %s share the key %s: what is signed for one can be replayed on the other",
				p.Name, other.Name, keys.FingerprintOf(k.Public).Short())
		}
	}
	return nil
}
