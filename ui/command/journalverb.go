package command

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/pikeapi/journal"
)

func (a *app) journalVerb() *cobra.Command {
	cmd := &cobra.Command{Use: "journal", Short: "Verify, export and prune the journal",
		Example: "pikedash journal verify --profile live\npikedash journal export --format csv --since 2026-11-01 > audit.csv\npikedash journal prune --before 2026-08-01"}
	cmd.AddCommand(a.journalVerify(), a.journalExport(), a.journalPrune())
	return cmd
}

func (a *app) journalVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check the audit chain", Args: cobra.NoArgs,
		Long:    "Walks the chain of everything that changed something at Pike and finds edits, gaps and a cut end.\nIt ends with 1 when the chain is broken.",
		Example: "pikedash journal verify --profile live --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				v, err := j.Verify(ctx)
				if err != nil {
					return fileFault(err, "verifying the journal")
				}
				return a.verification(v)
			})
		},
	}
}

// chainJSON is what verify found.
type chainJSON struct {
	Schema   int                `json:"schema"`
	OK       bool               `json:"ok"`
	Entries  int64              `json:"entries"`
	First    int64              `json:"first"`
	Last     int64              `json:"last"`
	Head     string             `json:"head"`
	Pruned   int64              `json:"pruned"`
	Problems []chainProblemJSON `json:"problems"`
}

type chainProblemJSON struct {
	Kind string `json:"kind"`
	Seq  int64  `json:"seq"`
	Text string `json:"text"`
}

func (a *app) verification(v *journal.Verification) error {
	out := chainJSON{1, v.OK(), v.Entries, v.First, v.Last, v.Head, v.Pruned, []chainProblemJSON{}}
	for _, p := range v.Problems {
		out.Problems = append(out.Problems, chainProblemJSON{p.Kind, p.Seq, p.Text})
	}
	if a.flags.json {
		a.out.object(out)
	} else {
		head := ""
		if v.Head != "" {
			head = ", head " + v.Head
		}
		a.out.line("%d entries%s", v.Entries, head)
		for _, p := range v.Problems {
			a.out.line("%s: %s", p.Kind, p.Text)
		}
		if v.OK() {
			a.out.line("the chain is whole")
		}
	}
	if !v.OK() {
		return shown{&fault{exit: exitFailure, category: "filesystem", code: "chain_broken", message: "the audit chain is broken",
			hint: "keep the journal's folder as it is and find out who changed it"}}
	}
	return nil
}

func (a *app) journalExport() *cobra.Command {
	var format, since, until, out string
	cmd := &cobra.Command{
		Use: "export", Short: "Write the audit chain", Args: cobra.NoArgs,
		Long:    "Writes the record of everything that changed something at Pike, in order, masked, with the chain's head at the end.",
		Example: "pikedash journal export --since 2026-11-01 --until 2026-12-01 > audit.jsonl\npikedash journal export --format csv --out audit.csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := a.day("--since", since)
			if err != nil {
				return err
			}
			to, err := a.day("--until", until)
			if err != nil {
				return err
			}
			if format != string(journal.JSONL) && format != string(journal.CSV) {
				return usage("use jsonl or csv", "--format %q is not known", format)
			}
			return a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				return a.toFile(out, func(w io.Writer) error { return j.Export(ctx, w, journal.Format(format), from, to) })
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "jsonl", "jsonl or csv")
	f.StringVar(&since, "since", "", "`DATE` of the first entry, such as 2026-11-01 or 2026-11-01T12:00:00Z")
	f.StringVar(&until, "until", "", "`DATE` before which it ends")
	f.StringVarP(&out, "out", "o", "", "`FILE` instead of stdout")
	group(cmd, "Input", "since", "until")
	group(cmd, "Output", "format", "out")
	return cmd
}

// toFile writes to stdout, or in one step to a file with mode 0600.
func (a *app) toFile(file string, write func(io.Writer) error) error {
	if file == "" {
		return write(a.out)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := config.WriteFile(file, b.Bytes()); err != nil {
		return fileFault(err, "writing %s", file)
	}
	a.err.line("wrote %d bytes to %s", b.Len(), file)
	return nil
}

// day reads a date or a moment; nothing is the zero time. Dates are in UTC.
func (a *app) day(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("write 2026-11-01 or 2026-11-01T12:00:00Z", "%s %q is no date", flag, text)
}

func (a *app) journalPrune() *cobra.Command {
	var before string
	cmd := &cobra.Command{
		Use: "prune", Short: "Delete old records, keeping the chain provable", Args: cobra.NoArgs,
		Long: "Deletes exchanges, notifications and settled requests from before a day. A signed checkpoint stands for what was\n" +
			"deleted, so that the rest of the chain stays provable. What is not settled stays.",
		Example: "pikedash journal prune --before 2026-08-01",
		RunE: func(cmd *cobra.Command, _ []string) error {
			limit, err := a.day("--before", before)
			if err != nil {
				return err
			}
			if limit.IsZero() {
				return usage("name the day before which records go", "--before is missing")
			}
			return a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				p, err := j.Prune(ctx, limit)
				if err != nil {
					return fileFault(err, "pruning the journal")
				}
				if a.flags.json {
					a.out.object(struct {
						Schema    int   `json:"schema"`
						Exchanges int64 `json:"exchanges"`
						Webhooks  int64 `json:"webhooks"`
						Intents   int64 `json:"intents"`
						Entries   int64 `json:"entries"`
					}{1, p.Exchanges, p.Webhooks, p.Intents, p.Entries})
					return nil
				}
				a.out.line("deleted %d exchanges, %d notifications, %d requests and %d entries of the chain", p.Exchanges, p.Webhooks, p.Intents, p.Entries)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&before, "before", "", "`DATE` before which records go")
	group(cmd, "Input", "before")
	return cmd
}
