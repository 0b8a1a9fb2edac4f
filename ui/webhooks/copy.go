package webhooks

import (
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
	body := "the very bytes"
	if w.Masked {
		body = "masked: not the bytes that were signed"
	}
	return page.AskFor(&widget.Menu{Title: fmt.Sprintf("copy of webhook %d", w.ID), Items: []widget.Item{
		page.CopyItem("body, raw", body, "the webhook's body", string(w.Body)),
		page.CopyItem("signature", "X-PARTNER-SIGN as it came", "the signature", w.Signature),
		page.CopyItem("digest", "SHA-256 of the true body", "the digest", w.Digest.String()),
		page.CopyItem("openssl", "digest and check", "the openssl commands", openSSL(w)),
		page.CopyItem("JSON", "the whole record, masked", "the record as JSON", recordJSON(w)),
		page.CopyItem("session id", w.SessionID, widget.Clean(w.SessionID), w.SessionID),
		page.CopyItem("cause", w.Cause, "the cause", w.Cause),
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
	return page.RecordJSON(record{
		ID: w.ID, Received: w.Received.UTC(), Remote: w.Remote, Type: w.Type, Session: w.SessionID, Badge: string(w.Badge), Cause: w.Cause,
		Key: w.Key, Duplicate: w.DuplicateOf, Late: w.Late, Problem: w.Problem, Reply: w.ReplyStatus, Headers: w.Header, Body: string(w.Body),
		Masked: w.Masked, SHA256: w.Digest.String(), Bytes: w.Bytes, Signature: w.Signature,
	})
}

// fields are the columns of an export.
func fields() []page.ExportField[journal.WebhookRow] {
	type row = journal.WebhookRow
	return []page.ExportField[row]{
		page.NumberField("id", func(r *row) int64 { return r.ID }),
		page.TimeField("received", func(r *row) time.Time { return r.Received }),
		page.TextField("type", func(r *row) string { return r.Type }),
		page.TextField("session", func(r *row) string { return r.SessionID }),
		page.TextField("session_status", func(r *row) string { return string(r.SessionStatus) }),
		page.TextField("badge", func(r *row) string { return string(r.Badge) }),
		page.TextField("cause", func(r *row) string { return r.Cause }),
		page.TextField("key", func(r *row) string { return r.Key }),
		page.FlagField("duplicate", func(r *row) bool { return r.Duplicate }),
		page.FlagField("late", func(r *row) bool { return r.Late }),
		page.NumberField("bytes", func(r *row) int64 { return int64(r.Bytes) }),
		page.NumberField("reply", func(r *row) int64 { return int64(r.ReplyStatus) }),
		page.NumberField("forward_status", func(r *row) int64 { return int64(r.ForwardStatus) }),
		page.TextField("forward_error", func(r *row) string { return r.ForwardError }),
	}
}
