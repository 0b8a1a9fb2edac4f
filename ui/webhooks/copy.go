package webhooks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// askCopy offers the parts of a webhook. The raw body comes first; it is masked like everything that
// leaves the program.
func askCopy(w *journal.Webhook) tea.Cmd {
	item := func(title, detail, what, text string) widget.Item {
		off := ""
		if text == "" {
			off = "there is none"
		}
		return widget.Item{Title: title, Detail: detail, Off: off, Then: page.CopyText(what, text)}
	}
	body := "the very bytes"
	if w.Masked {
		body = "masked: not the bytes that were signed"
	}
	return page.AskFor(&widget.Menu{Title: fmt.Sprintf("copy of webhook %d", w.ID), Items: []widget.Item{
		item("body, raw", body, "the webhook's body", string(w.Body)),
		item("signature", "X-PARTNER-SIGN as it came", "the signature", w.Signature),
		item("digest", "SHA-256 of the true body", "the digest", w.Digest.String()),
		item("openssl", "digest and check", "the openssl commands", openSSL(w)),
		item("JSON", "the whole record, masked", "the record as JSON", recordJSON(w)),
		item("session id", w.SessionID, widget.Clean(w.SessionID), w.SessionID),
		item("cause", w.Cause, "the cause", w.Cause),
	}})
}

// openSSL returns the commands that check the webhook's signature. The body is in a file; pike.pem is
// Pike's public key.
func openSSL(w *journal.Webhook) string {
	if w.Signature == "" {
		return ""
	}
	file := fmt.Sprintf("webhook-%d.json", w.ID)
	signature := strings.Map(func(r rune) rune {
		if r >= 0x20 && r < 0x7f && r != '\'' {
			return r
		}
		return -1
	}, w.Signature)
	return strings.Join([]string{
		"sha256sum " + file + "   # " + w.Digest.String(),
		"printf '%s' '" + signature + "' | openssl base64 -d -A -out " + file + ".sign",
		"openssl dgst -sha256 -verify pike.pem -signature " + file + ".sign " + file,
	}, "\n") + "\n"
}

// record is a webhook as JSON. The fields are those of the evidence bundle.
type record struct {
	ID        int64       `json:"id"`
	Received  time.Time   `json:"received"`
	Remote    string      `json:"remote,omitempty"`
	Type      string      `json:"type"`
	Session   string      `json:"session,omitempty"`
	Badge     string      `json:"badge"`
	Cause     string      `json:"cause,omitempty"`
	Key       string      `json:"key,omitempty"`
	Duplicate int64       `json:"duplicate_of,omitempty"`
	Late      bool        `json:"late"`
	Problem   string      `json:"problem,omitempty"`
	Reply     int         `json:"reply,omitempty"` // HTTP status
	Headers   http.Header `json:"headers"`         // masked
	Body      string      `json:"body"`
	Masked    bool        `json:"masked"`
	SHA256    string      `json:"sha256"` // of the true body
	Bytes     int         `json:"bytes"`  // of the true body
	Signature string      `json:"signature,omitempty"`
}

func recordJSON(w *journal.Webhook) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(record{
		ID: w.ID, Received: w.Received.UTC(), Remote: w.Remote, Type: w.Type, Session: w.SessionID, Badge: string(w.Badge), Cause: w.Cause,
		Key: w.Key, Duplicate: w.DuplicateOf, Late: w.Late, Problem: w.Problem, Reply: w.ReplyStatus, Headers: w.Header, Body: string(w.Body),
		Masked: w.Masked, SHA256: w.Digest.String(), Bytes: w.Bytes, Signature: w.Signature,
	})
	if err != nil {
		return ""
	}
	return b.String()
}

// fields are the columns of an export.
func fields() []page.ExportField[journal.WebhookRow] {
	type row = journal.WebhookRow
	return []page.ExportField[row]{
		{Name: "id", Text: func(r *row) string { return fmt.Sprint(r.ID) }},
		{Name: "received", Text: func(r *row) string { return r.Received.UTC().Format(time.RFC3339Nano) }},
		{Name: "type", Text: func(r *row) string { return r.Type }},
		{Name: "session", Text: func(r *row) string { return r.SessionID }},
		{Name: "session_status", Text: func(r *row) string { return string(r.SessionStatus) }},
		{Name: "badge", Text: func(r *row) string { return string(r.Badge) }},
		{Name: "cause", Text: func(r *row) string { return r.Cause }},
		{Name: "key", Text: func(r *row) string { return r.Key }},
		{Name: "duplicate", Text: func(r *row) string { return fmt.Sprint(r.Duplicate) }},
		{Name: "late", Text: func(r *row) string { return fmt.Sprint(r.Late) }},
		{Name: "bytes", Text: func(r *row) string { return fmt.Sprint(r.Bytes) }},
		{Name: "reply", Text: func(r *row) string { return fmt.Sprint(r.ReplyStatus) }},
		{Name: "forward_status", Text: func(r *row) string { return fmt.Sprint(r.ForwardStatus) }},
		{Name: "forward_error", Text: func(r *row) string { return r.ForwardError }},
	}
}
