package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"pikedash/screenshots/render"
	"pikedash/ui/uitest"
)

// shot is one picture: how the program is started, what is pressed, and how the result is drawn.
type shot struct {
	name          string // of the files, without extension
	title         string // in the window's bar
	width, height int    // of the terminal, in cells
	light         bool   // on a white terminal
	noColor       bool
	args, env     []string
	still         *still     // the world that is photographed; nil leaves the home as it is
	prepare       [][]string // commands of pikedash that are run before, in the same home
	script        []step
	film          bool // an animation of the stills that the script takes, instead of one picture
}

// step does something to the running program.
type step func(*camera) error

// camera is a running program and what was taken of it.
type camera struct {
	*uitest.Terminal
	stills []render.Still
	passed time.Duration // on the program's clock
}

// press sends keys one at a time.
func press(keys ...string) step { return func(c *camera) error { return c.Press(keys...) } }

// typed sends text key by key.
func typed(text string) step { return func(c *camera) error { return c.Type(text) } }

// wait waits until all texts are on the screen.
func wait(texts ...string) step { return func(c *camera) error { return c.WaitText(texts...) } }

// gone waits until none of the texts is on the screen.
func gone(texts ...string) step { return func(c *camera) error { return c.WaitGone(texts...) } }

// show takes the screen, once it is quiet, into the film. It is shown for d.
func show(d time.Duration) step {
	return func(c *camera) error {
		if err := c.Settle(); err != nil {
			return err
		}
		c.stills = append(c.stills, render.Still{Frame: c.Frame(), Stay: d})
		return nil
	}
}

// filmed sends text key by key and takes what each key has done into the film.
func filmed(text string, each time.Duration) step {
	return func(c *camera) error {
		for _, r := range text {
			if err := c.Type(string(r)); err != nil {
				return err
			}
			if err := show(each)(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// pass lets time pass for the program.
func pass(d time.Duration) step {
	return func(c *camera) error {
		c.passed += d
		return setClock(c.Home(), c.passed)
	}
}

// answer lets a dialog open its ears, and answers it. sign is a text of the dialog.
func answer(sign, key string) step {
	return func(c *camera) error {
		for _, s := range []step{wait(sign), pass(time.Second), press(key), gone(sign)} {
			if err := s(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// file is a finished picture.
type file struct {
	name string
	data []byte
}

// worlds are the homes of shots that show the same world: nothing is sent in them, so that one
// can serve many.
type worlds map[string]string

// close removes the homes.
func (w worlds) close() error {
	var errs []error
	for _, home := range w {
		if err := os.RemoveAll(home); err != nil {
			errs = append(errs, fmt.Errorf("removing a home directory: %w", err))
		}
	}
	return errors.Join(errs...)
}

// home returns the home of a shot's world, with the clock at the start.
func (w worlds) home(s *shot, path string) (string, error) {
	name := fmt.Sprint(s.still, s.prepare, s.env)
	if s.still == nil || s.film {
		name = s.name
	}
	if home, ok := w[name]; ok {
		return home, setClock(home, 0)
	}
	home, err := os.MkdirTemp("", "pikedash-screenshot-")
	if err != nil {
		return "", fmt.Errorf("making a home directory: %w", err)
	}
	w[name] = home
	if s.still != nil {
		if err := s.still.lay(home); err != nil {
			return "", err
		}
	}
	return home, s.prepareHome(path, home)
}

// take runs the shot against the program at path and returns its files. Without pictures those that
// compare does not look into are left empty: packing them takes longer than all the rest.
func (s *shot) take(path string, w worlds, pictures bool) ([]file, error) {
	home, err := w.home(s, path)
	if err != nil {
		return nil, err
	}
	c, err := s.run(path, home)
	if err != nil {
		return nil, fmt.Errorf("shot %s: %w", s.name, err)
	}
	return s.develop(c, pictures)
}

// prepareHome runs the commands that fill the program's home.
func (s *shot) prepareHome(path, home string) error {
	for _, args := range s.prepare {
		cmd := exec.Command(path, args...)
		env, err := uitest.Environment(uitest.Options{Home: home, Env: s.variables(home)})
		if err != nil {
			return err
		}
		cmd.Env, cmd.Dir = env, home
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("shot %s: pikedash %s: %w\n%s", s.name, strings.Join(args, " "), err, out)
		}
	}
	return nil
}

// variables returns the environment of the program.
func (s *shot) variables(home string) []string {
	if s.still == nil {
		return s.env
	}
	return append(s.still.env(home), s.env...)
}

// run plays the script and takes the last screen.
func (s *shot) run(path, home string) (c *camera, err error) {
	t, err := uitest.Open(uitest.Options{
		Path: path, Args: s.args, Env: s.variables(home), Home: home,
		Width: s.width, Height: s.height, Light: s.light, NoColor: s.noColor,
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := t.Close(); err == nil {
			err = e
		}
	}()
	c = &camera{Terminal: t}
	for i, step := range s.script {
		if err := step(c); err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	if !s.film {
		if err := show(0)(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// develop draws what was taken.
func (s *shot) develop(c *camera, pictures bool) ([]file, error) {
	theme := render.Dark()
	if s.light {
		theme = render.Light()
	}
	r, err := render.New(theme)
	if err != nil {
		return nil, err
	}
	if len(c.stills) == 0 {
		return nil, fmt.Errorf("shot %s: the script takes no picture", s.name)
	}
	if s.film {
		var picture bytes.Buffer
		if err := r.GIF(&picture, c.stills, s.title); err != nil {
			return nil, fmt.Errorf("shot %s: %w", s.name, err)
		}
		return []file{{s.name + ".gif", picture.Bytes()}}, nil
	}
	var files []file
	frame := c.stills[len(c.stills)-1].Frame
	var text, svg, png bytes.Buffer
	err = render.Text(&text, frame)
	if err == nil {
		err = r.SVG(&svg, frame, s.title)
	}
	if err == nil && pictures {
		err = r.PNG(&png, frame, s.title)
	}
	if err != nil {
		return nil, fmt.Errorf("shot %s: %w", s.name, err)
	}
	files = append(files, file{s.name + ".txt", text.Bytes()}, file{s.name + ".svg", svg.Bytes()}, file{s.name + ".png", png.Bytes()})
	return files, nil
}

// write stores the files in dir.
func write(dir string, files []file) error {
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
			return fmt.Errorf("storing a picture: %w", err)
		}
	}
	return nil
}
