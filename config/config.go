// Package config says where every setting comes from: a flag, a PIKEDASH_* variable, the file or a
// default, in this order. It knows the profiles (sandbox, demo, live and those that the file adds),
// the XDG places of the program, and how one value is written back without harm to the file.
//
// The package holds settings as they were written: it loads no key and speaks to no server. Amounts
// stay text ("150.00 EUR") because money belongs to pikeapi; the command line joins the two.
package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Source is the kind of place that a value comes from.
type Source string

// The sources, the weakest first.
const (
	FromDefault     Source = "default"
	FromFile        Source = "file"
	FromEnvironment Source = "environment"
	FromFlag        Source = "flag"
)

// Origin says where a value comes from.
type Origin struct {
	Source Source
	Where  string // "config.toml:12", "PIKEDASH_PROJECT" or "--project"; empty for a default
}

// String returns the origin in words for people, such as "file /home/x/.config/pikedash/config.toml:12".
func (o Origin) String() string {
	if o.Where == "" {
		return string(o.Source)
	}
	return string(o.Source) + " " + o.Where
}

// Value is a setting that remembers its origin.
type Value[T any] struct {
	Value  T
	Origin Origin
}

// Default returns a value that nobody set.
func Default[T any](v T) Value[T] {
	return Value[T]{Value: v, Origin: Origin{Source: FromDefault}}
}

// Settings is everything that can be configured, with the profile that was chosen.
type Settings struct {
	Paths      Paths
	File       Value[string] // the file that was looked for
	FileExists bool

	Profile   Value[string] // name of the chosen profile
	LogLevel  Value[string] // error, warn, info or debug
	ReadOnly  Value[bool]   // nothing that changes something at Pike may be sent
	Theme     Value[string]
	Mouse     Value[bool]
	Plain     Value[bool]                // linear mode for screen readers and pipes
	Clipboard Value[string]              // auto, osc52, tool or off
	Timeout   Value[time.Duration]       // of one call
	Listen    Value[string]              // where the dashboard's webhook receiver listens; empty switches it off
	Forward   Value[string]              // URL to which received webhooks are forwarded; empty forwards nothing
	Keys      map[string]Value[[]string] // action -> keys, as the user wants them
	Profiles  map[string]*Profile
}

// Profile is one environment as it is configured.
type Profile struct {
	Name        string
	Kind        Value[string] // sandbox, demo or live
	BaseURL     Value[string] // empty for the embedded sandbox
	Project     Value[string]
	Submerchant Value[string]
	APIVersion  Value[string] // v1 or v2
	Key         Key
	RetiredKeys []PublicKey // own keys used earlier: they name old signatures
	PikeKeys    []PublicKey // with which Pike signs its notifications here

	MaxAmount          Value[[]string] // such as "150.00 EUR", one for each currency
	MaxPerHour         Value[[]string]
	MaxPerDay          Value[[]string]
	Currencies         Value[[]string]
	Methods            Value[[]string]
	DuplicateWindow    Value[time.Duration]
	ForbidSelfApproval Value[bool]
}

// Key says where the signing key of a profile lives. At most one of File, Agent and Command is set.
type Key struct {
	File    Value[string]   // path of a private key
	Agent   Value[string]   // fingerprint of a key that an ssh-agent holds
	Command Value[[]string] // program that signs: body on stdin, raw or Base64 signature on stdout
	Public  Value[string]   // path of the public half; needed for a command, optional for an agent
}

// Set says whether any source of a key is configured.
func (k Key) Set() bool {
	return k.File.Value != "" || k.Agent.Value != "" || len(k.Command.Value) > 0
}

// PublicKey is a public key that the file names: by a path or as PEM text.
type PublicKey struct {
	Name   string
	File   string
	PEM    string
	Origin Origin
}

// Current returns the chosen profile.
func (s *Settings) Current() *Profile { return s.Profiles[s.Profile.Value] }

// Names returns the names of all profiles: the built-in ones first, then the others by name.
func (s *Settings) Names() []string {
	names := slices.Clone(builtins)
	for _, n := range slices.Sorted(maps.Keys(s.Profiles)) {
		if !slices.Contains(builtins, n) {
			names = append(names, n)
		}
	}
	return names
}

// Find returns the profile with the given name, or an error that names the nearest one.
func (s *Settings) Find(name string) (*Profile, error) {
	if p, ok := s.Profiles[name]; ok {
		return p, nil
	}
	return nil, &Error{File: s.File.Value, Key: "profile", Reason: fmt.Sprintf("there is no profile %q", name),
		Hint: hintNearest(name, s.Names(), "the profiles are "+strings.Join(s.Names(), ", "))}
}

// Error is a mistake in the settings, with its place.
type Error struct {
	File         string // empty when the value came from a flag or a variable
	Line, Column int    // from 1; 0 when unknown
	Key          string // dotted path of the setting
	Reason       string
	Hint         string // what to do; may be empty
}

// Error returns "FILE:LINE:COLUMN: KEY: REASON; HINT".
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Reason)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}
