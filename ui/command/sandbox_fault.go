package command

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/pikeapi/sandbox"
)

// This file is the sandbox's faults: the verb, the flag, and how one is told of in a line.

func faultKinds() []string {
	var kinds []string
	for _, k := range sandbox.FaultKinds() {
		kinds = append(kinds, k.Kind)
	}
	return kinds
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

// parseFaults reads --fault values.
func parseFaults(list []string) ([]sandbox.Fault, error) {
	var out []sandbox.Fault
	const form = "write KIND[:METHOD[:COUNT[:DELAY]]], such as slow:session/confirm:1:20s"
	for _, text := range list {
		parts := append(strings.SplitN(text, ":", 4), "", "", "")
		f := sandbox.Fault{Kind: sandbox.FaultKind(parts[0]), Method: parts[1]}
		if parts[2] != "" {
			n, err := strconv.Atoi(parts[2])
			if err != nil || n < 0 {
				return nil, usage(form, "--fault %s: %q is no count", text, parts[2])
			}
			f.Count = n
		}
		if parts[3] != "" {
			d, err := time.ParseDuration(parts[3])
			if err != nil || d < time.Millisecond {
				return nil, usage(form, "--fault %s: %q is no delay", text, parts[3])
			}
			f.DelayMS = d.Milliseconds()
		}
		if near := knownFault(parts[0]); near != "" {
			return nil, usage(near, "--fault %s: there is no fault %q", text, parts[0])
		}
		out = append(out, f)
	}
	return out, nil
}

// knownFault returns a hint for a kind of fault that does not exist, and nothing for one that does.
func knownFault(kind string) string {
	kinds := faultKinds()
	for _, k := range kinds {
		if k == kind {
			return ""
		}
	}
	if near := config.Nearest(kind, kinds); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "the faults are " + strings.Join(kinds, ", ")
}
