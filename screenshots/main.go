// Command screenshots photographs the dashboard: it drives the real program in a pseudo-terminal and
// writes each screen as PNG, SVG and text, and one journey as an animation, into its own directory.
//
//	go run ./screenshots            # all of them
//	go run ./screenshots -only NAME # those whose name holds NAME
//	go run ./screenshots -check    # writes nothing: fails when text or SVG differ from the kept ones
//	go run ./screenshots -list
package main

import (
	"errors"
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
	binary := flags.String("binary", "", "photograph this `program`, built with the tag screenshots, instead of a fresh build")
	dir := flags.String("out", "screenshots", "write the pictures to this `directory`")
	only := flags.String("only", "", "only the shots whose name holds this `text`")
	check := flags.Bool("check", false, "compare with the pictures that are there instead of writing")
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
		if *binary, err = uitest.Compile(temp, "pikedash", stillTag); err != nil {
			return err
		}
	}
	if *binary, err = filepath.Abs(*binary); err != nil {
		return fmt.Errorf("finding the program: %w", err)
	}
	return photograph(shots(), job{binary: *binary, dir: *dir, only: *only, list: *list, check: *check}, out)
}

// job says which shots are taken, of which program, and what becomes of the pictures.
type job struct {
	binary string
	dir    string
	only   string // part of the names
	list   bool   // only say which there are
	check  bool   // compare with the kept pictures, and write nothing
}

// photograph takes the shots whose name holds j.only, and says what it drew.
func photograph(all []shot, j job, out io.Writer) (err error) {
	w := worlds{}
	defer func() { err = errors.Join(err, w.close()) }()
	found := false
	for i := range all {
		s := &all[i]
		if !strings.Contains(s.name, j.only) {
			continue
		}
		found = true
		if j.list {
			if _, err := fmt.Fprintf(out, "%-28s %dx%d\n", s.name, s.width, s.height); err != nil {
				return err
			}
			continue
		}
		files, err := s.take(j.binary, w, !j.check)
		if err != nil {
			return err
		}
		keep := write
		if j.check {
			keep = compare
		}
		if err := keep(j.dir, files); err != nil {
			return err
		}
		for _, f := range files {
			if _, err := fmt.Fprintf(out, "%8d  %s\n", len(f.data), filepath.Join(j.dir, f.name)); err != nil {
				return err
			}
		}
	}
	if !found {
		return fmt.Errorf("no shot's name holds %q: see -list", j.only)
	}
	return nil
}
