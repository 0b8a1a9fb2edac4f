package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupKey marks a flag with the heading that it is listed under.
const groupKey = "pikedash_group"

// exitsKey marks a command with the exit codes that it can end with.
const exitsKey = "pikedash_exits"

// groups is the order of the headings.
var groups = []string{"Input", "Output", "Safety", "Options", "Target", "Settings"}

// group puts flags of cmd under a heading of the help.
func group(cmd *cobra.Command, heading string, names ...string) {
	for _, n := range names {
		f := cmd.Flags().Lookup(n)
		if f == nil {
			f = cmd.PersistentFlags().Lookup(n)
		}
		if f != nil {
			if f.Annotations == nil {
				f.Annotations = map[string][]string{}
			}
			f.Annotations[groupKey] = []string{heading}
		}
	}
}

// exits declares the exit codes of a verb besides 0, 1, 2 and 130.
func exits(cmd *cobra.Command, codes ...int) {
	var text []string
	for _, c := range codes {
		text = append(text, strconv.Itoa(c))
	}
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[exitsKey] = strings.Join(text, " ")
}

// helpFor sets the form of the help for a whole tree: purpose, examples, usage, verbs, flags by
// heading, variables, exit codes.
func helpFor(root *cobra.Command) {
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		c.Print(helpText(c))
	})
	root.SetUsageFunc(func(c *cobra.Command) error {
		c.Print(helpText(c))
		return nil
	})
	root.SetHelpCommand(&cobra.Command{Use: "help [VERB]", Short: "Help for a verb", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			target, _, err := c.Root().Find(args)
			if err != nil || target == nil {
				return usage("see pikedash --help", "there is no verb %q", strings.Join(args, " "))
			}
			return target.Help()
		}})
}

// helpText is the help of one verb.
func helpText(c *cobra.Command) string {
	var b strings.Builder
	purpose := c.Long
	if purpose == "" {
		purpose = c.Short + "."
	}
	fmt.Fprintf(&b, "%s\n", purpose)
	if c.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n  %s\n", strings.ReplaceAll(c.Example, "\n", "\n  "))
	}
	b.WriteString("\nUsage:\n")
	fmt.Fprintf(&b, "  %s\n", c.UseLine())
	if names := verbNames(c); len(names) > 0 {
		b.WriteString("\nVerbs:\n")
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				fmt.Fprintf(&b, "  %-12s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	flagsText(&b, c)
	if c.Parent() == nil {
		b.WriteString("\nVariables:\n  PIKEDASH_PROFILE PIKEDASH_PROJECT PIKEDASH_KEY_FILE PIKEDASH_API_VERSION PIKEDASH_BASE_URL\n" +
			"  PIKEDASH_CONFIG PIKEDASH_LOG_LEVEL PIKEDASH_READONLY NO_COLOR ACCESSIBLE SSH_AUTH_SOCK EDITOR\n" +
			"  A flag beats its variable, a variable beats the settings file. No variable unlocks live.\n")
	}
	exitsText(&b, c)
	return b.String()
}

// flagsText lists the flags under their headings; those of every verb only name themselves, except
// at the root.
func flagsText(b *strings.Builder, c *cobra.Command) {
	byGroup := map[string]*pflag.FlagSet{}
	add := func(f *pflag.Flag) {
		heading := "Options"
		if g := f.Annotations[groupKey]; len(g) > 0 {
			heading = g[0]
		}
		if byGroup[heading] == nil {
			byGroup[heading] = pflag.NewFlagSet(heading, pflag.ContinueOnError)
		}
		byGroup[heading].AddFlag(f)
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			add(f)
		}
	})
	for _, heading := range groups {
		if set := byGroup[heading]; set != nil {
			fmt.Fprintf(b, "\n%s:\n%s", heading, set.FlagUsages())
		}
	}
	if c.Parent() == nil {
		return
	}
	var names []string
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	slices.Sort(names)
	if len(names) > 0 {
		fmt.Fprintf(b, "\nFor every verb (see pikedash --help):\n")
		const perLine = 8
		for part := range slices.Chunk(names, perLine) {
			fmt.Fprintf(b, "  %s\n", strings.Join(part, " "))
		}
	}
}

// exitsOf returns the exit codes of a verb; those of the root are all.
func exitsOf(c *cobra.Command) []int {
	codes := []int{exitDone, exitFailure, exitUsage}
	if c.Parent() == nil {
		codes = append(codes, exitInvalid, exitRefused, exitKey, exitNotSent, exitUnknown, exitBlocked)
	}
	for word := range strings.FieldsSeq(c.Annotations[exitsKey]) {
		if n, err := strconv.Atoi(word); err == nil && !slices.Contains(codes, n) {
			codes = append(codes, n)
		}
	}
	return append(codes, exitInterrupted)
}

// exitsText lists the exit codes of a verb.
func exitsText(b *strings.Builder, c *cobra.Command) {
	b.WriteString("\nExit codes:\n")
	for _, n := range exitsOf(c) {
		fmt.Fprintf(b, "  %-4d %s\n", n, exitMeanings[n])
	}
}
