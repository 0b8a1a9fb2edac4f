package create

import (
	"bytes"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// editID names the body in $EDITOR.
const editID = "create.body"

// Placeholders stand for card data in the file that $EDITOR opens, so that none reaches the disk.
const (
	numberMark = "${card.number}"
	codeMark   = "${card.security_code}"
	tokenMark  = "${token}"
)

// refresh makes the preview anew when typing stops.
func (m *Model) refresh() tea.Cmd {
	m.judge()
	return pause(m.deps.Stamps.Next("create.preview"), m.rest)
}

// prepare signs what the form, or the editor, says now.
func (m *Model) prepare(stamp page.Stamp, why purpose) tea.Cmd {
	body, err := m.body()
	if err != nil {
		return page.Send(preparation{Stamp: stamp, purpose: why, desk: m.deps.Desk.At(), err: err})
	}
	call := pikeapi.Call{Method: m.method, Version: m.version, Body: body, IdempotencyKey: m.key}
	return prepare(m.deps.Desk.At(), stamp, call, why)
}

// body is the request's bytes.
func (m *Model) body() ([]byte, error) {
	if m.edited == nil {
		return m.request().Body(m.version)
	}
	token, err := pikeapi.QuoteJSON(strings.TrimSpace(m.form.Value(fToken)))
	if err != nil {
		return nil, err
	}
	body := bytes.ReplaceAll(m.edited, []byte(numberMark), []byte(m.form.Value(fCard)))
	body = bytes.ReplaceAll(body, []byte(codeMark), []byte(m.form.Value(fCode)))
	return bytes.ReplaceAll(body, []byte(`"`+tokenMark+`"`), token), nil
}

// ask states the request in a dialog.
func (m *Model) ask(desk *page.Desk, p *pikeapi.Prepared) *page.Money {
	money := &page.Money{
		Desk: desk, Prepared: p, Sentence: sentence(p), After: after(p), Amount: p.Summary.Amount, Yes: "Send",
	}
	money.Then = func(permit pikeapi.Permit) tea.Cmd {
		return page.Send(leaving{desk, p, permit})
	}
	return money
}

// leaving says that the dialog was answered and the request goes out now.
type leaving struct {
	desk   *page.Desk
	p      *pikeapi.Prepared
	permit pikeapi.Permit
}

// onLeaving sends the request, once.
func (m *Model) onLeaving(msg leaving) tea.Cmd {
	if !m.sending.IsZero() {
		return nil
	}
	m.sending = m.deps.Now()
	return send(msg.desk, m.deps.Stamps.Now(), msg.p, msg.permit)
}

// sentence says what will happen: amount, recipient, project, environment.
func sentence(p *pikeapi.Prepared) string {
	s, env := p.Summary, p.Env
	where := fmt.Sprintf("from project %s, on %s.", env.Project, strings.ToUpper(string(env.Kind)))
	if env.Name != string(env.Kind) {
		where = strings.TrimSuffix(where, ".") + ", profile " + env.Name + "."
	}
	if s.Amount == nil {
		return fmt.Sprintf("Send %s %s", p.Method.Name, where)
	}
	target := s.Target
	if s.Recipient != "" {
		target = strings.TrimSuffix(s.Recipient+", "+target, ", ")
	}
	switch {
	case p.Method.Name == "session/create":
		return fmt.Sprintf("Make a session for %s, %s %s", s.Amount.Format(), target, where)
	case s.Kind == pikeapi.Payment:
		return fmt.Sprintf("Take %s from %s %s", s.Amount.Format(), target, strings.Replace(where, "from", "for", 1))
	}
	return fmt.Sprintf("Pay %s to %s, %s", s.Amount.Format(), target, where)
}

// after says what can still be undone.
func after(p *pikeapi.Prepared) string {
	if p.Method.Name == "session/create" {
		return "No money moves: the session only waits to be started or cancelled."
	}
	return "It can be cancelled while Pike waits for your confirmation, and not after it, unless the project confirms by itself."
}

// dryRun shows the whole request. Nothing is sent.
func (m *Model) dryRun(p *pikeapi.Prepared) widget.Dialog {
	lines := append([]string{"Nothing was sent. This is what would be:", ""}, m.requestLines(p)...)
	lines = append(lines, "", fmt.Sprintf("%d bytes, SHA-256 %s", len(p.Body), p.Digest))
	if masked(p) {
		lines = append(lines, "Card data is masked here; digest and signature are those of the true bytes.")
	}
	return &widget.Reader{Title: "dry run", Lines: lines, Copy: m.copyCurl}
}

// masked says whether the body shows less on the screen than it holds.
func masked(p *pikeapi.Prepared) bool {
	_, changed := pikeapi.MaskJSON(p.Body)
	return changed
}

// requestLines is the request as text, masked.
func (m *Model) requestLines(p *pikeapi.Prepared) []string {
	lines := []string{"POST " + p.URL}
	for _, h := range []string{
		"Content-Type", pikeapi.HeaderProject, pikeapi.HeaderSubmerchant, pikeapi.HeaderKey, pikeapi.HeaderSign,
	} {
		if v := p.Header.Get(h); v != "" {
			lines = append(lines, h+": "+v)
		}
	}
	body, _ := pikeapi.MaskJSON(p.Body)
	return append(append(lines, ""), widget.CleanLines(string(body))...)
}

// copyCurl copies the request as a curl command.
func (m *Model) copyCurl() tea.Cmd {
	if m.prepared == nil {
		return page.Say(page.Warning, "there is no request to copy yet: "+m.problem)
	}
	return page.CopyText("the request as curl", pikeapi.Curl(m.prepared.URL, m.prepared.Header, m.prepared.Body))
}

// edit opens the body in $EDITOR, card data as placeholders.
func (m *Model) edit() tea.Cmd {
	content := m.edited
	if content == nil {
		for _, key := range []string{fRecipient, fCustomer, fReturnURL, fMetadata, fHolder, fSender, fCity, fAddress} {
			if v := m.form.Value(key); pikeapi.MaskText(v) != v {
				m.form.Focus(key)
				return page.Say(page.Warning, "this field holds what looks like card data, which is never written to a file: change it first")
			}
		}
		body, err := m.request().Body(m.version)
		if err != nil {
			return page.Say(page.Failure, err.Error())
		}
		content = body
		if n := m.form.Value(fCard); len(n) >= 8 {
			content = bytes.ReplaceAll(content, []byte(`"`+n+`"`), []byte(`"`+numberMark+`"`))
		}
		if token := strings.TrimSpace(m.form.Value(fToken)); token != "" {
			if quoted, err := pikeapi.QuoteJSON(token); err == nil {
				content = bytes.ReplaceAll(content, quoted, []byte(`"`+tokenMark+`"`))
			}
		}
		if c := m.form.Value(fCode); c != "" {
			content = bytes.ReplaceAll(content, []byte(`"security_code":"`+c+`"`), []byte(`"security_code":"`+codeMark+`"`))
		}
	}
	return page.Send(page.Edit{ID: editID, Suffix: ".json", Content: content})
}

// onEdited takes the editor's bytes over, untouched.
func (m *Model) onEdited(msg page.Edited) tea.Cmd {
	if msg.ID != editID {
		return nil
	}
	if msg.Err != nil {
		return page.Say(page.Failure, "the editor: "+msg.Err.Error())
	}
	if !msg.Changed {
		return nil
	}
	m.edited = msg.Content
	m.lockFields("the body was edited by hand")
	return tea.Batch(m.refresh(), page.Say(page.Info, "the edited bytes are sent as they are; "+
		m.deps.Keys.Create.Method.Label()+" goes back to the form"))
}

// lockFields makes the fields unchangeable that an edited body no longer follows. Card number, security
// code and token still fill its placeholders.
func (m *Model) lockFields(reason string) {
	for _, key := range []string{
		fSession, fSource, fExpiry, fHolder, fInitiator, fRecipient, fAmount, fCurrency, fCustomer, fReturnURL,
		fRecurrent, fMetadata, fEmail, fPhone, fSender, fCountry, fCity, fAddress, fBirth,
	} {
		m.form.SetOff(key, reason)
	}
}

// methodMenu chooses what is made.
func (m *Model) methodMenu() widget.Dialog {
	menu := &widget.Menu{Title: "what to make"}
	if m.edited != nil {
		menu.Text = []string{"The body was edited by hand. Choosing goes back to the form, which kept its values; the edited bytes are dropped."}
	}
	for i, r := range requests() {
		if r.method == m.method {
			menu.At = i
		}
		menu.Items = append(menu.Items, widget.Item{Title: r.title, Detail: r.method, Then: page.Send(toMethod(r.method))})
	}
	return menu
}

// cardMenu chooses a test card.
func (m *Model) cardMenu() widget.Dialog {
	menu := &widget.Menu{Title: "test cards", Empty: "there are none here"}
	cards := m.deps.Desk.At().TestCards
	outcomes := make([]string, len(cards))
	for i, c := range cards {
		outcomes[i] = outcome(c)
	}
	for i, text := range widget.PadAll(outcomes) {
		menu.Items = append(menu.Items, widget.Item{Title: cards[i].Number, Detail: text + "  " + cards[i].Does, Then: page.Send(toCard(cards[i].Number))})
	}
	return menu
}
