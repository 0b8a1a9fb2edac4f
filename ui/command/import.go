package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"regexp"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// maxAtOnce bounds how many sessions are asked for at the same time.
const maxAtOnce = 16

func (a *app) sessionsImport() *cobra.Command {
	var atOnce int
	var again bool
	cmd := &cobra.Command{
		Use: "import FILE|-", Short: "Fetch the status of sessions by their ids", Args: cobra.ExactArgs(1),
		Long: "Reads session ids, one a line, and asks Pike for the status of each. Ids that the journal knows already are\n" +
			"left out, so an import that was interrupted goes on where it stopped.",
		Example: "pikedash sessions import ids.txt --profile demo\ngrep -o 'ps_[0-9]*' app.log | sort -u | pikedash sessions import -",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.importSessions(cmd, args[0], atOnce, again)
		},
	}
	cmd.Flags().IntVar(&atOnce, "at-once", 4, "how many are asked for at the same time, at most 16")
	cmd.Flags().BoolVar(&again, "again", false, "ask for those that are known, too")
	exits(cmd, exitKey, exitNotSent)
	return cmd
}

// importTally counts what became of an import.
type importTally struct {
	Schema  int      `json:"schema"`
	IDs     int      `json:"ids"`
	Known   int      `json:"known"`
	Fetched int      `json:"fetched"`
	Failed  int      `json:"failed"`
	Left    int      `json:"left"` // not asked for, because it was interrupted
	Errors  []string `json:"errors,omitempty"`
	first   error
}

// done counts the ids that need no more asking in this run.
func (t *importTally) done() int { return t.Known + t.Fetched + t.Failed }

func (a *app) importSessions(cmd *cobra.Command, file string, atOnce int, again bool) (err error) {
	if atOnce < 1 || atOnce > maxAtOnce {
		return usage("", "--at-once is between 1 and %d", maxAtOnce)
	}
	data, err := a.readInput(file, maxSmall)
	if err != nil {
		return err
	}
	ids, err := readIDs(data)
	if err != nil {
		return err
	}
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	env, j, err := r.open(cmd.Context(), r.settings.Current())
	if err != nil {
		return err
	}
	if _, err := j.ImportSessions(cmd.Context(), ids); err != nil {
		return fileFault(err, "recording the ids")
	}
	tally := importTally{Schema: 1, IDs: len(ids)}
	ended := r.fetch(cmd.Context(), env, j, ids, atOnce, again, &tally)
	tally.Left = tally.IDs - tally.done()
	if a.flags.json {
		a.out.object(tally)
	} else {
		a.out.line("%d ids: %d fetched, %d known already, %d failed", tally.IDs, tally.Fetched, tally.Known, tally.Failed)
	}
	if ended != nil {
		a.err.line("run it again to go on with the %d that are left", tally.Left)
		return shown{ended}
	}
	if tally.first != nil {
		f := *asFault(tally.first)
		f.message = "some sessions could not be fetched; run it again to go on: " + f.Error()
		f.cause = nil
		return shown{&f}
	}
	return nil
}

// readIDs reads one id a line; empty lines and lines that begin with # are left out.
func readIDs(data []byte) ([]string, error) {
	form := regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	var ids []string
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		id := trimmed(lines.Text())
		switch {
		case id == "" || id[0] == '#' || seen[id]:
			continue
		case !form.MatchString(id), pikeapi.MaskText(id) != id:
			return nil, usage("write one id a line", "line %d is no session id", n)
		}
		seen[id] = true
		ids = append(ids, id)
	}
	return ids, lines.Err()
}

// fetch asks for the status of many sessions, a bounded number at once. A session that fails does
// not stop the others; an end of the context does.
func (r *runtime) fetch(ctx context.Context, env *pikeapi.Environment, j *journal.Journal, ids []string, atOnce int, again bool, tally *importTally) error {
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(atOnce)
	progress := func() { // under mu
		if r.app.terminal(r.app.err) {
			r.app.err.raw("\r" + number(int64(tally.done())) + " of " + number(int64(tally.IDs)))
		}
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		if detail, err := j.Session(ctx, id); err == nil && detail.Status != "" && !again {
			mu.Lock()
			tally.Known++
			progress()
			mu.Unlock()
			continue
		}
		g.Go(func() error {
			err := r.ask(ctx, env, id)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				tally.Fetched++
			} else if ctx.Err() == nil {
				tally.note(id, err)
			}
			progress()
			return nil
		})
	}
	err := g.Wait()
	if r.app.terminal(r.app.err) {
		r.app.err.raw("\r\x1b[K")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// maxImportErrors bounds the errors that are listed.
const maxImportErrors = 20

func (t *importTally) note(id string, err error) {
	t.Failed++
	if t.first == nil {
		t.first = err
	}
	if len(t.Errors) < maxImportErrors {
		t.Errors = append(t.Errors, id+": "+asFault(err).body().Message)
	}
}

// ask reads the status of one session at Pike; the journal takes the answer over.
func (r *runtime) ask(ctx context.Context, env *pikeapi.Environment, session string) error {
	body, err := pikeapi.SessionCall{SessionID: session}.Body(env.Version)
	if err != nil {
		return err
	}
	p, err := r.client.Prepare(ctx, env, pikeapi.Call{Method: pikeapi.MethodStatus, Body: body})
	if err != nil {
		return err
	}
	return r.client.Send(ctx, p, pikeapi.Permit{}).Err
}
