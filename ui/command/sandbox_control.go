package command

import (
	"errors"
	"slices"
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
