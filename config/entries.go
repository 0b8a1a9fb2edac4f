package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Entry is one setting as text, for showing.
type Entry struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

// Entries returns every setting with its origin: the general ones, then each profile's. No secret
// is among them.
func (s *Settings) Entries() []Entry {
	e := entries{}
	e.text("profile", s.Profile)
	e.text("log_level", s.LogLevel)
	e.flag("read_only", s.ReadOnly)
	e.text("theme", s.Theme)
	e.flag("mouse", s.Mouse)
	e.flag("plain", s.Plain)
	e.text("clipboard", s.Clipboard)
	e.time("timeout", s.Timeout)
	e.text("webhook.listen", s.Listen)
	e.text("webhook.forward", s.Forward)
	for _, action := range slices.Sorted(maps.Keys(s.Keys)) {
		e.list("keys."+action, s.Keys[action])
	}
	for _, n := range s.Names() {
		e.profile(s.Profiles[n])
	}
	return e.all
}

type entries struct{ all []Entry }

func (e *entries) add(key, value string, o Origin) {
	if o.Source == "" {
		o.Source = FromDefault
	}
	e.all = append(e.all, Entry{key, value, o.String()})
}

func (e *entries) text(key string, v Value[string]) { e.add(key, v.Value, v.Origin) }

func (e *entries) flag(key string, v Value[bool]) { e.add(key, fmt.Sprint(v.Value), v.Origin) }

func (e *entries) time(key string, v Value[time.Duration]) { e.add(key, v.Value.String(), v.Origin) }

// list leaves out a list that nobody set.
func (e *entries) list(key string, v Value[[]string]) {
	if len(v.Value) > 0 {
		e.add(key, strings.Join(v.Value, ", "), v.Origin)
	}
}

func (e *entries) profile(p *Profile) {
	at := "profiles." + p.Name + "."
	e.text(at+"kind", p.Kind)
	server := p.BaseURL
	if server.Value == "" {
		server.Value = "(embedded)"
	}
	e.text(at+"base_url", server)
	e.text(at+"project", p.Project)
	e.text(at+"submerchant", p.Submerchant)
	e.text(at+"api_version", p.APIVersion)
	switch {
	case p.Key.Agent.Value != "":
		e.text(at+"key.agent", p.Key.Agent)
	case len(p.Key.Command.Value) > 0:
		// Only the program: its arguments may hold what is nobody's business.
		e.add(at+"key.command", fmt.Sprintf("%s (%d arguments)", p.Key.Command.Value[0], len(p.Key.Command.Value)-1), p.Key.Command.Origin)
	default:
		e.text(at+"key.file", p.Key.File)
	}
	if p.Key.Public.Value != "" {
		e.text(at+"key.public", p.Key.Public)
	}
	e.keys(at+"pike_keys", p.PikeKeys)
	e.keys(at+"retired_keys", p.RetiredKeys)
	e.list(at+"limits.max_amount", p.MaxAmount)
	e.list(at+"limits.max_per_hour", p.MaxPerHour)
	e.list(at+"limits.max_per_day", p.MaxPerDay)
	e.list(at+"limits.currencies", p.Currencies)
	e.list(at+"limits.methods", p.Methods)
	e.time(at+"duplicate_window", p.DuplicateWindow)
	e.flag(at+"forbid_self_approval", p.ForbidSelfApproval)
}

func (e *entries) keys(key string, list []PublicKey) {
	for _, k := range list {
		where := k.File
		if where == "" {
			where = "PEM in the file"
		}
		e.add(key, strings.TrimSpace(k.Name+" "+where), k.Origin)
	}
}
