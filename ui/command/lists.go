package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// listPage is how many rows are read at once.
const listPage = 500

// listFlags are the flags of the lists.
type listFlags struct {
	filter, sort string
	ascending    bool
	csv          bool
	limit        int
}

func (l *listFlags) declare(cmd *cobra.Command, list journal.List) {
	f := cmd.Flags()
	f.StringVar(&l.filter, "filter", "", "`FILTER` as in the dashboard: words, status:failed, amount>100, created<2h")
	f.StringVar(&l.sort, "sort", "created", "column: "+columnNames(list))
	f.BoolVar(&l.ascending, "ascending", false, "the smallest first instead of the largest")
	f.BoolVar(&l.csv, "csv", false, "comma-separated, safe for spreadsheets")
	f.IntVar(&l.limit, "limit", 100, "most rows; 0 for all")
	group(cmd, "Input", "filter", "sort", "ascending", "limit")
	group(cmd, "Output", "csv")
}

func columnNames(list journal.List) string {
	var names []string
	for _, c := range journal.SortColumns(list) {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

// filterHelp describes the filter language with the fields of a list.
func filterHelp(list journal.List) string {
	var b strings.Builder
	b.WriteString("The filter is that of the dashboard. Words look in ids, names, references, metadata and errors; \"quotes\"\n" +
		"hold a phrase together, and - before a word or a field leaves out what it finds. All of it must hold. Fields:\n")
	for _, f := range journal.FilterFields(list) {
		does := f.Does
		if len(f.Values) > 0 {
			does += ": " + strings.Join(f.Values, ", ")
		}
		fmt.Fprintf(&b, "\n  %-10s %s", f.Name, does)
	}
	return b.String()
}

// query reads filter and order; base is a filter whose terms hold unless the user's names their fields.
func (a *app) query(l *listFlags, list journal.List, base string) (journal.Query, error) {
	q := journal.Query{Sort: journal.Sort{Column: journal.Column(l.sort), Ascending: l.ascending}}
	if !strings.Contains(", "+columnNames(list)+",", " "+l.sort+",") {
		return q, usage("columns are "+columnNames(list), "--sort %q is not known", l.sort)
	}
	if l.limit < 0 {
		return q, usage("write 0 for all", "--limit is negative")
	}
	if a.flags.json && l.csv {
		return q, usage("keep one of them", "both --json and --csv are given")
	}
	own, err := a.filter(l.filter, list)
	if err != nil {
		return q, err
	}
	defaults, err := a.filter(base, list)
	q.Filter = own.WithDefaults(defaults)
	return q, err
}

// filter reads a filter text and underlines a mistake.
func (a *app) filter(text string, list journal.List) (journal.Filter, error) {
	f, err := journal.ParseFilter(text, a.now())
	if err == nil {
		err = f.Check(list)
	}
	var mistake *journal.FilterError
	if errors.As(err, &mistake) {
		return f, usage("in "+text[:min(mistake.Offset, len(text))]+"»"+text[min(mistake.Offset, len(text)):min(mistake.Offset+mistake.Length, len(text))]+"«",
			"--filter: %v", mistake)
	}
	return f, err
}

// operationJSON is a payout in a list.
type operationJSON struct {
	ID         string     `json:"id"`
	Session    string     `json:"session"`
	Kind       string     `json:"kind"`
	Status     string     `json:"status"`
	Created    time.Time  `json:"created"`
	Finished   *time.Time `json:"finished,omitempty"`
	Amount     int64      `json:"amount"` // minor units
	Currency   string     `json:"currency"`
	Recipient  string     `json:"recipient,omitempty"`
	Method     string     `json:"method,omitempty"`
	Brand      string     `json:"brand,omitempty"`
	Last4      string     `json:"last4,omitempty"`
	Customer   string     `json:"customer,omitempty"`
	Error      string     `json:"error,omitempty"`
	NextAction string     `json:"next_action,omitempty"`
	Refunded   int64      `json:"refunded,omitempty"` // minor units
	Version    string     `json:"version"`
}

func (a *app) payoutsVerb() *cobra.Command {
	var l listFlags
	cmd := &cobra.Command{
		Use: "payouts", Short: "List payouts from the journal", Args: cobra.NoArgs,
		Long: "Lists the payouts that the journal of the profile knows, the newest first. Nothing is asked at Pike.\n\n" +
			"kind:payment lists payments instead.\n\n" + filterHelp(journal.ListOperations),
		Example: "pikedash payouts --filter 'status:failed,pending amount>100'\npikedash payouts --filter 'created<2d currency:eur' --csv --limit 0 > payouts.csv",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.payouts(cmd, &l) },
	}
	l.declare(cmd, journal.ListOperations)
	return cmd
}

func (a *app) payouts(cmd *cobra.Command, l *listFlags) (err error) {
	q, err := a.query(l, journal.ListOperations, "kind:payout")
	if err != nil {
		return err
	}
	return a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
		w, err := a.rowWriter(journal.ListOperations, l, []string{"CREATED", "ID", "STATUS", "AMOUNT", "TO", "CARD", "SESSION", "WHY"})
		if err != nil {
			return err
		}
		more, err := rowsOf(ctx, q, l.limit, j.Operations, func(r journal.OperationRow) error {
			return w.add(operationObject(r), []string{stamp(r.Created), r.OperationID, string(r.Status), r.Amount.Format(), r.Recipient,
				card(r.Brand, r.Last4), r.SessionID, r.ErrorCode})
		})
		return w.end(more, err)
	})
}

func operationObject(r journal.OperationRow) operationJSON {
	return operationJSON{ID: r.OperationID, Session: r.SessionID, Kind: string(r.Kind), Status: string(r.Status), Created: r.Created.UTC(),
		Finished: moment(r.Finished), Amount: r.Amount.Amount, Currency: r.Amount.Currency, Recipient: r.Recipient, Method: r.Method,
		Brand: r.Brand, Last4: r.Last4, Customer: r.Customer, Error: r.ErrorCode, NextAction: string(r.NextAction), Refunded: r.Refunded,
		Version: r.Version.String()}
}

// sessionJSON is a session in a list.
type sessionJSON struct {
	ID         string     `json:"id"`
	Status     string     `json:"status"`
	NextAction string     `json:"next_action,omitempty"`
	Deadline   *time.Time `json:"deadline,omitempty"`
	Kind       string     `json:"kind,omitempty"`
	Created    time.Time  `json:"created"`
	Updated    *time.Time `json:"updated,omitempty"`
	Amount     *int64     `json:"amount,omitempty"` // minor units of the first operation
	Currency   string     `json:"currency,omitempty"`
	Recipient  string     `json:"recipient,omitempty"`
	Customer   string     `json:"customer,omitempty"`
	Operations int        `json:"operations"`
	Error      string     `json:"error,omitempty"`
	Flag       string     `json:"flag,omitempty"`
}

func (a *app) sessionsVerb() *cobra.Command {
	var l listFlags
	cmd := &cobra.Command{
		Use: "sessions", Short: "List sessions from the journal, or import ids", Args: cobra.NoArgs,
		Long: "Lists the sessions that the journal of the profile knows, the newest first. Nothing is asked at Pike.\n\n" +
			filterHelp(journal.ListSessions),
		Example: "pikedash sessions --filter 'next:confirm'\npikedash sessions import ids.txt --profile demo",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.sessions(cmd, &l) },
	}
	l.declare(cmd, journal.ListSessions)
	cmd.AddCommand(a.sessionsImport())
	return cmd
}

func (a *app) sessions(cmd *cobra.Command, l *listFlags) error {
	q, err := a.query(l, journal.ListSessions, "")
	if err != nil {
		return err
	}
	return a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
		w, err := a.rowWriter(journal.ListSessions, l, []string{"CREATED", "ID", "STATUS", "NEXT", "KIND", "AMOUNT", "TO", "WHY"})
		if err != nil {
			return err
		}
		more, err := rowsOf(ctx, q, l.limit, j.Sessions, func(r journal.SessionRow) error {
			return w.add(sessionObject(r), []string{stamp(r.Created), r.SessionID, sessionStatus(r), string(r.NextAction), string(r.Kind),
				amount(r.Amount), r.Recipient, r.ErrorCode})
		})
		return w.end(more, err)
	})
}

func sessionObject(r journal.SessionRow) sessionJSON {
	out := sessionJSON{ID: r.SessionID, Status: string(r.Status), NextAction: string(r.NextAction), Deadline: moment(r.Deadline),
		Kind: string(r.Kind), Created: r.Created.UTC(), Updated: moment(r.Updated), Recipient: r.Recipient, Customer: r.Customer,
		Operations: r.Operations, Error: r.ErrorCode, Flag: r.Flag}
	if r.Amount.Currency != "" {
		out.Amount, out.Currency = &r.Amount.Amount, r.Amount.Currency
	}
	return out
}

func sessionStatus(r journal.SessionRow) string {
	if r.Status == "" {
		return "not asked yet"
	}
	return string(r.Status)
}

// withJournal opens the journal of the chosen profile for reading. Neither keys nor server are needed.
func (a *app) withJournal(cmd *cobra.Command, do func(context.Context, *journal.Journal) error) (err error) {
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	j, err := r.journal(cmd.Context(), r.settings.Profile.Value)
	if err != nil {
		return err
	}
	return do(cmd.Context(), j)
}

// stamp writes a time in UTC, so that output does not depend on the machine.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// moment is nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

func amount(m pikeapi.Money) string {
	if m.Currency == "" {
		return ""
	}
	return m.Format()
}

func card(brand, last4 string) string {
	if last4 == "" {
		return ""
	}
	return strings.TrimSpace(brand + " ··" + last4)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
