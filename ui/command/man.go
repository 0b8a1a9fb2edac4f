package command

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pikedash/config"
)

// manVerb writes the man pages; make dist uses it.
func (a *app) manVerb() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write the man pages into a folder", Args: cobra.ExactArgs(1), Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fileFault(nil, "making %s: %v", args[0], plainFileError(err))
			}
			return writeMan(cmd.Root(), args[0])
		},
	}
}

// writeMan writes the page of a verb and of those below it. Pages are made from the same words as
// the help, so that the two cannot differ.
func writeMan(c *cobra.Command, dir string) error {
	name := strings.ReplaceAll(c.CommandPath(), " ", "-")
	if err := config.WriteFile(filepath.Join(dir, name+".1"), manPage(c, name)); err != nil {
		return fileFault(err, "writing the man page %s", name)
	}
	for _, sub := range c.Commands() {
		if sub.Hidden || sub.Name() == "help" {
			continue
		}
		if err := writeMan(sub, dir); err != nil {
			return err
		}
	}
	return nil
}

// manPage writes one page in the man macros.
func manPage(c *cobra.Command, name string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.TH "%s" 1 "" "pikedash %s" "pikedash"`, strings.ToUpper(name), roff(version))
	line(".SH NAME\n%s \\- %s", roff(name), roff(c.Short))
	line(".SH SYNOPSIS\n.B %s", roff(c.UseLine()))
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	line(".SH DESCRIPTION\n%s", strings.ReplaceAll(roff(long), "\n\n", "\n.PP\n"))
	if c.Example != "" {
		line(".SH EXAMPLES\n.nf\n%s\n.fi", roff(c.Example))
	}
	line(".SH OPTIONS")
	flags := func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		short := ""
		if f.Shorthand != "" {
			short = "\\-" + f.Shorthand + ", "
		}
		value, usage := pflag.UnquoteUsage(f)
		line(".TP\n.B %s\\-\\-%s %s\n%s", short, roff(f.Name), roff(value), roff(usage))
	}
	c.LocalFlags().VisitAll(flags)
	c.InheritedFlags().VisitAll(flags)
	line(".SH EXIT STATUS")
	for _, code := range exitsOf(c) {
		line(".TP\n.B %d\n%s", code, roff(exitMeanings[code]))
	}
	if c.HasParent() {
		line(".SH SEE ALSO\n.BR %s (1)", roff(strings.ReplaceAll(c.Parent().CommandPath(), " ", "-")))
	}
	return b.Bytes()
}

// roff escapes a text: backslashes and hyphens, and a dot or quote that would begin a request.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
