package sandbox

import (
	"time"
)

// This file is the methods that have no session. Source: protocol reference 4.13 to 4.17.

type tokenView struct {
	Token      string `json:"token"`
	CreatedAt  string `json:"created_at"`
	FinishedAt string `json:"finished_at"`
	IsActive   bool   `json:"is_active"`
	Type       string `json:"type"`
}

func (r *recurrentToken) view() tokenView {
	return tokenView{r.Token, offsetStamp(r.CreatedAt), offsetStamp(r.FinishedAt), r.Active, "recurrent_token"}
}

// usable reports whether a public token may still be used: for 24 hours and one operation.
func (p *publicToken) usable(now time.Time) bool { return p.UsedAt.IsZero() && now.Before(p.ExpiresAt) }

func (p *publicToken) view(now time.Time) tokenView {
	return tokenView{p.Token, offsetStamp(p.CreatedAt), offsetStamp(p.ExpiresAt), p.usable(now), "public_token"}
}

type cardInfo struct {
	Token      string `json:"token,omitempty"`
	NumberHash string `json:"number_hash,omitempty"`
	Brand      string `json:"brand"`
	Last4      string `json:"last4"`
	Type       string `json:"type"`
}

type infoAnswer struct {
	Status string `json:"status"`
	Info   any    `json:"info"`
}

// prepareToken makes a public token for a widget.
func prepareToken(c *call) (work, error) {
	widgets := 0
	p := publicToken{Token: newToken(), Project: c.project.name}
	if w := c.f.object("tokenize_widget"); w != nil {
		widgets++
		p.Tokenize = true
		w.boolean("access")
		w.text("locale")
	}
	if w := c.f.object("acquiring_widget"); w != nil {
		widgets++
		p.SessionID = w.needText("session_id")
		// show_recurrent_checkbox is a boolean that an example of the documentation sends as a string.
		w.ignore("locale", "show_recurrent_checkbox", "success_return_url", "failure_return_url", "success_on_hold", "redirect_target")
	}
	for _, name := range []string{"fps_no_account_widget", "self_employed_widget"} {
		if c.f.has(name) {
			c.f.fail(invalid("%s is offered by sister brands of Pike only; use tokenize_widget or acquiring_widget", name))
		}
	}
	if err := c.f.done(); err != nil {
		return nil, err
	}
	if widgets == 0 {
		return nil, invalid("name a widget: tokenize_widget or acquiring_widget")
	}
	return func(t *tx) (any, error) {
		if p.SessionID != "" {
			if _, err := t.find(c, p.SessionID); err != nil {
				return nil, err
			}
		}
		p.CreatedAt, p.ExpiresAt = t.now, t.now.Add(PublicTokenLimit)
		t.w.publics[p.Token] = &p
		t.put(kindPublic, p.Token, &p)
		return struct {
			Status      string `json:"status"`
			PublicToken string `json:"public_token"`
		}{"ok", p.Token}, nil
	}, nil
}

// prepareTokenInfo tells what is behind a token.
func prepareTokenInfo(c *call) (work, error) {
	var find work
	switch kind := c.f.needText("type"); kind {
	case "card":
		find = c.cardInfo(c.f.need("card"))
	case "public_token":
		token := c.f.need("public_token").needText("token")
		find = func(t *tx) (any, error) {
			p, ok := t.w.publics[token]
			if !ok || p.Project != c.project.name {
				return nil, invalid("public_token.token is not known to project %s", c.project.name)
			}
			return infoAnswer{"ok", p.view(t.now)}, nil
		}
	case "recurrent_token":
		token := c.f.need("recurrent_token").needText("token")
		find = func(t *tx) (any, error) {
			r, err := t.findRecurrent(c, token)
			if err != nil {
				return nil, err
			}
			return infoAnswer{"ok", r.view()}, nil
		}
	case "":
	case "subscription_token":
		c.f.fail(invalid("type is subscription_token, which only sister brands of Pike offer"))
	default:
		c.f.fail(invalid("type is %q; use card, public_token or recurrent_token", clip(kind, 40)))
	}
	if err := c.f.done(); err != nil {
		return nil, err
	}
	return find, nil
}

func (c *call) cardInfo(f *fields) work {
	kind := f.needText("type")
	var token string
	switch kind {
	case "tokenized_card":
		token = f.need(kind).needText("token")
	case "encrypted_card":
		token = f.need(kind).needText("number_hash")
	case "":
	default:
		f.fail(invalid("%s is %q; use tokenized_card or encrypted_card", f.at("type"), clip(kind, 40)))
	}
	return func(t *tx) (any, error) {
		card, ok := t.w.cards[token]
		if !ok {
			return nil, invalid("the %s is not known to this sandbox; make one with tokenize/elements", kind)
		}
		info := cardInfo{Brand: card.Card.Brand, Last4: card.Card.Last4, Type: "card", Token: token}
		if kind == "encrypted_card" {
			info.Token, info.NumberHash = "", token
		}
		return infoAnswer{"ok", info}, nil
	}
}

func (t *tx) findRecurrent(c *call, token string) (*recurrentToken, error) {
	r, ok := t.w.recurrents[token]
	if !ok || r.Project != c.project.name {
		return nil, invalid("recurrent.token is not known to project %s", c.project.name)
	}
	return r, nil
}

// prepareTokenize gives a token for a card. Pike's page of this method could not be read: request
// and answer are a choice (12 #36).
func prepareTokenize(c *call) (work, error) {
	card := readCard(c.f.need("card"), false)
	if err := c.f.done(); err != nil {
		return nil, err
	}
	kept := card.keep(c.s.secret, c.project.name)
	return func(t *tx) (any, error) {
		k := t.keepCard(kept)
		return struct {
			Status string   `json:"status"`
			Token  string   `json:"token"`
			Info   cardInfo `json:"info"`
		}{"ok", k.Token, cardInfo{Brand: kept.Brand, Last4: kept.Last4, Type: "card"}}, nil
	}, nil
}

func (t *tx) keepCard(card instrument) *cardToken {
	k := &cardToken{Token: newToken(), Card: card}
	t.w.cards[k.Token] = k
	t.put(kindCard, k.Token, k)
	return k
}

func prepareRecurrent(disable bool) func(*call) (work, error) {
	return func(c *call) (work, error) {
		token := c.f.need("recurrent").needText("token")
		if err := c.f.done(); err != nil {
			return nil, err
		}
		return func(t *tx) (any, error) {
			r, err := t.findRecurrent(c, token)
			if err != nil {
				return nil, err
			}
			if disable && r.Active {
				r.Active, r.FinishedAt = false, t.now
				t.put(kindRecur, r.Token, r)
			}
			return struct {
				Status    string    `json:"status"`
				Recurrent tokenView `json:"recurrent"`
			}{"ok", r.view()}, nil
		}, nil
	}
}

type walletView struct {
	ID     string `json:"id"`
	Amount amount `json:"amount_details"`
}

func prepareBalance(c *call) (work, error) {
	at := c.f.needText("request_datetime")
	if err := c.f.done(); err != nil {
		return nil, err
	}
	if !isISOTime(at) {
		return nil, invalid("request_datetime %q is not ISO 8601; write it as 2025-01-15T12:00:00+03:00", clip(at, 40))
	}
	return func(t *tx) (any, error) {
		return struct {
			Status  string       `json:"status"`
			Wallets []walletView `json:"wallets"`
		}{"ok", t.walletViews(c.project)}, nil
	}, nil
}

// walletViews lists the project's wallets in the order in which they were configured.
func (t *tx) walletViews(p *project) []walletView {
	views := []walletView{}
	for _, configured := range p.wallets {
		if w, ok := t.w.wallets[walletKey(p.name, configured.Currency)]; ok {
			views = append(views, walletView{w.ID, amount{w.Balance, w.Currency}})
		}
	}
	return views
}

// isISOTime takes the forms of ISO 8601 that clients write.
func isISOTime(text string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05.999999-0700", "2006-01-02T15:04:05"} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}
