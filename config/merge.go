package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// merger carries values from the file into the settings and keeps the first mistake.
type merger struct {
	file string
	at   *places
	err  error
}

// setFrom takes over a value that the file has.
func setFrom[T any](m *merger, target *Value[T], v *T, path ...string) {
	if v != nil {
		*target = Value[T]{*v, m.origin(path...)}
	}
}

// origin returns the line of a key. The values of a list of tables have the line of the list.
func (m *merger) origin(path ...string) Origin {
	where := m.file
	if p, ok := m.at.find(path...); ok {
		where = fmt.Sprintf("%s:%d", m.file, p.line)
	}
	return Origin{FromFile, where}
}

// fail keeps a mistake at the place of a key.
func (m *merger) fail(reason, hint string, path ...string) {
	if m.err != nil {
		return
	}
	e := &Error{File: m.file, Key: strings.Join(path, "."), Reason: reason, Hint: hint}
	if p, ok := m.at.find(path...); ok {
		e.Line, e.Column = p.line, p.column
	}
	m.err = e
}

// duration takes over a time such as "90s", "24h" or "2d".
func (m *merger) duration(target *Value[time.Duration], v *string, path ...string) {
	if v == nil {
		return
	}
	d, err := parseDuration(*v)
	if err != nil {
		m.fail(err.Error(), "", path...)
		return
	}
	*target = Value[time.Duration]{d, m.origin(path...)}
}

// parseDuration reads Go's form of a duration, and days.
func parseDuration(s string) (time.Duration, error) {
	text := strings.TrimSpace(s)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		hours, err := time.ParseDuration(days + "h")
		if err == nil && hours >= 0 && hours < 365*24*time.Hour {
			return 24 * hours, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a length of time: write 30s, 15m, 24h or 2d", s)
	}
	return d, nil
}

// keyBinding takes over one line of [keys]: a key, or a list of keys.
func (m *merger) keyBinding(s *Settings, action string, v any) {
	var keys []string
	switch v := v.(type) {
	case string:
		keys = []string{v}
	case []any:
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				m.fail("a key is written as a text in quotes", "", "keys", action)
				return
			}
			keys = append(keys, text)
		}
	default:
		m.fail("a key is written as a text in quotes, several as a list", "", "keys", action)
		return
	}
	s.Keys[action] = Value[[]string]{keys, m.origin("keys", action)}
}

// profile takes over one [profiles.NAME] table.
func (m *merger) profile(s *Settings, name string, f profileShape) {
	at := func(path ...string) []string { return append([]string{"profiles", name}, path...) }
	p, ok := s.Profiles[name]
	if !ok {
		if f.Kind == nil {
			m.fail("a profile of your own needs a kind", `write kind = "sandbox", "demo" or "live"`, at()...)
			return
		}
		p = newProfile(name, *f.Kind)
		s.Profiles[name] = p
	}
	if ok && f.Kind != nil && *f.Kind != name {
		m.fail("the kind of a built-in profile is fixed", "", at("kind")...)
		return
	}
	setFrom(m, &p.Kind, f.Kind, at("kind")...)
	setFrom(m, &p.BaseURL, f.BaseURL, at("base_url")...)
	setFrom(m, &p.Project, f.Project, at("project")...)
	setFrom(m, &p.Submerchant, f.Submerchant, at("submerchant")...)
	setFrom(m, &p.APIVersion, f.APIVersion, at("api_version")...)
	setFrom(m, &p.ForbidSelfApproval, f.ForbidSelfApproval, at("forbid_self_approval")...)
	m.duration(&p.DuplicateWindow, f.DuplicateWindow, at("duplicate_window")...)
	m.key(s, p, f.Key, at)
	m.list(&p.MaxAmount, f.Limits.MaxAmount, at("limits", "max_amount")...)
	m.list(&p.MaxPerHour, f.Limits.MaxPerHour, at("limits", "max_per_hour")...)
	m.list(&p.MaxPerDay, f.Limits.MaxPerDay, at("limits", "max_per_day")...)
	m.list(&p.Currencies, f.Limits.Currencies, at("limits", "currencies")...)
	m.list(&p.Methods, f.Limits.Methods, at("limits", "methods")...)
	p.PikeKeys = m.publicKeys(s, f.PikeKeys, at("pike_keys")...)
	p.RetiredKeys = m.publicKeys(s, f.RetiredKeys, at("retired_keys")...)
}

// list takes over a list of texts. An empty list would lift a limit silently, so it is refused.
func (m *merger) list(target *Value[[]string], v []string, path ...string) {
	if v == nil {
		return
	}
	if len(v) == 0 {
		m.fail("the list is empty", "leave the setting out where nothing is limited", path...)
		return
	}
	setFrom(m, target, &v, path...)
}

// key takes over where the signing key lives. Paths are taken from the file's folder.
func (m *merger) key(s *Settings, p *Profile, f keyShape, at func(...string) []string) {
	base := filepath.Dir(m.file)
	setFrom(m, &p.Key.File, f.File, at("key", "file")...)
	setFrom(m, &p.Key.Agent, f.Agent, at("key", "agent")...)
	setFrom(m, &p.Key.Public, f.Public, at("key", "public")...)
	if f.Command != nil {
		setFrom(m, &p.Key.Command, &f.Command, at("key", "command")...)
	}
	p.Key.File.Value = s.Paths.Expand(p.Key.File.Value, base)
	p.Key.Public.Value = s.Paths.Expand(p.Key.Public.Value, base)
	given := 0
	for _, set := range []bool{f.File != nil, f.Agent != nil, f.Command != nil} {
		if set {
			given++
		}
	}
	switch {
	case given > 1:
		m.fail("more than one place of the signing key is named", "keep one of file, agent and command", at("key")...)
	case f.Command != nil && (len(f.Command) == 0 || f.Command[0] == ""):
		m.fail("the command is empty", "", at("key", "command")...)
	case f.Command != nil && f.Public == nil:
		m.fail("a command needs the public half beside it, to check every signature", `add public = "PATH"`, at("key", "command")...)
	}
}

// publicKeys takes over a list of public keys.
func (m *merger) publicKeys(s *Settings, list []publicShape, path ...string) []PublicKey {
	var out []PublicKey
	for i, k := range list {
		if (k.File == "") == (k.PEM == "") {
			m.fail(fmt.Sprintf("key %d needs either file or pem", i+1), "", path...)
		}
		out = append(out, PublicKey{Name: k.Name, File: s.Paths.Expand(k.File, filepath.Dir(m.file)), PEM: k.PEM,
			Origin: m.origin(path...)})
	}
	return out
}
