package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/pikeapi/sandbox"
)

func (a *app) devVerb() *cobra.Command {
	cmd := &cobra.Command{Use: "dev", Short: "Tools for demonstrations and measurements", Example: "pikedash dev seed --rows 100000"}
	cmd.AddCommand(a.devSeed())
	return cmd
}

func (a *app) devSeed() *cobra.Command {
	var rows int
	var seed uint64
	var now string
	cmd := &cobra.Command{
		Use: "seed", Short: "Fill a sandbox journal with lifelike payouts and payments", Args: cobra.NoArgs,
		Long:    "Fills the journal of a sandbox profile with lifelike data. The same seed, rows and time make the same data.",
		Example: "pikedash dev seed --rows 1000\npikedash dev seed --rows 1000000 --seed 7 --now 2026-11-01T12:00:00Z",
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := a.day("--now", now)
			if err != nil {
				return err
			}
			if at.IsZero() {
				at = a.now()
			}
			if rows < 1 {
				return usage("write --rows 1000", "--rows must be at least 1")
			}
			return a.seed(cmd, journal.SeedOptions{Rows: rows, Seed: seed, Now: at})
		},
	}
	f := cmd.Flags()
	f.IntVar(&rows, "rows", 1000, "how many payouts and payments")
	f.Uint64Var(&seed, "seed", 1, "number that decides the data")
	f.StringVar(&now, "now", "", "`TIME` of the newest row (default: now)")
	exits(cmd, exitKey, exitBlocked)
	return cmd
}

// seededTraffic is how many of the newest sessions get requests and notifications: they are signed for
// real, which takes a millisecond each.
const seededTraffic = 500

func (a *app) seed(cmd *cobra.Command, o journal.SeedOptions) (err error) {
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	p := r.settings.Current()
	if p.Kind.Value != string(pikeapi.Sandbox) {
		return blocked("not_sandbox", "choose a sandbox profile", "made-up data goes into a sandbox journal only, the profile %s is %s", p.Name, p.Kind.Value)
	}
	signer, err := r.signers.signer(cmd.Context(), p)
	if err != nil {
		return err
	}
	o.Traffic = seededTraffic
	o.Sign = func(body []byte) (string, string, error) {
		s, err := keys.SignBase64(context.WithoutCancel(cmd.Context()), signer, body)
		return s, string(keys.FingerprintOf(signer.Public())), err
	}
	pike, err := sandbox.OpenKey(r.settings.Paths.Sandbox())
	if err != nil {
		return keyFault(err, "", "opening the sandbox's key")
	}
	o.SignHook = func(body []byte) (string, string, error) {
		s, err := keys.SignBase64(context.WithoutCancel(cmd.Context()), pike, body)
		return s, "Pike's sandbox key", err
	}
	if a.terminal(a.err) {
		o.Progress = func(done int) { a.err.raw(fmt.Sprintf("\r%d of %d", done, o.Rows)) }
	}
	j, err := r.journal(cmd.Context(), p.Name)
	if err != nil {
		return err
	}
	started := time.Now()
	if err := j.SeedWith(cmd.Context(), o); err != nil {
		return fileFault(err, "seeding")
	}
	if a.terminal(a.err) {
		a.err.raw("\r\x1b[K")
	}
	if a.flags.json {
		a.out.object(struct {
			Schema int    `json:"schema"`
			Rows   int    `json:"rows"`
			Path   string `json:"path"`
		}{1, o.Rows, j.Path()})
		return nil
	}
	a.out.line("%d rows in %s, %s", o.Rows, j.Path(), time.Since(started).Round(time.Millisecond))
	return nil
}
