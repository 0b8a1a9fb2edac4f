package create

import (
	"errors"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// judge checks every field and shows what is wrong with those that were left once.
func (m *Model) judge() {
	m.faults = m.faultsNow()
	shown := map[string]string{}
	for key, reason := range m.faults {
		if m.touched[key] {
			shown[key] = reason
		}
	}
	m.form.SetErrors(shown)
	m.notes()
}

// faultsNow returns what is wrong, by field of the form.
func (m *Model) faultsNow() map[string]string {
	faults := map[string]string{}
	if m.edited != nil {
		return faults
	}
	for _, f := range m.request().Validate() {
		key := fieldOf(f.Field)
		if faults[key] == "" {
			faults[key] = f.Reason
		}
	}
	if a, reason := m.money(); reason != "" {
		faults[fAmount] = reason
		delete(faults, fCurrency)
	} else if a != nil {
		m.overLimit(*a, faults)
	} else if strings.TrimSpace(m.form.Value(fAmount)) == "" && !m.optional() {
		faults[fAmount] = "the amount is missing, such as 150.00"
		delete(faults, fCurrency)
	}
	return faults
}

// overLimit puts beside the field what the profile does not allow.
func (m *Model) overLimit(a pikeapi.Money, faults map[string]string) {
	var blocked *pikeapi.BlockedError
	if !errors.As(m.deps.Desk.At().Env.Policy.CheckAmount(a), &blocked) {
		return
	}
	key := fAmount
	if blocked.Rule == pikeapi.RuleCurrency {
		key = fCurrency
	}
	if faults[key] == "" {
		faults[key] = blocked.Reason
	}
}

// optional says that the request may leave the amount out.
func (m *Model) optional() bool {
	return m.method == "session/create" || strings.Contains(m.method, "/start/")
}

// fieldOf maps a field of the request to one of the form.
func fieldOf(field string) string {
	known := map[string]string{
		"card.number": fCard, "card.expiration_month": fExpiry, "card.expiration_year": fExpiry,
		"card.security_code": fCode, "card.cardholder_name": fHolder,
		"recurrent.token": fToken, "recurrent.initiator": fInitiator, "token": fToken,
		"amount": fAmount, "currency": fCurrency, "return_url": fReturnURL, "metadata": fMetadata,
		"customer.reference": fCustomer, "customer.contacts.email": fEmail, "customer.contacts.phone": fPhone,
		"session_id": fSession, "payout_details": fSource, "payment_details": fSource,
	}
	if key, ok := known[field]; ok {
		return key
	}
	who, name, _ := strings.Cut(field, ".")
	if who == "sender" && name == "full_name" {
		return fSender
	}
	byName := map[string]string{
		"full_name": fRecipient, "country_iso2": fCountry, "city": fCity, "address_line": fAddress, "date_of_birth": fBirth,
	}
	if key, ok := byName[name]; ok {
		return key
	}
	return fRecipient
}

// notes puts remarks beside the fields: brand and test outcome of the card, minor units.
func (m *Model) notes() {
	m.form.SetNote(fCard, m.cardNote())
	note := ""
	if a, reason := m.money(); a != nil && reason == "" {
		note = "= " + widget.Thousands(int(a.Amount)) + " minor units"
	}
	m.form.SetNote(fAmount, note)
	currency := strings.ToLower(strings.TrimSpace(m.form.Value(fCurrency)))
	note = ""
	if most := m.deps.Desk.At().Env.Policy.MaxAmount[currency]; most > 0 {
		note = "at most " + pikeapi.Money{Amount: most, Currency: currency}.Format()
	}
	m.form.SetNote(fCurrency, note)
	note = ""
	if text := strings.TrimSpace(m.form.Value(fMetadata)); text != "" {
		note = "sent as text"
		if string(metadata(m.form.Value(fMetadata))) == text {
			note = "JSON"
		}
	}
	m.form.SetNote(fMetadata, note)
}

// cardRoom is how many cells of a card's line are not for its note: mark, label, the whole number, gaps.
const cardRoom = 38

// cardNote is the card's brand, and what becomes of a test card. It leaves room for the whole number.
func (m *Model) cardNote() string {
	number := m.form.Value(fCard)
	if len(number) < 6 {
		return ""
	}
	note := pikeapi.CardBrand(number)
	left, _, _ := m.boxes()
	room := max(8, left-cardRoom)
	for _, c := range m.deps.Desk.At().TestCards {
		if c.Number != number {
			continue
		}
		if whole := note + "  " + c.Outcome; widget.Width(whole) <= room {
			return whole
		}
		note += "  " + outcome(c)
	}
	return widget.Cut(note, room)
}

// outcome is what becomes of a test card, without the name of the environment.
func outcome(c page.TestCard) string {
	if _, short, ok := strings.Cut(c.Outcome, ": "); ok {
		return short
	}
	return c.Outcome
}

// check refuses an incomplete form, and otherwise prepares the request for purpose.
func (m *Model) check(purpose purpose) tea.Cmd {
	if !m.sending.IsZero() {
		return page.Say(page.Warning, "the request before is still in flight: wait for its outcome")
	}
	m.faults = m.faultsNow()
	for key := range m.faults {
		m.touched[key] = true
	}
	if len(m.faults) > 0 {
		m.judge()
		m.preview = false
		m.form.FocusError()
		return page.Say(page.Warning, "not sent: "+plural(len(m.faults)))
	}
	return m.prepare(m.deps.Stamps.Next("create.preview"), purpose)
}

func plural(n int) string {
	if n == 1 {
		return "one field needs your attention"
	}
	return widget.Thousands(n) + " fields need your attention"
}
