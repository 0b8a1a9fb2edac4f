package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/pikeapi/sandbox"
)

// nameForm is what a flow may be called: it becomes a file's name.
var nameForm = pattern(`^[a-z0-9][a-z0-9-]{0,62}$`)

// CheckName says what is wrong with a flow's name.
func CheckName(name string) error {
	if !nameForm().MatchString(name) {
		return errors.New("a flow's name has small letters, digits and hyphens, 63 at most")
	}
	return nil
}

// Record makes a flow of a recorded session: its calls with what they answered, and the notifications
// that came. Protected values are masked in the journal, so examples stand in for them: the sandbox's
// card with the same first six and last four digits, else the one that succeeds.
func Record(ctx context.Context, j *journal.Journal, session, name string) ([]byte, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	events, err := j.Timeline(ctx, session)
	if err != nil {
		return nil, err
	}
	w := &recorder{session: session}
	seen := map[int64]bool{}
	for _, e := range events {
		switch {
		case e.Exchange != nil && !seen[e.Exchange.ID]:
			seen[e.Exchange.ID] = true
			if e.Exchange.Method == pikeapi.MethodStatus {
				continue // when somebody asked is no part of the flow
			}
			x, err := j.Exchange(ctx, e.Exchange.ID)
			if err != nil {
				return nil, err
			}
			w.call(x)
		case e.Webhook != nil && !e.Webhook.Duplicate:
			w.wait(e.Webhook)
		}
	}
	if len(w.steps) == 0 {
		return nil, fmt.Errorf("nothing that makes a step is recorded of session %s", session)
	}
	text := w.file()
	if _, err := Parse(name, text); err != nil {
		return nil, fmt.Errorf("the recorded flow cannot be read back: %w", err)
	}
	return text, nil
}

// Save writes a flow into the user's folder. It never overwrites one.
func Save(dir, name string, text []byte) (path string, err error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the folder for flows: %w", err)
	}
	path = filepath.Join(dir, name+".toml")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%s is there already: choose another name", path)
	}
	if err != nil {
		return "", fmt.Errorf("saving the flow: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("saving the flow: %w", errors.Join(err, os.Remove(path)))
	}
	return path, nil
}

// recorder gathers the text of the steps.
type recorder struct {
	session string
	steps   []string
	version pikeapi.Version
	known   bool // ${session} has a value
	dollar  bool // a body holds "${" that is no variable
	token   bool // a body names a token that the journal does not keep
	hold    bool // the project holds payments
	payer   bool // the payer must act, and what he did is not known yet
}

func (w *recorder) call(x *journal.Exchange) {
	var b strings.Builder
	if w.version == 0 {
		w.version = x.Version
	}
	fmt.Fprintf(&b, "[[step]]\ncall = %q\n", x.Method)
	if x.IdempotencyKey != "" {
		fmt.Fprintf(&b, "key = \"key-%d\"\n", len(w.steps)+1)
	}
	fmt.Fprintf(&b, "body = %s\n[step.expect]\n\"outcome\" = %q\n", tomlText(w.example(string(x.Body))), string(x.Outcome))
	answer, err := pikeapi.ParseResponse(x.ResponseBody)
	switch {
	case err != nil:
	case answer.Error != nil:
		fmt.Fprintf(&b, "\"error.code\" = %s\n", tomlText(w.literal(answer.Error.Code)))
	case answer.Session != nil:
		fmt.Fprintf(&b, "\"session.status\" = %q\n", string(answer.Session.Status))
		if !w.known {
			b.WriteString("[step.save]\nsession = \"session.id\"\n")
			w.known = true
		}
	}
	w.steps = append(w.steps, b.String())
}

func (w *recorder) wait(h *journal.WebhookRow) {
	w.payerActed(h)
	var b strings.Builder
	fmt.Fprintf(&b, "[[step]]\nwait = %q\n[step.expect]\n\"signature\" = %q\n", h.Type, string(h.Badge))
	if h.Badge == journal.BadgeVerified && h.SessionStatus != "" {
		fmt.Fprintf(&b, "\"session.status\" = %q\n", string(h.SessionStatus))
	}
	w.steps = append(w.steps, b.String())
	w.hold = w.hold || h.Type == pikeapi.NotifyReadyToCapture
	w.payer = h.Type == pikeapi.NotifyActionRequired
}

// payerActed writes down what the payer must have done, since another notification followed the one
// that asked him: nobody records it, and without it the flow would wait for ever.
func (w *recorder) payerActed(next *journal.WebhookRow) {
	if !w.payer {
		return
	}
	act := sandbox.ActPayerOK
	if next.SessionStatus == pikeapi.SessionCancelled {
		act = sandbox.ActPayerFail
	}
	w.steps = append(w.steps, fmt.Sprintf("[[step]]\ncontrol = %q\nwith = {session = \"${session}\"}\n", act))
}

// Masked values in recorded bodies.
var (
	maskedNumber = pattern(`"number":\s*"(\d{6})··(\d{4})"`)
	maskedToken  = pattern(`"token":\s*"[^"]*··[^"]*"`)
	maskedField  = pattern(`"([a-z_0-9]+)":\s*"\*\*\*"`)
	targetName   = pattern(`"(?:payment_method|payout_details)":`)
)

// literal keeps "${" of a recorded text from being read as a variable.
func (w *recorder) literal(text string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	w.dollar = true
	return strings.ReplaceAll(text, "${", "${dollar}{")
}

// tomlText writes a text as TOML: as it stands in three single quotes, and escaped where those cannot hold it.
func tomlText(text string) string {
	odd := func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' || r == 0x7f || r == utf8.RuneError }
	if !strings.Contains(text, "'''") && !strings.HasSuffix(text, "'") && !strings.HasPrefix(text, "\n") && !strings.ContainsFunc(text, odd) {
		return "'''" + text + "'''"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// example puts examples in place of what the journal masked.
func (w *recorder) example(body string) string {
	body = w.literal(body)
	body = maskedNumber().ReplaceAllStringFunc(body, func(m string) string {
		parts := maskedNumber().FindStringSubmatch(m)
		return `"number":"${card.` + cardName(parts[1], parts[2]) + `}"`
	})
	body = maskedToken().ReplaceAllStringFunc(body, func(string) string {
		w.token = true
		return `"token":"${token}"`
	})
	body = maskedField().ReplaceAllStringFunc(body, func(m string) string {
		name := maskedField().FindStringSubmatch(m)[1]
		values := map[string]string{
			"expiration_month": "12", "expiration_year": "39", "security_code": "123", "email": "buyer@shop.example",
			"full_name": "Jane Roe", "first_name": "Jane", "last_name": "Roe", "cardholder_name": "Jane Roe",
		}
		value, ok := values[name]
		if !ok {
			value = "example"
		}
		return fmt.Sprintf("%q:%q", name, value)
	})
	body = targetName().ReplaceAllString(body, `"$${payout_target}":`)
	return strings.ReplaceAll(body, `"`+w.session+`"`, `"${session}"`)
}

// cardName is the name of the sandbox's card with these digits.
func cardName(first, last string) string {
	for name, number := range Cards() {
		if strings.HasPrefix(number, first) && strings.HasSuffix(number, last) {
			return strings.TrimPrefix(name, "card.")
		}
	}
	return "success"
}

// file is the whole flow.
func (w *recorder) file() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "title = %q\nabout = \"Recorded from a session. Protected values were replaced by examples.\"\n", "Recorded from "+w.session)
	if w.version != 0 {
		fmt.Fprintf(&b, "versions = [%q]\n", w.version.String())
	}
	if w.hold {
		b.WriteString("\n[sandbox]\nhold = true\n")
	}
	if w.token || w.dollar {
		b.WriteString("\n[vars]\n")
	}
	if w.token {
		b.WriteString("token = \"write the token here: the journal does not keep it\"\n")
	}
	if w.dollar {
		b.WriteString("dollar = \"$\"\n")
	}
	for _, s := range w.steps {
		b.WriteString("\n" + s)
	}
	return []byte(b.String())
}
