// Package sandbox is an embedded Pike: a plain http.Handler that checks signatures, keeps sessions,
// moves them through Pike's states on an injected clock, answers in both API versions and notifies
// the partner with signed webhooks.
//
// What Pike's documentation says is followed; where it says nothing, the choices are these: refused
// calls answer HTTP 400, a failed operation cancels its session, a session holds one operation, and
// a webhook has the spelling of the call that started the operation. Triggers lists the cards and
// amounts that make things fail on purpose.
package sandbox

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// DefaultAddr is where the embedded sandbox listens unless it is told otherwise.
const DefaultAddr = "127.0.0.1:8131"

// MaxBody is the largest request body that is read, in bytes.
const MaxBody = 1 << 20

// The time limits of the protocol. Source: Pike's pages "Webhooks", "Payment with hold" and "API
// interaction"; the platform's pages for the confirmation and the public token.
const (
	ConfirmLimit     = 240 * time.Minute       // wait for session/confirm
	PayerLimit       = 60 * time.Minute        // wait for the payer after action_required
	HoldLimit        = (3*24 + 23) * time.Hour // held money
	CreatedLimit     = 24 * time.Hour          // life of a session that was never started (a choice)
	KeyLimit         = 24 * time.Hour          // life of an idempotency key
	PublicTokenLimit = 24 * time.Hour          // life of a public token
	RedeliverLimit   = 30 * time.Minute        // after this a failing webhook is given up
	WebhookTimeout   = 10 * time.Second        // wait for the partner's answer to a webhook, in real time
)

// The bounds of Config.Speed. At the largest, the hold of nearly four days is over in four seconds.
const (
	MinSpeed = 0.001
	MaxSpeed = 100_000
)

// Wallet is a partner's deposit in one currency.
type Wallet struct {
	Currency string // ISO 4217 code; compared without case
	Balance  int64  // minor units
}

// Project is one partner project that the sandbox serves.
type Project struct {
	Name            string
	Keys            keys.Ring       // the partner's public keys; retired ones are recognised but not accepted
	WebhookURL      string          // empty: notifications are recorded, not sent
	Wallets         []Wallet        // nil: DefaultWallets
	AutoConfirm     bool            // operations go on without ready_to_confirm
	Hold            bool            // payments are held until session/capture
	CaptureOnExpiry bool            // a hold that runs out is debited instead of released
	WebhookVersion  pikeapi.Version // spelling of webhooks; 0 is that of the call that started the operation
}

// Config is what New needs. Project with PartnerKeys, or Projects, is mandatory; the zero value of
// everything else is a sensible default.
type Config struct {
	// The first project, written flat because one is the usual case.
	Project        string
	PartnerKeys    keys.Ring
	WebhookURL     string
	Wallets        []Wallet
	AutoConfirm    bool
	Hold           bool
	WebhookVersion pikeapi.Version

	Projects []Project // further projects

	StateDir string          // keeps state and Pike's key across restarts; empty keeps all in memory
	PikeKey  *rsa.PrivateKey // signs webhooks; nil: read from StateDir, or generated

	Clock Clock   // nil: the real clock, running Speed times as fast
	Speed float64 // MinSpeed to MaxSpeed, 0 is 1; used only where Clock is nil

	ReadyAfter   time.Duration // until an operation is ready to be confirmed; 0 is 300 ms
	ProcessAfter time.Duration // until a confirmed operation is over; 0 is 500 ms

	Strict        bool // refuse unknown keys, wrong-version names and doubtful forms
	Control       bool // serve the test controls below /_sandbox/
	AllowRemote   bool // Listen may bind to an address that is not loopback
	AuthStatus    bool // 401 and 403 for identification, authentication and authorization errors
	ErrorsAs200   bool // refused calls answer HTTP 200
	SignResponses bool // X-PARTNER-SIGN on answers
	Accept2xx     bool // any 2xx answer to a webhook counts as delivered, not only 200

	PublicURL string  // base of the 3-D Secure page; empty: where the partner reached the sandbox
	Faults    []Fault // in force from the start

	HTTP           *http.Client // sends webhooks; nil: one without redirects
	MaxConnections int          // of Listen; 0 is 4096
	Log            *slog.Logger // nil discards

	singleCommits bool // one transaction for each change, for the benchmark's comparison
	skipVerify    bool // no signature check, for the benchmark's comparison

	writeTime  time.Duration // 0 is the constant; shorter in tests
	settleTime time.Duration // 0 is settleAtMost; shorter in tests
}

// DefaultWallets are the deposits of a project that names none: a million in each of four
// currencies.
func DefaultWallets() []Wallet {
	return []Wallet{{"eur", 100_000_000}, {"usd", 100_000_000}, {"gbp", 100_000_000}, {"rub", 100_000_000}}
}

// Check says what is wrong with a configuration, before anything is opened.
func (c Config) Check() error {
	c.Projects = slices.Clone(c.Projects)
	return c.normalise()
}

func (c *Config) normalise() error {
	if c.Project != "" {
		first := Project{
			Name: c.Project, Keys: c.PartnerKeys, WebhookURL: c.WebhookURL, Wallets: c.Wallets,
			AutoConfirm: c.AutoConfirm, Hold: c.Hold, WebhookVersion: c.WebhookVersion,
		}
		c.Projects = append([]Project{first}, c.Projects...)
	}
	if len(c.Projects) == 0 {
		return errors.New("the sandbox needs a project: set Config.Project and Config.PartnerKeys")
	}
	seen := map[string]bool{}
	for i := range c.Projects {
		p := &c.Projects[i]
		if p.Name == "" {
			return fmt.Errorf("project %d has no name", i+1)
		}
		if seen[p.Name] {
			return fmt.Errorf("project %q is given twice", p.Name)
		}
		seen[p.Name] = true
		if len(acceptedKeys(p.Keys)) == 0 && !c.skipVerify {
			return fmt.Errorf("project %q has no public key: without one no signature can be checked", p.Name)
		}
		if p.Wallets == nil {
			p.Wallets = DefaultWallets()
		}
		if err := checkWallets(p.Wallets); err != nil {
			return fmt.Errorf("project %q: %w", p.Name, err)
		}
		if err := checkWebhookURL(p.WebhookURL); err != nil {
			return fmt.Errorf("project %q: %w", p.Name, err)
		}
	}
	return c.fillDefaults()
}

func checkWallets(wallets []Wallet) error {
	seen := map[string]bool{}
	for _, w := range wallets {
		code := strings.ToLower(w.Currency)
		switch {
		case len(code) != 3:
			return fmt.Errorf("the currency of a wallet is a three-letter code, not %q", w.Currency)
		case w.Balance < 0:
			return fmt.Errorf("the wallet in %s begins below nothing: %d", code, w.Balance)
		case seen[code]:
			return fmt.Errorf("there are two wallets in %s", code)
		}
		seen[code] = true
	}
	return nil
}

func (c *Config) fillDefaults() error {
	if c.Speed == 0 {
		c.Speed = 1
	}
	if !(c.Speed >= MinSpeed && c.Speed <= MaxSpeed) { // not a number is neither
		return fmt.Errorf("speed %v is not between %v and %d", c.Speed, MinSpeed, MaxSpeed)
	}
	if c.writeTime == 0 {
		c.writeTime = writeTime
	}
	if c.settleTime == 0 {
		c.settleTime = settleAtMost
	}
	if c.ReadyAfter == 0 {
		c.ReadyAfter = 300 * time.Millisecond
	}
	if c.ProcessAfter == 0 {
		c.ProcessAfter = 500 * time.Millisecond
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = 4096
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	for _, f := range c.Faults {
		if err := f.Check(); err != nil {
			return err
		}
	}
	return nil
}

// acceptedKeys are the keys of a ring that may sign requests.
func acceptedKeys(ring keys.Ring) keys.Ring {
	var out keys.Ring
	for _, k := range ring {
		if k.Public != nil && (k.Role == keys.RoleOwn || k.Role == "") {
			out = append(out, k)
		}
	}
	return out
}
