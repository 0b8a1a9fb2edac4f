package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Options are the sources that stand above the file.
type Options struct {
	Paths  Paths
	Getenv func(string) string // nil reads no variable
	// Flags holds the flags that were given, by setting: config, profile, project, key_file,
	// api_version, base_url, log_level, read_only, theme, mouse, plain, timeout.
	Flags map[string]string
	// AllowHost names hosts that a base URL may have although they are neither Pike's nor loopback.
	AllowHost []string
}

// Variables are the settings that a variable can give, with the variable's name. None of them can
// unlock live.
func Variables() map[string]string {
	return map[string]string{
		"config": "PIKEDASH_CONFIG", "profile": "PIKEDASH_PROFILE", "project": "PIKEDASH_PROJECT",
		"key_file": "PIKEDASH_KEY_FILE", "api_version": "PIKEDASH_API_VERSION", "base_url": "PIKEDASH_BASE_URL",
		"log_level": "PIKEDASH_LOG_LEVEL", "read_only": "PIKEDASH_READONLY",
	}
}

// Load reads the settings from all sources. A missing file is fine; every mistake is an *Error.
func Load(o Options) (*Settings, error) {
	s := defaults(o.Paths)
	above := collect(o)
	if v, ok := above["config"]; ok {
		s.File = Value[string]{o.Paths.Expand(v.Value, "."), v.Origin}
	}
	if abs, err := filepath.Abs(s.File.Value); err == nil {
		s.File.Value = abs
	}
	data, exists, err := readFile(s.File.Value)
	if err != nil {
		return nil, err
	}
	s.FileExists = exists
	if exists {
		if err := s.takeFile(data); err != nil {
			return nil, err
		}
	}
	if err := s.takeAbove(above); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.Current().CheckHost(o.AllowHost); err != nil {
		return nil, err
	}
	return s, nil
}

// collect gathers what flags and variables say; a flag beats its variable. A variable that is set
// to nothing counts as not set.
func collect(o Options) map[string]Value[string] {
	out := map[string]Value[string]{}
	if o.Getenv != nil {
		for key, variable := range Variables() {
			if v := o.Getenv(variable); v != "" {
				out[key] = Value[string]{v, Origin{FromEnvironment, variable}}
			}
		}
	}
	for key, v := range o.Flags {
		out[key] = Value[string]{v, Origin{FromFlag, flagOf(key)}}
	}
	return out
}

// flagOf is the flag that gives a setting.
func flagOf(key string) string {
	if key == "api_version" {
		return "--api"
	}
	return "--" + strings.ReplaceAll(key, "_", "-")
}

// takeFile merges the text of the settings file over the defaults.
func (s *Settings) takeFile(data []byte) error {
	shape, at, err := parse(s.File.Value, data)
	if err != nil {
		return err
	}
	m := merger{file: s.File.Value, at: at}
	setFrom(&m, &s.Profile, shape.Profile, "profile")
	setFrom(&m, &s.LogLevel, shape.LogLevel, "log_level")
	setFrom(&m, &s.ReadOnly, shape.ReadOnly, "read_only")
	setFrom(&m, &s.Theme, shape.Theme, "theme")
	setFrom(&m, &s.Mouse, shape.Mouse, "mouse")
	setFrom(&m, &s.Plain, shape.Plain, "plain")
	setFrom(&m, &s.Clipboard, shape.Clipboard, "clipboard")
	setFrom(&m, &s.Listen, shape.Webhook.Listen, "webhook", "listen")
	setFrom(&m, &s.Forward, shape.Webhook.Forward, "webhook", "forward")
	m.duration(&s.Timeout, shape.Timeout, "timeout")
	for _, action := range slices.Sorted(maps.Keys(shape.Keys)) {
		m.keyBinding(s, action, shape.Keys[action])
	}
	for _, name := range slices.Sorted(maps.Keys(shape.Profiles)) {
		m.profile(s, name, shape.Profiles[name])
	}
	return m.err
}

// takeAbove merges flags and variables. Those of a profile go to the chosen one.
func (s *Settings) takeAbove(above map[string]Value[string]) error {
	texts := map[string]*Value[string]{"profile": &s.Profile, "log_level": &s.LogLevel, "theme": &s.Theme}
	for key, target := range texts {
		if v, ok := above[key]; ok {
			*target = v
		}
	}
	for key, target := range map[string]*Value[bool]{"read_only": &s.ReadOnly, "mouse": &s.Mouse, "plain": &s.Plain} {
		v, ok := above[key]
		if !ok {
			continue
		}
		b, err := strconv.ParseBool(v.Value)
		if err != nil {
			return &Error{Key: v.Origin.Where, Reason: fmt.Sprintf("%q is neither true nor false", v.Value)}
		}
		*target = Value[bool]{b, v.Origin}
	}
	if v, ok := above["timeout"]; ok {
		d, err := parseDuration(v.Value)
		if err != nil {
			return &Error{Key: v.Origin.Where, Reason: err.Error()}
		}
		s.Timeout.Value, s.Timeout.Origin = d, v.Origin
	}
	p, err := s.Find(s.Profile.Value)
	if err != nil {
		return placed(err, s.Profile.Origin)
	}
	if v, ok := above["key_file"]; ok {
		p.Key.File = Value[string]{s.Paths.Expand(v.Value, "."), v.Origin}
		p.Key.Agent, p.Key.Command = Value[string]{}, Value[[]string]{}
	}
	profileTexts := map[string]*Value[string]{"project": &p.Project, "api_version": &p.APIVersion, "base_url": &p.BaseURL}
	for key, target := range profileTexts {
		if v, ok := above[key]; ok {
			*target = v
		}
	}
	return nil
}
