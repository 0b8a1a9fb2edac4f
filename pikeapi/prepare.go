package pikeapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"pikedash/keys"
)

// The headers of Pike's API, as they are written here; their case does not matter.
const (
	HeaderProject     = "X-PARTNER-PROJECT"
	HeaderSign        = "X-PARTNER-SIGN"
	HeaderSubmerchant = "X-PARTNER-SUBMERCHANT"
	HeaderKey         = "X-PARTNER-IDEMPOTENCY-KEY"
)

// maxHeaderValue is the longest project or submerchant that is sent, in bytes.
const maxHeaderValue = 256

// Prepare signs a call and sends nothing: the dry run. The bytes of call.Body go into the Prepared
// as they are. It returns a *CallError for a call that cannot be made, a *BlockedError for one that
// the profile's limits forbid, and a *SignError when the key made no signature.
func (c *Client) Prepare(ctx context.Context, env *Environment, call Call) (*Prepared, error) {
	if env == nil {
		return nil, &CallError{"environment", "no environment was chosen"}
	}
	method, version, err := resolveCall(env, call)
	if err != nil {
		return nil, err
	}
	base, err := c.checkBaseURL(env)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("making an operation id: %w", err)
	}
	p := &Prepared{
		ID: id.String(), Env: env, Method: method, Version: version, Body: call.Body,
		URL:            base + "/api/" + version.String() + "/" + method.Name,
		Digest:         sha256.Sum256(call.Body),
		IdempotencyKey: call.IdempotencyKey, CreatedAt: c.now().UTC(),
		Summary: summarise(env.Project, method, call.Body),
	}
	if err := p.setKey(call); err != nil {
		return nil, err
	}
	if err := env.Policy.CheckCall(method, p.Summary); err != nil {
		return nil, err
	}
	if p.Signature, p.KeyFingerprint, err = sign(ctx, env, call.Body); err != nil {
		return nil, err
	}
	if p.Header, err = p.headers(); err != nil {
		return nil, err
	}
	p.seal = p.fingerprint()
	return p, nil
}

func resolveCall(env *Environment, call Call) (Method, Version, error) {
	method, ok := LookupMethod(call.Method)
	if !ok {
		return Method{}, 0, &CallError{"method", ExplainMethod(call.Method)}
	}
	version := call.Version
	if version == 0 {
		version = env.Version
		if !method.Speaks(version) {
			version = method.Versions[0]
		}
	}
	if !method.Speaks(version) {
		return Method{}, 0, &CallError{"version", fmt.Sprintf("%s exists in %s only", method.Name, method.Versions[0])}
	}
	return method, version, nil
}

// setKey gives the request its idempotency key, and says until when Pike remembers it.
func (p *Prepared) setKey(call Call) error {
	if !p.Method.TakesKey {
		if p.IdempotencyKey != "" {
			return &CallError{"idempotency_key", p.Method.Name + " takes no idempotency key"}
		}
		return nil
	}
	if p.IdempotencyKey == "" {
		if !call.FirstSent.IsZero() {
			return &CallError{"idempotency_key", "a request can be sent again only with the idempotency key of its first attempt"}
		}
		p.IdempotencyKey = NewIdempotencyKey()
	}
	if err := CheckIdempotencyKey(p.IdempotencyKey); err != nil {
		return &CallError{"idempotency_key", err.Error()}
	}
	if call.FirstSent.IsZero() && MaskText(p.IdempotencyKey) != p.IdempotencyKey {
		return &CallError{"idempotency_key", "the idempotency key holds digits of a card, and it is kept and shown as it is: take another one"}
	}
	p.firstSent = p.CreatedAt
	if !call.FirstSent.IsZero() {
		p.firstSent = call.FirstSent.UTC()
	}
	p.Expires = p.firstSent.Add(KeyLife)
	return nil
}

func sign(ctx context.Context, env *Environment, body []byte) (signature, fingerprint string, err error) {
	if env.Signer == nil {
		return "", "", &SignError{fmt.Errorf("%s has no private key: make one or name its file in the configuration", env.Name)}
	}
	pub := env.Signer.Public()
	raw, err := env.Signer.Sign(ctx, body)
	if err != nil {
		return "", "", &SignError{fmt.Errorf("signing %d bytes with %s: %w", len(body), env.Signer.Describe(), err)}
	}
	if len(raw) != pub.Size() {
		return "", "", &SignError{fmt.Errorf("%s made a signature of %d bytes, its key makes %d", env.Signer.Describe(), len(raw), pub.Size())}
	}
	return base64.StdEncoding.EncodeToString(raw), string(keys.FingerprintOf(pub)), nil
}

func (p *Prepared) headers() (http.Header, error) {
	if err := checkHeaderValue("project", p.Env.Project, true); err != nil {
		return nil, err
	}
	if err := checkHeaderValue("submerchant", p.Env.Submerchant, false); err != nil {
		return nil, err
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("Accept", "application/json")
	h.Set("User-Agent", "pikedash")
	h.Set(HeaderProject, p.Env.Project)
	h.Set(HeaderSign, p.Signature)
	if p.Env.Submerchant != "" {
		h.Set(HeaderSubmerchant, p.Env.Submerchant)
	}
	if p.IdempotencyKey != "" {
		h.Set(HeaderKey, p.IdempotencyKey)
	}
	return h, nil
}

// checkHeaderValue refuses what could end a header line or be read differently on the other side.
func checkHeaderValue(field, value string, mandatory bool) error {
	switch {
	case value == "" && mandatory:
		return &CallError{field, "the " + field + " is missing: set it in the profile"}
	case len(value) > maxHeaderValue:
		return &CallError{field, fmt.Sprintf("the %s is longer than %d characters", field, maxHeaderValue)}
	case strings.TrimSpace(value) != value:
		return &CallError{field, "the " + field + " begins or ends with a blank"}
	}
	for _, r := range value {
		if r < ' ' || r > '~' {
			return &CallError{field, fmt.Sprintf("the %s holds the character %q: only printable ASCII can be sent in a header", field, r)}
		}
	}
	return nil
}

// NewIdempotencyKey returns a fresh random key, a UUID of 36 characters.
func NewIdempotencyKey() string {
	for {
		// One of many thousand holds digits that could be those of a card, and would be masked or refused.
		if key := uuid.NewString(); MaskText(key) == key {
			return key
		}
	}
}

// CheckIdempotencyKey says what is wrong with a key: Pike takes 4 to 64 characters, and only
// printable ASCII without blanks travels unchanged in a header.
func CheckIdempotencyKey(key string) error {
	if n := len([]rune(key)); n < 4 || n > 64 {
		return fmt.Errorf("an idempotency key has 4 to 64 characters, this one has %d", n)
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return fmt.Errorf("an idempotency key cannot hold the character %q", r)
		}
	}
	return nil
}

// checkBaseURL returns the base URL without a trailing slash, when env may speak to it: Pike's own
// two only under their own kind, loopback, or a host that was allowed by name.
func (c *Client) checkBaseURL(env *Environment) (string, error) {
	bad := func(reason string) (string, error) { return "", &CallError{"base_url", reason} }
	base := strings.TrimRight(env.BaseURL, "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return bad(fmt.Sprintf("%q is not a base URL: write it like %s", clip(env.BaseURL), DemoURL))
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" {
		return bad("a base URL is scheme and host alone, such as " + DemoURL)
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if kind, ours := pikeKind(host); ours {
		switch {
		case env.Kind != kind:
			return bad(fmt.Sprintf("%s is Pike's %s server: a profile of the kind %s cannot use it", host, kind, env.Kind))
		case base != DemoURL && base != LiveURL:
			return bad(fmt.Sprintf("Pike's %s server is reached at %s only", kind, map[EnvKind]string{Demo: DemoURL, Live: LiveURL}[kind]))
		}
		return base, nil
	}
	if isLoopback(u.Hostname()) {
		return base, nil
	}
	if !slices.Contains(c.allow, host) && !slices.Contains(c.allow, net.JoinHostPort(host, port(u))) {
		return bad(host + " is neither Pike nor this machine: allow it with --allow-host " + host)
	}
	if u.Scheme != "https" {
		return bad("only this machine is spoken to without TLS: use https for " + host)
	}
	return base, nil
}

// pikeKind says which of Pike's servers a host name is.
func pikeKind(host string) (EnvKind, bool) {
	switch "https://" + host {
	case DemoURL:
		return Demo, true
	case LiveURL:
		return Live, true
	}
	return "", false
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

// errChanged says that a Prepared is not what Prepare made.
var errChanged = errors.New("the prepared request was changed after it was signed, or was not made by Prepare")

// fingerprint is a digest of everything that decides what is sent, and where.
func (p *Prepared) fingerprint() Digest {
	var all []byte
	add := func(parts ...string) {
		for _, part := range parts {
			all = append(strconv.AppendInt(all, int64(len(part)), 10), ':')
			all = append(all, part...)
		}
	}
	add(p.ID, p.Env.Name, string(p.Env.Kind), p.Env.BaseURL, p.Env.Project, strconv.FormatUint(p.Env.Epoch, 10))
	add(p.Method.Name, p.URL, p.Signature, p.IdempotencyKey)
	for _, name := range slices.Sorted(maps.Keys(p.Header)) {
		add(name)
		add(p.Header[name]...)
	}
	body := sha256.Sum256(p.Body)
	add(string(body[:]), string(p.Digest[:]))
	// The journal's rules go by the summary.
	s, amount := p.Summary, ""
	if s.Amount != nil {
		amount = fmt.Sprintf("%d %s", s.Amount.Amount, s.Amount.Currency)
	}
	add(string(s.Kind), s.SessionID, amount, s.TargetKey, s.Ambiguous)
	return sha256.Sum256(all)
}

// checkSeal fails when p was changed after Prepare.
func (p *Prepared) checkSeal() error {
	if p.Env == nil || p.seal == (Digest{}) || p.seal != p.fingerprint() {
		return &BlockedError{Rule: RuleChanged, Reason: errChanged.Error()}
	}
	return nil
}
