package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/pikeapi"
	"pikedash/pikeapi/flow"
)

func (a *app) flowVerb() *cobra.Command {
	cmd := &cobra.Command{Use: "flow", Short: "Rehearse Pike's protocol, step by step",
		Long: "A flow is a TOML file of steps with what is expected of each. Shipped ones come with the program; your own are\n" +
			"read from the flows folder beside the configuration file (pikedash info names it).\n\n" + flowForm(),
		Example: "pikedash flow list\npikedash flow run payout-confirmed\npikedash flow run all --junit flows.xml\npikedash flow show refund-partial > ~/.config/pikedash/flows/mine.toml"}
	cmd.AddCommand(a.flowList(), a.flowShow(), a.flowRun())
	return cmd
}

// flowForm tells how a flow's file is written.
func flowForm() string {
	return `How the file is written:
  title, about, versions = ["v1", "v2"]   what it is, and in which versions it runs (both, where it does not say)
  [sandbox]   hold, auto_confirm, balance (minor units of EUR); only = true, where no other server does what it expects
  [vars]      values of your own: ${name}

  [[step]]    does one thing:
    call = METHOD, body = JSON, key = NAME       the same name is the same idempotency key
    repeat = NAME of a step                      the same bytes and key once more
    background = true, later join = NAME         goes on without the answer, and takes it later
    wait = NOTIFICATION, within = "60s"          takes the next one of its type and session
    poll = SESSION, within = "60s"               asks for the status until what is expected holds
    advance = "240m"                             moves the sandbox's clock
    fault = {kind, method, count, delay_ms}      see pikedash sandbox fault --help
    control = ACT, with = {session, amount, code}   see pikedash sandbox act --help
  [step.expect]   path = value; "*" is there, "-" is not there, "a|b" one of them. Besides the answer's own paths:
                  outcome, http, same_answer for calls; signature, duplicate, late for notifications.
                  A call that expects nothing of the kind must be accepted.
  [step.save]     name = path                    makes ${name}; session names the flow's session

Variables: ${payout_target}, ${payouts}, ${payments} are the names of the version; ${run} is different in each run;
${card.X} with X of ` + strings.Join(cardVariables(), ", ") + `.`
}

func cardVariables() []string {
	var names []string
	for name := range flow.Cards() {
		names = append(names, strings.TrimPrefix(name, "card."))
	}
	slices.Sort(names)
	return names
}

// flows reads the shipped flows and the user's own. bad tells of files that cannot be read, beside the
// flows that can.
func (a *app) flows(cmd *cobra.Command) (all []*flow.Flow, bad, err error) {
	s, err := a.config(cmd)
	if err != nil {
		return nil, nil, err
	}
	all, bad = flow.Load(s.Paths.Flows())
	if bad != nil {
		bad = usage("mend the file, or take it out of "+s.Paths.Flows(), "%v", bad)
	}
	return all, bad, nil
}

// chosenFlows reads the flows and picks some by name; "all" is every one, and then none may be bad.
func (a *app) chosenFlows(cmd *cobra.Command, names []string) ([]*flow.Flow, error) {
	all, bad, err := a.flows(cmd)
	if err != nil {
		return nil, err
	}
	if slices.Contains(names, "all") {
		return all, bad
	}
	var chosen []*flow.Flow
	for _, name := range names {
		i := slices.IndexFunc(all, func(f *flow.Flow) bool { return f.Name == name })
		if i < 0 && bad != nil {
			return nil, bad
		}
		if i < 0 {
			return nil, usage("pikedash flow list shows them", "there is no flow %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// flowLine is a flow in the list.
type flowLine struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	About    string   `json:"about"`
	Versions []string `json:"versions"`
	Steps    int      `json:"steps"`
	Sandbox  bool     `json:"sandbox_only"`
	Path     string   `json:"path,omitempty"`
}

func (a *app) flowList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the flows", Args: cobra.NoArgs, Example: "pikedash flow list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, bad, err := a.flows(cmd)
			if err != nil {
				return err
			}
			out := struct {
				Schema int        `json:"schema"`
				Flows  []flowLine `json:"flows"`
			}{1, []flowLine{}}
			for _, f := range all {
				line := flowLine{Name: f.Name, Title: f.Title, About: strings.Join(strings.Fields(f.About), " "), Steps: len(f.Steps),
					Sandbox: f.NeedsControl(), Path: f.Path}
				for _, v := range f.RunVersions() {
					line.Versions = append(line.Versions, v.String())
				}
				out.Flows = append(out.Flows, line)
			}
			if a.flags.json {
				a.out.object(out)
				return bad
			}
			for _, f := range out.Flows {
				a.out.line("%-26s %-6s %s", f.Name, strings.Join(f.Versions, ","), f.Title)
			}
			return bad
		}}
}

func (a *app) flowShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "Print a flow's file", Args: cobra.ExactArgs(1), Example: "pikedash flow show hold-partial-capture",
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := a.chosenFlows(cmd, args)
			if err != nil {
				return err
			}
			source, err := chosen[0].Source()
			if err != nil {
				return fileFault(err, "reading the flow")
			}
			a.out.raw(string(source))
			return nil
		}}
}

func (a *app) flowRun() *cobra.Command {
	cmd := &cobra.Command{Use: "run NAME...|all", Short: "Run flows and say pass or fail, step by step", Args: cobra.MinimumNArgs(1),
		Long: "In the sandbox each run gets a private sandbox of its own, over real HTTP, whose clock is moved instead of waited for.\n" +
			"With --profile demo the flows run against Pike's demo server; those that need test controls are skipped, and notifications\n" +
			"are taken from the journal: have pikedash listen, or the dashboard, record them. Live is refused. A flow runs in each of\n" +
			"its API versions, or only in that of --api. It ends with 1 when a flow failed.",
		Example: "pikedash flow run payout-confirmed refund-partial\npikedash flow run all --json\npikedash flow run payout-confirmed --profile demo"}
	junit := cmd.Flags().String("junit", "", "also write the results to `FILE` as JUnit XML")
	steps := cmd.Flags().Bool("steps", false, "print each step as it ends")
	group(cmd, "Output", "junit", "steps")
	exits(cmd, exitFailure, exitUsage, exitBlocked)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		chosen, err := a.chosenFlows(cmd, args)
		if err != nil {
			return err
		}
		if cmd.Flags().Changed("api") {
			if chosen, err = inVersion(chosen, a.flags.api); err != nil {
				return err
			}
		}
		report, err := a.runFlows(cmd, chosen, *steps)
		if err != nil {
			return err
		}
		return a.reportFlows(report, *junit)
	}
	return cmd
}

// inVersion keeps the flows that run in a version, and makes them run in no other.
func inVersion(flows []*flow.Flow, api string) ([]*flow.Flow, error) {
	v, err := pikeapi.ParseVersion(api)
	if err != nil {
		return nil, usage("", "%v", err)
	}
	var kept []*flow.Flow
	for _, f := range flows {
		if slices.Contains(f.RunVersions(), v) {
			one := *f
			one.Versions = []string{v.String()}
			kept = append(kept, &one)
		}
	}
	if len(kept) == 0 {
		return nil, usage("leave --api out", "none of these flows runs in %s", v)
	}
	return kept, nil
}

// runFlows runs flows where the profile says.
func (a *app) runFlows(cmd *cobra.Command, flows []*flow.Flow, steps bool) (report flow.Report, err error) {
	rt, err := a.runtime(cmd)
	if err != nil {
		return flow.Report{}, err
	}
	defer func() { err = errors.Join(err, rt.close()) }()
	open, err := a.flowPlace(cmd, rt)
	if err != nil {
		return flow.Report{}, err
	}
	var mu sync.Mutex
	watch := func(f *flow.Flow, v pikeapi.Version, s flow.StepResult) {
		mu.Lock()
		defer mu.Unlock()
		if steps && s.Verdict != flow.Running && !a.flags.json {
			a.out.line("  %-26s %s  %2d %-8s %s", f.Name, v, s.Index+1, s.Verdict, s.Label)
		}
	}
	return flow.NewReport(flow.RunAll(cmd.Context(), flows, flow.AtOnce(pikeapi.EnvKind(rt.settings.Current().Kind.Value)), open, watch)), nil
}

// flowPlace says where runs happen: a private sandbox each, or Pike's demo server.
func (a *app) flowPlace(cmd *cobra.Command, rt *runtime) (flow.Opener, error) {
	p := rt.settings.Current()
	switch pikeapi.EnvKind(p.Kind.Value) {
	case pikeapi.Sandbox:
		pair, err := flow.NewPair(cmd.Context())
		if err != nil {
			return nil, keyFault(err, "", "making keys for the private sandboxes")
		}
		return func(ctx context.Context, f *flow.Flow) (flow.Place, error) { return flow.NewSandbox(ctx, f, pair) }, nil
	case pikeapi.Live:
		return nil, blocked("live", "use --profile sandbox or --profile demo", "flows do not run against live")
	case pikeapi.Demo:
	}
	env, j, err := rt.open(cmd.Context(), p)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, f *flow.Flow) (flow.Place, error) {
		if f.NeedsControl() {
			return nil, flow.ErrNoControl
		}
		return flow.NewRemote(ctx, rt.client, env, j)
	}, nil
}

// reportFlows prints the results and writes the JUnit file.
func (a *app) reportFlows(report flow.Report, junit string) error {
	if junit != "" {
		var out bytes.Buffer
		if err := report.WriteJUnit(&out); err != nil {
			return err
		}
		if err := config.WriteFile(junit, out.Bytes()); err != nil {
			return fileFault(err, "writing the results")
		}
	}
	if a.flags.json {
		a.out.object(report)
	} else {
		a.flowText(report)
	}
	if report.Failed > 0 {
		return shown{&fault{exit: exitFailure, category: "user_input", code: "flow_failed", message: fmt.Sprintf("%d of %d runs failed", report.Failed, len(report.Results))}}
	}
	return nil
}

// flowText prints the results for people.
func (a *app) flowText(report flow.Report) {
	marks := map[flow.Verdict]string{flow.Passed: "✓ passed ", flow.Failed: "✗ failed ", flow.Skipped: "- skipped"}
	for _, r := range report.Results {
		a.out.line("%s  %-26s %s  %5d ms  %s", marks[r.Verdict], r.Flow, r.Version, r.Took.Milliseconds(), r.Title)
		if r.Verdict == flow.Passed {
			continue
		}
		a.out.line("             %s", r.Reason)
		for _, s := range r.Steps {
			for _, d := range s.Diffs[min(1, len(s.Diffs)):] { // the first is the reason
				a.out.line("             %s: expected %s, seen %s", d.Path, d.Expected, d.Seen)
			}
		}
	}
	a.out.line("%d passed, %d failed, %d skipped", report.Passed, report.Failed, report.Skipped)
}
