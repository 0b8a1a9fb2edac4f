package command

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/sandbox"
	"pikedash/ui/page"
)

// deskSandbox is the embedded sandbox's test controls for the dashboard.
type deskSandbox struct{ host *host }

func newDeskSandbox(h *host) page.Sandbox { return deskSandbox{h} }

// Address is where the sandbox listens.
func (d deskSandbox) Address() string { return strings.TrimPrefix(d.host.url, "http://") }

// Clock is the sandbox's own clock; this machine's where another program serves it and cannot be
// asked now.
func (d deskSandbox) Clock() time.Time {
	d.host.mu.Lock()
	server := d.host.server
	d.host.mu.Unlock()
	if server != nil {
		return server.Now()
	}
	return time.Now()
}

// Controls lists what the sandbox can be made to do.
func (d deskSandbox) Controls() []page.Control {
	methods := []string{everyOne}
	for _, m := range pikeapi.Methods() {
		methods = append(methods, m.Name)
	}
	count := page.ControlArg{Name: "count", Title: "how often, 0 until it is ended", Default: "1"}
	delay := func(kind sandbox.FaultKind, usual string) page.ControlArg {
		return page.ControlArg{Name: "delay", Title: "how late", Default: usual, Only: map[string]string{"kind": string(kind)}}
	}
	means := map[string]string{}
	for _, k := range sandbox.FaultKinds() {
		means[k.Kind] = k.Sentence
	}
	return []page.Control{
		{Name: "advance", Title: "Bring the session to a state", Purpose: "does the partner's and the payer's part where needed", Session: true,
			Args: []page.ControlArg{{Name: "to", Title: "state", Choices: sandbox.AdvanceTargets(), Default: "succeeded"}}},
		{Name: "next", Title: "Let happen now what comes next", Purpose: "what the sandbox would do by itself a little later", Session: true},
		{Name: "finish_3ds", Title: "End 3-D Secure", Purpose: "the payer passes or fails it", Session: true,
			Args: []page.ControlArg{{Name: "result", Title: "the payer", Choices: []string{"passes", "fails"}, Default: "passes"}}},
		{Name: "chargeback", Title: "Chargeback", Purpose: "the payer's bank takes the payment back", Session: true,
			Args: []page.ControlArg{{Name: "amount", Title: "amount in minor units, empty for all"}}},
		{Name: "return_payout", Title: "Return the payout", Purpose: "the recipient's bank sends it back", Session: true,
			Args: []page.ControlArg{{Name: "amount", Title: "amount in minor units, empty for all"}}},
		{Name: "fail", Title: "Let the operation fail", Purpose: "with an error code of your choice", Session: true,
			Args: []page.ControlArg{{Name: "code", Title: "error code", Default: "declined_by_issuer_bank"}}},
		{Name: "finalize", Title: "Decide a session in error", Purpose: "as Pike's support would", Session: true,
			Args: []page.ControlArg{{Name: "result", Title: "it turns out", Choices: []string{"well", "badly"}, Default: "well"}}},
		{Name: "clock", Title: "Move the clock", Purpose: "what falls due on the way happens",
			Args: []page.ControlArg{{Name: "by", Title: "forward by, such as 240m", Default: "1h"}}},
		{Name: "fault", Title: "Cause a fault in answers", Purpose: "lost, reset, slow, 500, 502, not JSON, cut, huge",
			Args: []page.ControlArg{{Name: "kind", Title: "fault", Choices: kindsOf(false), Means: means},
				{Name: "method", Title: "for which method", Choices: methods}, count, delay(sandbox.FaultSlow, "5s")}},
		{Name: "fault", Title: "Cause a fault in webhooks", Purpose: "repeated, late, reordered, badly signed, missing",
			Args: []page.ControlArg{{Name: "kind", Title: "fault", Choices: kindsOf(true), Means: means},
				{Name: "method", Title: "for which type", Choices: append([]string{everyOne}, sandbox.WebhookTypes()...)}, count,
				delay(sandbox.FaultWebhookLate, "1m")}},
		{Name: "faults", Title: "Tell the faults in force", Purpose: "and how often each struck"},
		{Name: "clear_faults", Title: "End all faults", Purpose: "the sandbox behaves again"},
		{Name: "rotate_key", Title: "Change Pike's key", Purpose: "notifications are signed with a new key from now on"},
		{Name: "reset", Title: "Start the sandbox anew", Purpose: "it forgets sessions, tokens and faults; the journal keeps what it saw"},
	}
}

// everyOne stands for no limit to a method or type.
const everyOne = "all of them"

// kindsOf lists the kinds of faults that concern webhooks, or answers.
func kindsOf(webhooks bool) []string {
	var kinds []string
	for _, k := range faultKinds() {
		if (sandbox.Fault{Kind: sandbox.FaultKind(k)}).IsWebhook() == webhooks {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// Do carries a control out.
func (d deskSandbox) Do(ctx context.Context, name string, args map[string]string) (string, error) {
	c := d.host.controls()
	session := args["session"]
	switch name {
	case "advance":
		s, err := c.Advance(ctx, session, args["to"])
		return saidOf(s, err)
	case "clock":
		by, err := time.ParseDuration(strings.TrimSpace(args["by"]))
		if err != nil {
			return "", fmt.Errorf("%q is not a length of time: write 90s, 15m or 24h", args["by"])
		}
		now, err := c.MoveClock(ctx, by)
		return "the sandbox's clock shows " + now.UTC().Format(time.DateTime), err
	case "fault":
		return addFault(ctx, c, args)
	case "faults":
		return faultsInForce(ctx, c)
	case "clear_faults":
		n, err := c.ClearFaults(ctx, 0)
		return fmt.Sprintf("%d faults ended", n), err
	case "rotate_key":
		return "the sandbox signs with a new key", c.RotateKey(ctx)
	case "reset":
		return "the sandbox starts anew", c.Reset(ctx)
	}
	act, err := actOf(name, args)
	if err != nil {
		return "", err
	}
	s, err := c.Act(ctx, act)
	return saidOf(s, err)
}

// actOf turns a control into the sandbox's act.
func actOf(name string, args map[string]string) (sandbox.ActRequest, error) {
	a := sandbox.ActRequest{Session: args["session"], Code: args["code"]}
	well := args["result"] != "fails" && args["result"] != "badly"
	switch {
	case name == "next":
		a.Act = sandbox.ActNext
	case name == "finish_3ds" && well:
		a.Act = sandbox.ActPayerOK
	case name == "finish_3ds":
		a.Act = sandbox.ActPayerFail
	case name == "chargeback":
		a.Act = sandbox.ActChargeback
	case name == "return_payout":
		a.Act = sandbox.ActReturnPayout
	case name == "fail":
		a.Act = sandbox.ActFail
	case name == "finalize" && well:
		a.Act = sandbox.ActFinalizeOK
	case name == "finalize":
		a.Act = sandbox.ActFinalizeFail
	default:
		return a, fmt.Errorf("the sandbox has no control %q", name)
	}
	if text := strings.TrimSpace(args["amount"]); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n <= 0 {
			return a, fmt.Errorf("%q is no amount in minor units", text)
		}
		a.Amount = n
	}
	return a, nil
}

func addFault(ctx context.Context, c *sandbox.Control, args map[string]string) (string, error) {
	f := sandbox.Fault{Kind: sandbox.FaultKind(args["kind"]), Method: args["method"]}
	if f.Method == everyOne {
		f.Method = ""
	}
	if text := strings.TrimSpace(args["delay"]); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d < time.Millisecond {
			return "", fmt.Errorf("%q is not a length of time: write 500ms, 20s or 2m", text)
		}
		f.DelayMS = d.Milliseconds()
	}
	if text := strings.TrimSpace(args["count"]); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return "", fmt.Errorf("%q is no count", text)
		}
		f.Count = n
	}
	added, err := c.AddFault(ctx, f)
	return "in force: " + faultText(added), err
}

func faultsInForce(ctx context.Context, c *sandbox.Control) (string, error) {
	list, err := c.Faults(ctx)
	if err != nil || len(list) == 0 {
		return "no fault is in force", err
	}
	var said []string
	for _, f := range list {
		said = append(said, faultText(f))
	}
	return strings.Join(said, "; "), nil
}

func saidOf(s *sandbox.SessionState, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("session %s is %s%s", s.ID, s.Status, waits(s.NextAction)), nil
}
