package command

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/pikeapi/sandbox"
)

// sendFlags are the flags of send.
type sendFlags struct {
	body, session, key string
	dryRun, duplicate  bool
	live               liveFlags
}

// liveFlags are what a call on live needs, both of them. There is no prompt and no variable for it.
type liveFlags struct {
	live    bool
	confirm string
}

func (l *liveFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&l.live, "live", false, "this call is meant for live; it must agree with the profile")
	f.StringVar(&l.confirm, "confirm-amount", "", "`AMOUNT` that the call moves on live, such as 150.00EUR; none where it moves no amount")
	group(cmd, "Safety", "live", "confirm-amount")
}

func (a *app) sendVerb() *cobra.Command {
	var s sendFlags
	cmd := &cobra.Command{
		Use: "send METHOD", Short: "Send one signed request to Pike",
		Args: cobra.MatchAll(cobra.ExactArgs(1)), ValidArgs: methodNames(),
		Long: "Signs the exact bytes of a body and sends them. What changes something at Pike is written to the journal\n" +
			"before it is sent and always carries an idempotency key where the method takes one.\n\n" +
			"On live both --live and --confirm-amount are needed. Methods:\n  " + methodLines(),
		Example: "pikedash send session/init/payout --body payout.json --dry-run\n" +
			"pikedash send session/init/payout --body - --env demo --api v1 < payout.json\n" +
			"pikedash send session/confirm --session ps_70120 --json\n" +
			"pikedash send session/init/payout --profile live --live --confirm-amount 150.00EUR --body payout.json",
		RunE: func(cmd *cobra.Command, args []string) error { return a.send(cmd, args[0], &s) },
	}
	f := cmd.Flags()
	f.StringVar(&s.body, "body", "", "`FILE` with the body, - for stdin; its bytes are not touched")
	f.StringVar(&s.session, "session", "", "session `ID` instead of --body, for methods that need no more")
	f.StringVar(&s.key, "idempotency-key", "", "idempotency key of 4 to 64 characters (default: a new one)")
	f.BoolVar(&s.dryRun, "dry-run", false, "print the whole request and send nothing")
	f.BoolVar(&s.duplicate, "allow-duplicate", false, "send although the same was sent before")
	group(cmd, "Input", "body", "session", "idempotency-key")
	group(cmd, "Safety", "dry-run", "allow-duplicate")
	s.live.declare(cmd)
	exits(cmd, exitRefused, exitKey, exitNotSent, exitUnknown, exitBlocked)
	return cmd
}

func methodNames() []string {
	var names []string
	for _, m := range pikeapi.Methods() {
		names = append(names, m.Name)
	}
	return names
}

func methodLines() string {
	return strings.Join(slices.Collect(func(yield func(string) bool) {
		for part := range slices.Chunk(methodNames(), 4) {
			if !yield(strings.Join(part, "  ")) {
				return
			}
		}
	}), "\n  ")
}

func (a *app) send(cmd *cobra.Command, name string, s *sendFlags) (err error) {
	method, ok := pikeapi.LookupMethod(name)
	if !ok {
		return usage("pikedash send --help lists them", "%s", pikeapi.ExplainMethod(name))
	}
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = r.closeAfterCall(err) }()
	body, err := a.sendBody(method, s)
	if err != nil {
		return err
	}
	call := pikeapi.Call{Method: name, Body: body, IdempotencyKey: s.key}
	p := r.settings.Current()
	if s.dryRun {
		return r.dryRun(cmd.Context(), p, call, s)
	}
	env, j, err := r.openFor(cmd.Context(), p, method, &s.live)
	if err != nil {
		return err
	}
	if err := env.Policy.CheckAlone(method, pikeapi.Permit{}); err != nil {
		return err
	}
	prepared, err := r.client.Prepare(cmd.Context(), env, speak(env, a.flags.api, call))
	if err != nil {
		return err
	}
	permit, err := livePermit(env, prepared, s.live.confirm, knownAmount(cmd.Context(), j, prepared))
	if err != nil {
		return err
	}
	permit.Duplicate = s.duplicate
	return a.result(r.client.Send(cmd.Context(), prepared, permit))
}

// speak chooses the version: methods that exist in one version only are called in it, unless the
// operator asked for another, which is an error.
func speak(env *pikeapi.Environment, asked string, call pikeapi.Call) pikeapi.Call {
	if asked != "" {
		call.Version = env.Version
	}
	return call
}

// openFor opens the environment for a call, after it was made sure that live is meant where it is
// spoken to, and nowhere else.
func (r *runtime) openFor(ctx context.Context, p *config.Profile, m pikeapi.Method, live *liveFlags) (*pikeapi.Environment, *journal.Journal, error) {
	if err := agree(&pikeapi.Environment{Name: p.Name, Kind: pikeapi.EnvKind(p.Kind.Value)}, m, live.live, live.confirm); err != nil {
		return nil, nil, err
	}
	return r.open(ctx, p)
}

// sendBody reads the body, or makes the one that names a session.
func (a *app) sendBody(m pikeapi.Method, s *sendFlags) ([]byte, error) {
	switch {
	case s.session != "" && s.body != "":
		return nil, usage("keep one of them", "both --body and --session are given")
	case s.session == "":
		return a.body(s.body)
	case !m.NeedsID:
		return nil, usage("give the body with --body", "%s is not about a session", m.Name)
	}
	return pikeapi.SessionCall{SessionID: s.session}.Body(pikeapi.V2)
}

// knownAmount is what a session moves, as the journal knows it: for calls whose body holds no amount.
func knownAmount(ctx context.Context, j *journal.Journal, p *pikeapi.Prepared) []pikeapi.Money {
	if p.Summary.Amount != nil || p.Summary.SessionID == "" {
		return nil
	}
	if p.Method.MovesMoney {
		if a, err := j.Moves(ctx, p); err == nil && a != nil {
			return []pikeapi.Money{*a}
		}
		return nil
	}
	detail, err := j.Session(ctx, p.Summary.SessionID)
	if err != nil || detail.Amount.Currency == "" {
		return nil
	}
	return []pikeapi.Money{detail.Amount}
}

// preparedJSON is a request that was not sent.
type preparedJSON struct {
	Schema      int         `json:"schema"`
	Sent        bool        `json:"sent"`
	Environment string      `json:"environment"`
	Kind        string      `json:"kind"`
	Project     string      `json:"project"`
	Method      string      `json:"method"`
	Version     string      `json:"version"`
	URL         string      `json:"url"`
	Headers     http.Header `json:"headers"`
	Body        bodyFacts   `json:"body"`
	Masked      bool        `json:"body_masked"`
	Text        string      `json:"body_text"`
	Key         string      `json:"key"`
	Summary     string      `json:"summary"`
}

// dryRun prepares a call without a journal and without a server.
func (r *runtime) dryRun(ctx context.Context, p *config.Profile, call pikeapi.Call, s *sendFlags) error {
	env, err := r.environment(ctx, p)
	if err != nil {
		return err
	}
	method, _ := pikeapi.LookupMethod(call.Method)
	if s.live.live || s.live.confirm != "" {
		if err := agree(env, method, s.live.live, s.live.confirm); err != nil {
			return err
		}
	}
	if env.BaseURL == "" {
		env.BaseURL = "http://" + sandbox.DefaultAddr
	}
	prepared, err := r.client.Prepare(ctx, env, speak(env, r.app.flags.api, call))
	if err != nil {
		return err
	}
	text, masked := pikeapi.MaskJSON(prepared.Body)
	out := preparedJSON{
		Schema: 1, Environment: env.Name, Kind: string(env.Kind), Project: env.Project, Method: method.Name,
		Version: prepared.Version.String(), URL: prepared.URL, Headers: prepared.Header,
		Body:   bodyFacts{len(prepared.Body), prepared.Digest.String()},
		Masked: masked, Text: string(text), Key: prepared.KeyFingerprint, Summary: sentence(prepared),
	}
	if r.app.flags.json {
		r.app.out.object(out)
		return nil
	}
	r.app.preparedText(out)
	return nil
}

func (a *app) preparedText(p preparedJSON) {
	a.out.line("POST %s", p.URL)
	for _, name := range []string{"Content-Type", "X-Partner-Project", "X-Partner-Submerchant", "X-Partner-Idempotency-Key", "X-Partner-Sign"} {
		if v := p.Headers.Get(name); v != "" {
			a.out.line("%s: %s", strings.ToUpper(name), v)
		}
	}
	a.out.line("")
	a.out.block(p.Text)
	a.out.line("")
	note := ""
	if p.Masked {
		note = "; what is secret is masked here, the digest is that of the true bytes"
	}
	a.out.line("%d bytes, sha256 %s%s", p.Body.Bytes, p.Body.SHA256, note)
	a.out.line("signed by %s", p.Key)
	a.out.line("%s", p.Summary)
	a.out.line("dry run: nothing was sent")
}

// sentence says what a request does, in the words of the dialogs.
func sentence(p *pikeapi.Prepared) string {
	var b strings.Builder
	b.WriteString(p.Method.Name)
	if p.Summary.Amount != nil {
		b.WriteString(" of " + p.Summary.Amount.Format())
	}
	if p.Summary.Recipient != "" {
		b.WriteString(" to " + p.Summary.Recipient)
	}
	if p.Summary.Target != "" {
		b.WriteString(", " + p.Summary.Target)
	}
	if p.Summary.SessionID != "" {
		b.WriteString(", session " + p.Summary.SessionID)
	}
	return b.String() + ", project " + p.Env.Project + ", on " + strings.ToUpper(string(p.Env.Kind))
}
