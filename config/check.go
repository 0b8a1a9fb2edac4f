package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// placed gives an error the place of a value.
func placed(err error, o Origin) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	switch o.Source {
	case FromFile:
		if i := strings.LastIndexByte(o.Where, ':'); i > 0 {
			if line, convErr := strconv.Atoi(o.Where[i+1:]); convErr == nil {
				e.File, e.Line, e.Column = o.Where[:i], line, 1
			}
		}
	case FromEnvironment, FromFlag:
		e.File, e.Key = "", o.Where
	case FromDefault:
	}
	return e
}

// check refuses values that no program could use.
func (s *Settings) check() error {
	oneOf := func(key string, v Value[string], allowed ...string) error {
		if slices.Contains(allowed, v.Value) {
			return nil
		}
		return placed(&Error{Key: key, Reason: fmt.Sprintf("%q is not known", v.Value),
			Hint: hintNearest(v.Value, allowed, "use "+strings.Join(allowed, ", "))}, v.Origin)
	}
	errs := []error{
		oneOf("log_level", s.LogLevel, "error", "warn", "info", "debug"),
		oneOf("clipboard", s.Clipboard, "auto", "osc52", "tool", "off"),
		checkListen(s.Listen),
		checkForward(s.Forward),
	}
	for _, n := range s.Names() {
		p := s.Profiles[n]
		errs = append(errs, checkName(p, s.File.Value), oneOf("profiles."+n+".kind", p.Kind, builtins...),
			oneOf("profiles."+n+".api_version", p.APIVersion, "v1", "v2"), p.checkBaseURL(), p.checkTexts(), p.checkLimits())
	}
	for _, err := range append(errs, s.checkTwins()) {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkTwins refuses two live profiles that speak for the same project: each has a journal of its own,
// so the limits and the unknown outcomes of one would not hold for the other.
func (s *Settings) checkTwins() error {
	seen := map[[3]string]string{}
	for _, n := range s.Names() {
		p := s.Profiles[n]
		if p.Kind.Value != Live || p.Project.Value == "" {
			continue
		}
		place := [3]string{p.BaseURL.Value, p.Project.Value, p.Submerchant.Value}
		if other, twice := seen[place]; twice {
			return placed(&Error{Key: "profiles." + n + ".project", Reason: fmt.Sprintf("the profiles %s and %s are both live for the project %s", other, n, p.Project.Value),
				Hint: "keep one of them: limits and unknown outcomes of one would not hold for the other"}, p.Project.Origin)
		}
		seen[place] = n
	}
	return nil
}

// checkName keeps names usable as the name of a folder: each profile has its own journal.
func checkName(p *Profile, file string) error {
	const first, others = "abcdefghijklmnopqrstuvwxyz0123456789", "_-"
	if n := len(p.Name); n > 0 && n <= 32 && strings.ContainsRune(first, rune(p.Name[0])) && strings.Trim(p.Name, first+others) == "" {
		return nil
	}
	return placed(&Error{File: file, Key: "profiles." + p.Name, Reason: "a profile's name has 1 to 32 small letters, digits, - and _"},
		p.Kind.Origin)
}

// checkListen wants host and port. Whether the host is loopback is the receiver's business.
func checkListen(v Value[string]) error {
	if v.Value == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(v.Value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return placed(&Error{Key: "webhook.listen", Reason: fmt.Sprintf("%q is not an address", v.Value),
			Hint: "write host and port, such as " + defaultListen}, v.Origin)
	}
	return nil
}

// checkForward wants a whole URL.
func checkForward(v Value[string]) error {
	if v.Value == "" {
		return nil
	}
	u, err := url.Parse(v.Value)
	if err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	return placed(&Error{Key: "webhook.forward", Reason: fmt.Sprintf("%q is not a URL", v.Value),
		Hint: "write it whole, such as http://127.0.0.1:9000/hook"}, v.Origin)
}

// checkBaseURL wants Pike's own server for the profiles demo and live, and else scheme and host
// without a path, encrypted unless it stays on this machine.
func (p *Profile) checkBaseURL() error {
	key, v := "profiles."+p.Name+".base_url", p.BaseURL
	fail := func(reason, hint string) error {
		return placed(&Error{Key: key, Reason: reason, Hint: hint}, v.Origin)
	}
	for name, fixed := range map[string]string{Demo: demoURL, Live: liveURL} {
		if p.Name == name && strings.TrimRight(v.Value, "/") != fixed {
			return fail(fmt.Sprintf("the server of the profile %s is fixed: %s", name, fixed),
				fmt.Sprintf(`for another server add a profile of your own with kind = %q`, name))
		}
	}
	if v.Value == "" {
		return nil
	}
	u, err := url.Parse(v.Value)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fail(fmt.Sprintf("%q is not the URL of a server", v.Value), "write scheme and host, such as https://host.example")
	case u.User != nil:
		return fail("the URL holds a user or a password", "")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return fail("the URL has more than scheme and host", "the program adds /api/vN/METHOD itself")
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return fail("http is only allowed to this machine", "use https")
	}
	p.BaseURL.Value = strings.TrimRight(v.Value, "/")
	return nil
}

// CheckHost refuses a server that is neither Pike's nor on this machine, unless its host is allowed
// by name.
func (p *Profile) CheckHost(allow []string) error {
	if p.BaseURL.Value == "" || p.BaseURL.Value == demoURL || p.BaseURL.Value == liveURL {
		return nil
	}
	u, err := url.Parse(p.BaseURL.Value)
	if err != nil {
		return fmt.Errorf("reading the base URL: %w", err)
	}
	if IsLoopback(u.Hostname()) || slices.Contains(allow, u.Hostname()) || slices.Contains(allow, u.Host) {
		return nil
	}
	return placed(&Error{Key: "profiles." + p.Name + ".base_url",
		Reason: fmt.Sprintf("%s is neither Pike's server nor on this machine", u.Host),
		Hint:   "add --allow-host " + u.Hostname() + " when signed requests are really meant to go there"}, p.BaseURL.Origin)
}

// IsLoopback says whether a host name or address stays on this machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

// checkTexts refuses what could not stand in a header.
func (p *Profile) checkTexts() error {
	for _, t := range []struct {
		key string
		v   Value[string]
	}{{"project", p.Project}, {"submerchant", p.Submerchant}} {
		for _, r := range t.v.Value {
			if r < ' ' || r == 0x7f || r > 0x7e {
				return placed(&Error{Key: "profiles." + p.Name + "." + t.key,
					Reason: "it holds a character that a header cannot carry", Hint: "use printable ASCII"}, t.v.Origin)
			}
		}
		if strings.TrimSpace(t.v.Value) != t.v.Value {
			return placed(&Error{Key: "profiles." + p.Name + "." + t.key, Reason: "it begins or ends with a blank"}, t.v.Origin)
		}
	}
	return nil
}

// checkLimits wants amounts with their currency, and currencies of three letters.
func (p *Profile) checkLimits() error {
	const amount, currency = `^[0-9][0-9,']*(\.[0-9]{1,4})? ?[A-Za-z]{3}$`, `^[A-Za-z]{3}$`
	for _, l := range []struct {
		key  string
		v    Value[[]string]
		want string
		form string
	}{
		{"max_amount", p.MaxAmount, amount, `an amount such as "150.00 EUR"`},
		{"max_per_hour", p.MaxPerHour, amount, `an amount such as "150.00 EUR"`},
		{"max_per_day", p.MaxPerDay, amount, `an amount such as "150.00 EUR"`},
		{"currencies", p.Currencies, currency, `a currency such as "eur"`},
	} {
		for _, text := range l.v.Value {
			if ok, err := regexp.MatchString(l.want, text); err != nil || !ok {
				return placed(&Error{Key: "profiles." + p.Name + ".limits." + l.key,
					Reason: fmt.Sprintf("%q is not %s", text, l.form)}, l.v.Origin)
			}
		}
	}
	return nil
}
