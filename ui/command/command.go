// Package command is the command line of pikedash: the same verbs as the screens, without the
// screen. It is also where the program is put together: settings become environments, journals are
// opened, the embedded sandbox and the receiver are started, and all of it is handed to the
// dashboard.
package command

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/keys"
)

// app is one run of the program.
type app struct {
	in     io.Reader
	out    *printer
	err    *printer
	getenv func(string) string
	now    func() time.Time
	flags  globalFlags

	ask keys.Passphrase

	settings *config.Settings // read once by config()
	signers  *signers         // made once by signersFor()
}

// globalFlags are the flags of every verb.
type globalFlags struct {
	config, profile, env, project, keyFile, api, baseURL string
	logLevel, theme, timeout                             string
	allowHost                                            []string
	readOnly, mouse, plain, json, noColor                bool
}

// Main runs the program with args, which do not hold its name, and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	defer stop()
	if err := noCore(); err != nil {
		(&printer{w: stderr}).line("pikedash: %v", err)
	}
	return Run(ctx, args, stdin, stdout, stderr)
}

// Run is Main for callers that end it themselves: it stops when ctx is done.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{in: stdin, out: &printer{w: stdout}, err: &printer{w: stderr}, getenv: os.Getenv, now: clock(os.Getenv), ask: askTerminal}
	return a.run(ctx, args)
}

// run parses the arguments, runs the verb and reports its error.
func (a *app) run(ctx context.Context, args []string) int {
	// Known before the flags are read, so that a mistake in them is told in JSON too.
	a.flags.json = slices.Contains(args, "--json")
	root := a.root(len(args) > 0)
	root.SetArgs(append([]string{}, args...)) // nil would mean the process's own arguments
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := a.execute(ctx, root)
	code := exitDone
	if err != nil {
		if ctx.Err() != nil && asFault(err).exit == exitFailure {
			err = ctx.Err()
		}
		code = a.report(err)
	}
	if a.out.failed() != nil && code == exitDone {
		a.err.line("pikedash: writing the output: %v", a.out.failed())
		code = exitFailure
	}
	return code
}

// root builds the command. Without arguments it opens the dashboard, which needs none of the verbs: making
// them takes a part of the time until the first frame.
func (a *app) root(verbs bool) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pikedash",
		Short: "A terminal dashboard for the Pike Payments API",
		Long: "A terminal dashboard for people who operate payouts and payments through the Pike Payments\n" +
			"partner API. Without a verb it opens the dashboard; the verbs do the same without the screen.",
		Example: "pikedash                                             # the dashboard, in the sandbox at first\n" +
			"pikedash send session/init/payout --body payout.json --dry-run\n" +
			"pikedash explain --body body.json --signature-file sig.b64 --key public.pem\n" +
			"pikedash payouts --filter 'status:failed created<2d' --json",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          a.runDashboard,
	}
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("see "+c.CommandPath()+" --help", "%v", err)
	})
	a.globals(cmd)
	if verbs {
		cmd.AddCommand(a.verbs()...)
	}
	helpFor(cmd)
	wrapUsage(cmd)
	return cmd
}

// globals declares the flags of every verb.
func (a *app) globals(cmd *cobra.Command) {
	f, g := cmd.PersistentFlags(), &a.flags
	f.StringVarP(&g.profile, "profile", "p", "", "profile: sandbox, demo, live or one of your own")
	f.StringVarP(&g.env, "env", "e", "", "the same as --profile")
	f.StringVar(&g.project, "project", "", "project (X-PARTNER-PROJECT) instead of the profile's")
	f.StringVar(&g.keyFile, "key-file", "", "private key `FILE` instead of the profile's")
	f.StringVar(&g.api, "api", "", "version of Pike's API: v1 or v2")
	f.StringVar(&g.baseURL, "base-url", "", "server instead of the profile's; this machine only, or see --allow-host")
	f.StringSliceVar(&g.allowHost, "allow-host", nil, "`HOST` that signed requests may go to besides Pike and this machine")
	f.StringVar(&g.config, "config", "", "settings `FILE`")
	f.StringVar(&g.timeout, "timeout", "", "longest wait for an answer, such as 30s")
	f.StringVar(&g.logLevel, "log-level", "", "error, warn, info or debug")
	f.BoolVar(&g.readOnly, "read-only", false, "send nothing that changes something at Pike")
	f.BoolVar(&g.json, "json", g.json, "one JSON value on stdout and nothing else")
	f.BoolVar(&g.noColor, "no-color", false, "no colours, as with NO_COLOR")
	f.StringVar(&g.theme, "theme", "", "theme of the dashboard")
	f.BoolVar(&g.mouse, "mouse", false, "let the dashboard take the mouse")
	f.BoolVar(&g.plain, "plain", false, "line by line instead of a screen, as with ACCESSIBLE=1")
	group(cmd, "Target", "profile", "env", "project", "key-file", "api", "base-url", "allow-host")
	group(cmd, "Settings", "config", "timeout", "log-level", "read-only", "json", "no-color", "theme", "mouse", "plain")
}

// wrapUsage gives cobra's own errors about arguments and verbs the exit code of a wrong usage.
func wrapUsage(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil {
		check = cobra.ArbitraryArgs
		if cmd.HasSubCommands() || !cmd.Runnable() {
			check = cobra.NoArgs
		}
	}
	cmd.Args = func(c *cobra.Command, args []string) error {
		err := check(c, args)
		if err == nil || errors.As(err, new(*fault)) {
			return err
		}
		hint := "see " + c.CommandPath() + " --help"
		if len(args) > 0 && c.HasSubCommands() {
			if near := config.Nearest(args[0], verbNames(c)); near != "" {
				hint = "did you mean " + c.CommandPath() + " " + near + "?"
			}
			return usage(hint, "%s has no verb %q", c.CommandPath(), args[0])
		}
		return usage(hint, "%v", err)
	}
	if !cmd.Runnable() {
		cmd.RunE = func(c *cobra.Command, _ []string) error {
			c.SetOut(c.ErrOrStderr())
			if err := c.Help(); err != nil {
				return err
			}
			return silent{exitUsage}
		}
	}
	for _, sub := range cmd.Commands() {
		wrapUsage(sub)
	}
}

// verbNames lists the visible verbs below c.
func verbNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return names
}

// config reads the settings once.
func (a *app) config(cmd *cobra.Command) (*config.Settings, error) {
	if a.settings != nil {
		return a.settings, nil
	}
	flags, err := a.configFlags(cmd)
	if err != nil {
		return nil, err
	}
	s, err := config.Load(config.Options{Paths: config.FindPaths(), Getenv: a.getenv, Flags: flags, AllowHost: a.flags.allowHost})
	if err != nil {
		return nil, err
	}
	a.settings = s
	return s, nil
}

// configFlags collects the flags that were given and are settings.
func (a *app) configFlags(cmd *cobra.Command) (map[string]string, error) {
	out := map[string]string{}
	f := cmd.Flags()
	if f.Changed("profile") && f.Changed("env") && a.flags.profile != a.flags.env {
		return nil, usage("keep one of them", "--profile %s and --env %s contradict each other", a.flags.profile, a.flags.env)
	}
	for flag, key := range map[string]string{"config": "config", "profile": "profile", "env": "profile", "project": "project",
		"key-file": "key_file", "api": "api_version", "base-url": "base_url", "timeout": "timeout", "log-level": "log_level",
		"theme": "theme", "read-only": "read_only", "mouse": "mouse", "plain": "plain"} {
		if f.Changed(flag) {
			out[key] = f.Lookup(flag).Value.String()
		}
	}
	return out, nil
}
