package config

import "time"

// The names and kinds of the built-in profiles.
const (
	Sandbox = "sandbox"
	Demo    = "demo"
	Live    = "live"
)

var builtins = []string{Sandbox, Demo, Live}

// The servers of Pike, fixed for the profiles demo and live. Source: Pike's page "API interaction".
const (
	demoURL = "https://proxy-demo.pikepayments.com"
	liveURL = "https://proxy.pikepayments.com"
)

// The defaults that the README names.
const (
	defaultListen     = "127.0.0.1:8132"
	defaultVersion    = "v2"
	defaultProject    = "sandbox-shop" // of the sandbox only: Pike gives the others out
	defaultTimeout    = 30 * time.Second
	defaultDuplicates = time.Hour
)

// defaults returns the settings of a machine without configuration.
func defaults(p Paths) *Settings {
	s := &Settings{
		Paths: p, File: Default(p.File()), Profile: Default(Sandbox), LogLevel: Default("info"),
		ReadOnly: Default(false), Theme: Default("auto"), Mouse: Default(false), Plain: Default(false),
		Clipboard: Default("auto"), Timeout: Default(defaultTimeout),
		Listen: Default(defaultListen), Forward: Default(""),
		Keys: map[string]Value[[]string]{}, Profiles: map[string]*Profile{},
	}
	for _, n := range builtins {
		s.Profiles[n] = newProfile(n, n)
	}
	return s
}

// newProfile returns a profile of the given kind as it is before anything is configured.
func newProfile(name, kind string) *Profile {
	p := &Profile{Name: name, Kind: Default(kind), APIVersion: Default(defaultVersion)}
	p.DuplicateWindow = Default(defaultDuplicates)
	switch kind {
	case Sandbox:
		p.Project = Default(defaultProject)
	case Demo:
		p.BaseURL = Default(demoURL)
	case Live:
		p.BaseURL = Default(liveURL)
	}
	return p
}
