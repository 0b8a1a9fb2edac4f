package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/pikeapi/journal"
	"pikedash/ui/term"
)

// plainWanted says whether the user asked for lines instead of a screen.
func (a *app) plainWanted(s *config.Settings) bool {
	switch strings.ToLower(a.getenv("ACCESSIBLE")) {
	case "", "0", "false", "no":
		return s.Plain.Value
	}
	return true
}

// runPlain is the dashboard for screen readers and pipes: it reads verbs line by line and prints
// their answers, without redrawing anything. The verbs and their safety rules are the same.
func (a *app) runPlain(cmd *cobra.Command, s *config.Settings) error {
	ctx := cmd.Context()
	a.out.line("pikedash, line by line. Type a verb such as payouts, sessions or help; quit ends.")
	a.where(cmd, s)
	lines := bufio.NewScanner(a.in)
	failed := exitDone
	for {
		if a.terminal(a.in) {
			a.out.raw(strings.ToLower(s.Profile.Value) + "> ")
		}
		if !lines.Scan() || ctx.Err() != nil {
			break
		}
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		words, err := term.Split(lines.Text())
		if err != nil {
			a.err.line("pikedash: %v", err)
			failed = exitUsage
			continue
		}
		if words[0] == "pikedash" {
			words = words[1:]
		}
		if len(words) == 0 || words[0] == "status" {
			a.where(cmd, s)
			continue
		}
		if words[0] == "quit" || words[0] == "exit" {
			break
		}
		failed = a.plainLine(ctx, cmd, s, words)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading the verbs: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// A pipe learns how its last verb ended; a person has read it.
	if failed != exitDone && !a.terminal(a.in) {
		return silent{failed}
	}
	return nil
}

// plainLine runs one verb with the flags that the program was started with, and says how it ended.
func (a *app) plainLine(ctx context.Context, cmd *cobra.Command, s *config.Settings, words []string) int {
	inner := &app{in: strings.NewReader(""), out: a.out, err: a.err, getenv: a.getenv, now: a.now, ask: a.ask, signers: a.signers}
	args := append(words, a.startFlags(cmd)...)
	code := inner.run(ctx, args)
	a.signers = inner.signers
	if code != exitDone {
		a.out.line("ended with %d: %s", code, exitMeanings[code])
	}
	return code
}

// startFlags repeats the flags of the start, apart from those about the screen.
func (a *app) startFlags(cmd *cobra.Command) []string {
	var out []string
	for _, n := range []string{"profile", "env", "project", "key-file", "api", "base-url", "allow-host", "config", "timeout", "log-level", "read-only"} {
		if f := cmd.Flags().Lookup(n); f != nil && f.Changed {
			out = append(out, "--"+n+"="+strings.Trim(f.Value.String(), "[]"))
		}
	}
	return out
}

// where says what the status line of the screen says.
func (a *app) where(cmd *cobra.Command, s *config.Settings) {
	p := s.Current()
	kind := strings.ToUpper(p.Kind.Value)
	text := "Environment " + kind
	if p.Name != p.Kind.Value {
		text = "Environment " + p.Name + ", kind " + kind
	}
	text += fmt.Sprintf(", project %s, API %s.", p.Project.Value, p.APIVersion.Value)
	err := a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
		unknown, err := j.Unknown(ctx)
		waiting, waitingErr := j.Waiting(ctx, vitalsWaiting)
		if err = errors.Join(err, waitingErr); err != nil {
			return err
		}
		text += fmt.Sprintf(" Outcomes that nobody knows: %d. Sessions that wait for you: %d.", len(unknown), len(waiting))
		return nil
	})
	if err != nil {
		text += " The journal cannot be read: " + asFault(err).body().Message
	}
	a.out.line("%s", text)
}
