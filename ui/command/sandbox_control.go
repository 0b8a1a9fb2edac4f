package command

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
)

// controlFault tells a refusal of the controls from a sandbox that is not there.
func controlFault(err error) error {
	var refused *sandbox.ControlError
	if errors.As(err, &refused) {
		return &fault{exit: exitFailure, category: "user_input", code: "control", message: refused.Message}
	}
	return &fault{exit: exitNotSent, category: "network", code: "not_sent", message: err.Error(),
		hint: "start it with pikedash sandbox, or name it with --at URL"}
}

// atFlag declares which sandbox a control goes to.
func atFlag(cmd *cobra.Command) *string {
	at := cmd.Flags().String("at", "", "`URL` of the sandbox (default: the embedded one)")
	group(cmd, "Target", "at")
	exits(cmd, exitNotSent)
	return at
}

func (a *app) sandboxState() *cobra.Command {
	cmd := &cobra.Command{Use: "state [SESSION]", Short: "Show what the sandbox holds", Args: cobra.MaximumNArgs(1),
		Example: "pikedash sandbox state\npikedash sandbox state ps_70112 --json"}
	at := atFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.controlClient(cmd, *at)
		if err != nil {
			return err
		}
		if len(args) == 1 {
			s, err := c.Session(cmd.Context(), args[0])
			if err != nil {
				return controlFault(err)
			}
			a.sessionState(s)
			return nil
		}
		state, err := c.State(cmd.Context())
		if err != nil {
			return controlFault(err)
		}
		if a.flags.json {
			a.out.object(struct {
				Schema int `json:"schema"`
				*sandbox.State
			}{1, state})
			return nil
		}
		a.stateText(state)
		return nil
	}
	return cmd
}

// sessionState prints one session of the sandbox.
func (a *app) sessionState(s *sandbox.SessionState) {
	if a.flags.json {
		a.out.object(struct {
			Schema int `json:"schema"`
			*sandbox.SessionState
		}{1, s})
		return
	}
	a.out.line("%s  %s  %s %s %s%s", s.ID, s.Status, s.Kind, s.Operation, s.State, waits(s.NextAction))
	if s.Step != "" && s.StepAt != nil {
		a.out.line("  next: %s at %s", s.Step, s.StepAt.UTC().Format(time.DateTime))
	}
	if s.PayerURL != "" {
		a.out.line("  the payer's page: %s", s.PayerURL)
	}
	if s.Error != "" {
		a.out.line("  error: %s", s.Error)
	}
}

func waits(next string) string {
	if next == "" {
		return ""
	}
	return "  waits for " + next
}

func (a *app) stateText(state *sandbox.State) {
	a.out.line("clock %s, %g times real time", state.Now.UTC().Format(time.DateTime), state.Speed)
	for _, p := range state.Projects {
		var wallets []string
		for _, w := range p.Wallets {
			wallets = append(wallets, pikeapi.Money{Amount: w.Balance, Currency: w.Currency}.Format())
		}
		a.out.line("project %s: %s", p.Name, strings.Join(wallets, ", "))
	}
	a.out.line("notifications are signed with %s", state.PikeKey)
	for _, f := range state.Faults {
		a.out.line("%s", faultText(f))
	}
	rows := [][]string{{"SESSION", "STATUS", "OPERATION", "STATE", "NEXT"}}
	for _, s := range state.Sessions {
		rows = append(rows, []string{s.ID, s.Status, s.Operation, s.State, s.NextAction})
	}
	a.out.table(rows)
	if n := state.SessionsIn - len(state.Sessions); n > 0 {
		a.out.line("and %d older ones", n)
	}
}

func (a *app) sandboxAdvance() *cobra.Command {
	targets := sandbox.AdvanceTargets()
	cmd := &cobra.Command{
		Use: "advance SESSION STATE", Short: "Bring a session to a state", Args: cobra.ExactArgs(2),
		Long:    "Brings a session to a state, doing the partner's and the payer's part where needed.\n\nStates: " + strings.Join(targets, ", "),
		Example: "pikedash sandbox advance ps_70112 ready_to_confirm\npikedash sandbox advance ps_70112 succeeded",
	}
	at := atFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(targets, args[1]) {
			return usage("the states are "+strings.Join(targets, ", "), "there is no state %q", args[1])
		}
		c, err := a.controlClient(cmd, *at)
		if err != nil {
			return err
		}
		s, err := c.Advance(cmd.Context(), args[0], args[1])
		if err != nil {
			return controlFault(err)
		}
		a.sessionState(s)
		return nil
	}
	return cmd
}

func (a *app) sandboxAct() *cobra.Command {
	words := sandbox.Acts()
	var amount int64
	var code string
	cmd := &cobra.Command{
		Use: "act SESSION ACT", Short: "Make something happen to a session", Args: cobra.ExactArgs(2),
		Long:    "Makes something happen to a session without the partner.\n\nActs: " + strings.Join(words, ", "),
		Example: "pikedash sandbox act ps_70112 3ds_ok\npikedash sandbox act ps_70112 chargeback --amount 1500",
	}
	cmd.Flags().Int64Var(&amount, "amount", 0, "amount in minor units of a chargeback or returned payout (default: all)")
	cmd.Flags().StringVar(&code, "code", "", "error code of fail and finalize_fail")
	at := atFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(words, args[1]) {
			return usage("the acts are "+strings.Join(words, ", "), "there is no act %q", args[1])
		}
		c, err := a.controlClient(cmd, *at)
		if err != nil {
			return err
		}
		s, err := c.Act(cmd.Context(), sandbox.ActRequest{Session: args[0], Act: sandbox.Act(args[1]), Amount: amount, Code: code})
		if err != nil {
			return controlFault(err)
		}
		a.sessionState(s)
		return nil
	}
	return cmd
}

func (a *app) sandboxFault() *cobra.Command {
	var f sandbox.Fault
	var delay time.Duration
	var clearID string
	var lines []string
	for _, k := range sandbox.FaultKinds() {
		lines = append(lines, fmt.Sprintf("  %-22s %s", k.Kind, k.Sentence))
	}
	cmd := &cobra.Command{
		Use: "fault [KIND]", Short: "Make the sandbox misbehave on purpose", Args: cobra.MaximumNArgs(1),
		Long:    "Puts a fault in force; without a kind it lists those in force.\n\n" + strings.Join(lines, "\n"),
		Example: "pikedash sandbox fault lost_answer --method session/init/payout --count 1\npikedash sandbox fault\npikedash sandbox fault --clear all",
	}
	fl := cmd.Flags()
	fl.StringVar(&f.Method, "method", "", "only for this method, or webhook type")
	fl.IntVar(&f.Count, "count", 0, "how often (default: until it is cleared)")
	fl.DurationVar(&delay, "delay", 0, "delay of slow and webhook_late")
	fl.Int64Var(&f.Size, "size", 0, "size of huge_body in bytes")
	fl.BoolVar(&f.SkipWork, "skip-work", false, "do not do the work whose answer suffers")
	fl.StringVar(&clearID, "clear", "", "end the fault with this `ID`, or all")
	at := atFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.controlClient(cmd, *at)
		if err != nil {
			return err
		}
		if delay != 0 && delay < time.Millisecond {
			return usage("write 500ms, 20s or 2m", "--delay %s is too short", delay)
		}
		f.DelayMS = delay.Milliseconds()
		return a.fault(cmd, c, f, args, clearID)
	}
	return cmd
}

// fault adds, ends or lists faults.
func (a *app) fault(cmd *cobra.Command, c *sandbox.Control, f sandbox.Fault, args []string, clearID string) error {
	ctx := cmd.Context()
	switch {
	case clearID != "" && len(args) > 0:
		return usage("end faults first, then put one in force", "--clear and the fault %q do not go together", args[0])
	case clearID != "":
		id, err := strconv.ParseInt(clearID, 10, 64)
		if clearID == "all" {
			id, err = 0, nil
		}
		if err != nil || id < 0 || id == 0 && clearID != "all" {
			return usage("pikedash sandbox fault lists them", "--clear %q is neither a fault's number nor all", clearID)
		}
		n, err := c.ClearFaults(ctx, id)
		if err != nil {
			return controlFault(err)
		}
		if n == 0 && id != 0 {
			return usage("pikedash sandbox fault lists them", "no fault %d is in force", id)
		}
		if a.flags.json {
			a.out.object(struct {
				Schema  int `json:"schema"`
				Cleared int `json:"cleared"`
			}{1, n})
			return nil
		}
		a.out.line("%d ended", n)
		return nil
	case len(args) == 1:
		if hint := knownFault(args[0]); hint != "" {
			return usage(hint, "there is no fault %q", args[0])
		}
		f.Kind = sandbox.FaultKind(args[0])
		if err := f.Check(); err != nil {
			return usage("", "%v", err)
		}
		added, err := c.AddFault(ctx, f)
		if err != nil {
			return controlFault(err)
		}
		return a.faultList([]sandbox.Fault{added})
	}
	list, err := c.Faults(ctx)
	if err != nil {
		return controlFault(err)
	}
	return a.faultList(list)
}

func (a *app) faultList(list []sandbox.Fault) error {
	if a.flags.json {
		a.out.object(struct {
			Schema int             `json:"schema"`
			Faults []sandbox.Fault `json:"faults"`
		}{1, list})
		return nil
	}
	if len(list) == 0 {
		a.out.line("no fault is in force")
	}
	for _, f := range list {
		a.out.line("%s", faultText(f))
	}
	return nil
}

// faultText tells of a fault in force in one line.
func faultText(f sandbox.Fault) string {
	text := fmt.Sprintf("fault %d: %s for ", f.ID, f.Kind)
	switch {
	case f.Method != "":
		text += f.Method
	case f.IsWebhook():
		text += "every webhook"
	default:
		text += "every method"
	}
	if f.DelayMS > 0 {
		text += fmt.Sprintf(", %s late", time.Duration(f.DelayMS)*time.Millisecond)
	}
	if f.Size > 0 {
		text += fmt.Sprintf(", %d bytes", f.Size)
	}
	if f.SkipWork {
		text += ", without doing the work"
	}
	switch f.Count {
	case 0:
		text += ", until it is ended"
	case 1:
		text += ", once"
	default:
		text += fmt.Sprintf(", %d times", f.Count)
	}
	if f.Hits == 0 {
		return text
	}
	return text + fmt.Sprintf("; struck %d times so far", f.Hits)
}

func (a *app) sandboxClock() *cobra.Command {
	cmd := &cobra.Command{
		Use: "clock [DURATION]", Short: "Show or move the sandbox's clock", Args: cobra.MaximumNArgs(1),
		Long:    "Shows the sandbox's clock, or moves it forward. What falls due on the way happens, redeliveries included.",
		Example: "pikedash sandbox clock\npikedash sandbox clock 240m",
	}
	at := atFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.controlClient(cmd, *at)
		if err != nil {
			return err
		}
		var now time.Time
		if len(args) == 1 {
			d, perr := time.ParseDuration(args[0])
			if perr != nil || d < 0 {
				return usage("write 90s, 15m or 24h; the clock cannot go back", "%q is not a length of time", args[0])
			}
			now, err = c.MoveClock(cmd.Context(), d)
		} else {
			var state *sandbox.State
			if state, err = c.State(cmd.Context()); err == nil {
				now = state.Now
			}
		}
		if err != nil {
			return controlFault(err)
		}
		if a.flags.json {
			a.out.object(struct {
				Schema int       `json:"schema"`
				Now    time.Time `json:"now"`
			}{1, now.UTC()})
			return nil
		}
		a.out.line("%s", now.UTC().Format(time.RFC3339))
		return nil
	}
	return cmd
}
