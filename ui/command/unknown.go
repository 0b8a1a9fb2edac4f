package command

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

func (a *app) unknownVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use: "unknown", Short: "List and settle requests whose outcome nobody knows",
		Long: "A request whose answer was lost may have been carried out. Until it is settled nothing like it can be sent.\n" +
			"There are three ways out: ask for the session's status, send the same bytes with the same key, or mark it as\n" +
			"resolved by hand with a note.",
		Example: "pikedash unknown list\npikedash unknown query OPERATION\npikedash unknown resend OPERATION\npikedash unknown resolve OPERATION --note 'Pike support: not carried out'",
	}
	cmd.AddCommand(a.unknownList(), a.unknownQuery(), a.unknownResend(), a.unknownResolve())
	return cmd
}

// intentJSON is a request with an unknown outcome.
type intentJSON struct {
	Operation      string     `json:"operation"`
	State          string     `json:"state"`
	Method         string     `json:"method"`
	Version        string     `json:"version"`
	Project        string     `json:"project"`
	Session        string     `json:"session,omitempty"`
	Amount         string     `json:"amount,omitempty"`         // as the body names it
	SessionAmount  string     `json:"session_amount,omitempty"` // where the body names none
	Recipient      string     `json:"recipient,omitempty"`
	Target         string     `json:"target,omitempty"`
	SHA256         string     `json:"sha256"`
	IdempotencyKey string     `json:"idempotency_key,omitempty"`
	Sent           time.Time  `json:"sent"`
	ResendUntil    *time.Time `json:"resend_until,omitempty"`
	Attempts       int        `json:"attempts"`
	Reason         string     `json:"reason,omitempty"`
	Note           string     `json:"note,omitempty"`
	WaysOut        []string   `json:"ways_out"`
}

func (a *app) intentObject(i journal.IntentRow) intentJSON {
	out := intentJSON{Operation: i.OperationID, State: string(i.State), Method: i.Method, Version: i.Version.String(), Project: i.Project,
		Session: i.SessionID, Recipient: i.Recipient, Target: i.Target, SHA256: i.Digest.String(), IdempotencyKey: i.IdempotencyKey,
		Sent: i.SentAt.UTC(), ResendUntil: moment(i.ResendUntil), Attempts: i.Attempts, Reason: i.Reason, Note: i.Note, WaysOut: a.waysOut(i)}
	switch {
	case i.Amount != nil:
		out.Amount = i.Amount.Format()
	case i.SessionAmount != nil:
		out.SessionAmount = i.SessionAmount.Format()
	}
	return out
}

// waysOut are the ways that are open for an unknown outcome.
func (a *app) waysOut(i journal.IntentRow) []string {
	if i.State != journal.StateUnknown {
		return []string{}
	}
	var ways []string
	if i.AskOff() == "" {
		ways = append(ways, "query")
	}
	if i.ResendOff(a.now()) == "" {
		ways = append(ways, "resend")
	}
	return append(ways, "resolve")
}

func (a *app) unknownList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List requests whose outcome nobody knows", Args: cobra.NoArgs, Example: "pikedash unknown list --profile live --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				list, err := j.Unknown(ctx)
				if err != nil {
					return fileFault(err, "reading the journal")
				}
				out := []intentJSON{}
				for _, i := range list {
					out = append(out, a.intentObject(i))
				}
				if a.flags.json {
					a.out.object(struct {
						Schema  int          `json:"schema"`
						Unknown []intentJSON `json:"unknown"`
					}{1, out})
					return nil
				}
				if len(list) == 0 {
					a.out.line("every outcome is known")
				}
				for _, i := range list {
					a.intentText(i)
				}
				return nil
			})
		},
	}
}

func (a *app) intentText(i journal.IntentRow) {
	what := i.Method
	if a := i.Moves(); a != nil {
		what += " of " + a.Format()
	}
	if to := strings.TrimSpace(strings.Join([]string{i.Recipient, i.Target}, " ")); to != "" {
		what += " to " + to
	}
	a.out.line("%s  %s", i.OperationID, what)
	a.out.line("  sent %s UTC; %s", stamp(i.SentAt), i.Reason)
	if i.SessionID != "" {
		a.out.line("  session %s", i.SessionID)
	}
	if left := i.ResendUntil.Sub(a.now()); i.TakesKey && left > 0 {
		a.out.line("  the same bytes with the same key may be sent for another %s", left.Round(time.Minute))
	}
	a.out.line("  %s", i.NextStep(a.now()))
	a.out.line("  ways out: %s", strings.Join(a.waysOut(i), ", "))
}

func (a *app) unknownQuery() *cobra.Command {
	cmd := &cobra.Command{
		Use: "query OPERATION", Short: "Ask Pike for the status of its session", Args: cobra.ExactArgs(1),
		Long:    "Asks for the status of the session that the request named. What the answer says of the request settles it.",
		Example: "pikedash unknown query 0190c3f2-...",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.queryUnknown(cmd, args[0]) },
	}
	exits(cmd, exitRefused, exitKey, exitNotSent, exitUnknown)
	return cmd
}

func (a *app) queryUnknown(cmd *cobra.Command, operation string) (err error) {
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	intent, err := r.unknownIntent(cmd.Context(), operation)
	if err != nil {
		return err
	}
	if intent.SessionID == "" {
		return blocked("no_session", "send the same bytes again with pikedash unknown resend, or resolve it by hand",
			"the session of this request is not known: its answer was lost before it could name one")
	}
	env, _, err := r.open(cmd.Context(), r.settings.Current())
	if err != nil {
		return err
	}
	body, err := pikeapi.SessionCall{SessionID: intent.SessionID}.Body(intent.Version)
	if err != nil {
		return err
	}
	p, err := r.client.Prepare(cmd.Context(), env, pikeapi.Call{Method: pikeapi.MethodStatus, Version: intent.Version, Body: body})
	if err != nil {
		return err
	}
	err = a.result(r.client.Send(cmd.Context(), p, pikeapi.Permit{}))
	if err == nil && !a.flags.json {
		a.afterwards(cmd.Context(), r, operation)
	}
	return err
}

// afterwards says where the request stands now.
func (a *app) afterwards(ctx context.Context, r *runtime, operation string) {
	j, err := r.journal(ctx, r.settings.Profile.Value)
	if err != nil {
		return
	}
	if intent, err := j.Intent(ctx, operation); err == nil {
		a.out.line("the request is %s now", intent.State)
		if intent.State == journal.StateUnknown {
			a.out.line("  when the answer above settles it for you: pikedash unknown resolve %s --note '...'", operation)
		}
	}
}

// unknownIntent finds an intent by its operation id, or by the beginning of it when only one fits.
func (r *runtime) unknownIntent(ctx context.Context, operation string) (*journal.IntentRow, error) {
	j, err := r.journal(ctx, r.settings.Profile.Value)
	if err != nil {
		return nil, err
	}
	list, err := j.Unknown(ctx)
	if err != nil {
		return nil, fileFault(err, "reading the journal")
	}
	i := slices.IndexFunc(list, func(i journal.IntentRow) bool { return i.OperationID == operation })
	if i >= 0 {
		return &list[i], nil
	}
	if known, err := j.Intent(ctx, operation); err == nil {
		return nil, &fault{exit: exitFailure, category: "user_input", code: "not_unknown", message: "operation " + operation + " is " + string(known.State) + ", not unknown"}
	}
	return nil, &fault{exit: exitFailure, category: "user_input", code: "not_found",
		message: "the journal of " + r.settings.Profile.Value + " has no unknown operation " + operation, hint: "pikedash unknown list shows them"}
}

func (a *app) unknownResend() *cobra.Command {
	var live liveFlags
	cmd := &cobra.Command{
		Use: "resend OPERATION", Short: "Send the same bytes with the same key again", Args: cobra.ExactArgs(1),
		Long: "Sends the very bytes of a request with an unknown outcome again, with the same idempotency key: Pike carries\n" +
			"out one of them. It is refused when the key is older than 23 hours, or the method takes none.",
		Example: "pikedash unknown resend 0190c3f2-...\npikedash unknown resend 0190c3f2-... --profile live --live --confirm-amount 150.00EUR",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.resendUnknown(cmd, args[0], &live) },
	}
	live.declare(cmd)
	exits(cmd, exitRefused, exitKey, exitNotSent, exitUnknown, exitBlocked)
	return cmd
}

func (a *app) resendUnknown(cmd *cobra.Command, operation string, live *liveFlags) (err error) {
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = r.closeAfterCall(err) }()
	intent, err := r.unknownIntent(cmd.Context(), operation)
	if err != nil {
		return err
	}
	method, ok := pikeapi.LookupMethod(intent.Method)
	if !ok {
		return usage("", "%s", pikeapi.ExplainMethod(intent.Method))
	}
	env, j, err := r.openFor(cmd.Context(), r.settings.Current(), method, live)
	if err != nil {
		return err
	}
	body, err := j.OpenBody(cmd.Context(), operation)
	if errors.Is(err, journal.ErrNotFound) {
		return blocked(pikeapi.RuleResend, "ask for its status, or resolve it by hand", "%v", err)
	}
	if err != nil {
		return fileFault(err, "opening the kept body")
	}
	prepared, err := r.client.Prepare(cmd.Context(), env, pikeapi.Call{Method: intent.Method, Version: intent.Version, Body: body,
		IdempotencyKey: intent.IdempotencyKey, FirstSent: intent.KeySince()})
	if err != nil {
		return err
	}
	permit, err := livePermit(env, prepared, live.confirm, knownAmount(cmd.Context(), j, prepared))
	if err != nil {
		return err
	}
	permit.Resend = operation
	return a.result(r.client.Send(cmd.Context(), prepared, permit))
}

func (a *app) unknownResolve() *cobra.Command {
	var note string
	cmd := &cobra.Command{
		Use: "resolve OPERATION", Short: "Mark it as resolved by hand, with a note", Args: cobra.ExactArgs(1),
		Long:    "Marks a request with an unknown outcome as resolved. The note says how it was found out; it is kept in the audit chain.",
		Example: "pikedash unknown resolve 0190c3f2-... --note 'seen as succeeded at Pike, ticket 77'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(note) == "" {
				return usage("write how it was found out", "--note is missing")
			}
			return a.resolveUnknown(cmd, args[0], note)
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "how it was found out what became of it")
	group(cmd, "Input", "note")
	return cmd
}

func (a *app) resolveUnknown(cmd *cobra.Command, operation, note string) (err error) {
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if r.settings.ReadOnly.Value {
		return blocked("read_only", "", "this program runs read-only")
	}
	if _, err := r.unknownIntent(cmd.Context(), operation); err != nil {
		return err
	}
	j, err := r.journal(cmd.Context(), r.settings.Profile.Value)
	if err != nil {
		return err
	}
	if err := j.Resolve(cmd.Context(), operation, note); err != nil {
		return fileFault(err, "resolving the request")
	}
	intent, err := j.Intent(cmd.Context(), operation)
	if err != nil {
		return fileFault(err, "reading the journal")
	}
	if a.flags.json {
		a.out.object(struct {
			Schema int `json:"schema"`
			intentJSON
		}{1, a.intentObject(*intent)})
		return nil
	}
	a.out.line("%s is resolved: %s", operation, intent.Note)
	return nil
}
