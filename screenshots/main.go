// Command screenshots photographs the dashboard: it drives the real program in a pseudo-terminal and
// writes each screen as PNG, SVG and text, and one journey as an animation, into its own directory.
//
//	go run ./screenshots            # all of them
//	go run ./screenshots -only NAME # those whose name holds NAME
//	go run ./screenshots -list
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"pikedash/ui/uitest"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("screenshots", flag.ContinueOnError)
	binary := flags.String("binary", "", "photograph this `program` instead of a fresh build")
	dir := flags.String("out", "screenshots", "write the pictures to this `directory`")
	only := flags.String("only", "", "only the shots whose name holds this `text`")
	list := flags.Bool("list", false, "list the shots")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *binary == "" && !*list {
		temp, e := os.MkdirTemp("", "pikedash-screenshots-")
		if e != nil {
			return fmt.Errorf("making a directory for the program: %w", e)
		}
		defer func() {
			if e := os.RemoveAll(temp); err == nil && e != nil {
				err = fmt.Errorf("removing the built program: %w", e)
			}
		}()
		if *binary, err = uitest.Compile(temp, "pikedash"); err != nil {
			return err
		}
	}
	return photograph(shots(), *binary, *dir, *only, *list, out)
}

// photograph takes the shots whose name holds only, and says what it wrote.
func photograph(all []shot, binary, dir, only string, list bool, out io.Writer) error {
	if binary != "" {
		absolute, err := filepath.Abs(binary)
		if err != nil {
			return fmt.Errorf("finding the program: %w", err)
		}
		binary = absolute
	}
	found := false
	for i := range all {
		s := &all[i]
		if !strings.Contains(s.name, only) {
			continue
		}
		found = true
		if list {
			if _, err := fmt.Fprintf(out, "%-28s %dx%d\n", s.name, s.width, s.height); err != nil {
				return err
			}
			continue
		}
		files, err := s.take(binary)
		if err != nil {
			return err
		}
		if err := write(dir, files); err != nil {
			return err
		}
		for _, f := range files {
			if _, err := fmt.Fprintf(out, "%8d  %s\n", len(f.data), filepath.Join(dir, f.name)); err != nil {
				return err
			}
		}
	}
	if !found {
		return fmt.Errorf("no shot's name holds %q: see -list", only)
	}
	return nil
}
