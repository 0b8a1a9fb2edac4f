package sandbox

import (
	"fmt"
	"net/url"
	"sync"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// project is one partner project while the server runs.
type project struct {
	name     string
	ring     keys.Ring // all keys, retired ones too
	accepted keys.Ring
	wallets  []Wallet

	mu   sync.Mutex
	opts Options
}

// Options is what can be changed while the sandbox runs.
type Options struct {
	AutoConfirm     bool            `json:"auto_confirm"`
	Hold            bool            `json:"hold"`
	CaptureOnExpiry bool            `json:"capture_on_expiry"`
	Strict          bool            `json:"strict"`
	WebhookURL      string          `json:"webhook_url"`
	WebhookVersion  pikeapi.Version `json:"webhook_version"` // 0: of the starting call
}

func (p *project) options() Options {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opts
}

func (p *project) setOptions(o Options) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opts = o
}

func newProject(p Project, strict bool) *project {
	return &project{
		name: p.Name, ring: p.Keys, accepted: acceptedKeys(p.Keys), wallets: p.Wallets,
		opts: Options{
			AutoConfirm: p.AutoConfirm, Hold: p.Hold, CaptureOnExpiry: p.CaptureOnExpiry, Strict: strict,
			WebhookURL: p.WebhookURL, WebhookVersion: p.WebhookVersion,
		},
	}
}

func (o Options) check() error {
	if o.WebhookVersion < 0 || o.WebhookVersion > pikeapi.V2 {
		return fmt.Errorf("webhook_version %d is not known: use 1, 2 or 0", o.WebhookVersion)
	}
	return checkWebhookURL(o.WebhookURL)
}

func checkWebhookURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return fmt.Errorf("the webhook address cannot be read: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("the webhook address %q must be an absolute http or https address", text)
	}
	return nil
}
