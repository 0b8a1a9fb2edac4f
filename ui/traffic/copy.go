package traffic

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

// copying says what is to be copied of a request.
type copying int

const (
	copyMenu copying = iota
	copyCurl
	copyOpenSSL
)

// copyID copies the number of the chosen request, as the command line knows it.
func (m *Model) copyID() tea.Cmd {
	if id := m.chosen(); id != 0 {
		return page.CopyText(fmt.Sprintf("the number of exchange %d", id), fmt.Sprint(id))
	}
	return nil
}

func copyOf(what copying, x *journal.Exchange) tea.Cmd {
	switch what {
	case copyCurl:
		return page.CopyText("exchange "+fmt.Sprint(x.ID)+" as curl"+unless(x), x.Script())
	case copyOpenSSL:
		return page.CopyText("the openssl commands of exchange "+fmt.Sprint(x.ID), strings.Join(x.OpenSSL(), "\n")+"\n")
	case copyMenu:
	}
	return page.AskFor(&widget.Menu{Title: fmt.Sprintf("copy of exchange %d", x.ID), Items: items(x)})
}

// unless names what a copy of a masked record lacks.
func unless(x *journal.Exchange) string {
	if x.BodyMasked {
		return ", without the body, which is masked,"
	}
	return ""
}

// items are the parts that can be copied. The raw body comes first.
func items(x *journal.Exchange) []widget.Item {
	masked := func(is bool) string {
		if is {
			return "masked: not the bytes that were signed"
		}
		return "the very bytes"
	}
	return []widget.Item{
		page.CopyItem("request body, raw", masked(x.BodyMasked), "the request's body", string(x.Body)),
		page.CopyItem("answer body, raw", masked(x.ResponseMasked), "the answer's body", string(x.ResponseBody)),
		page.CopyItem("curl", "body from a file, signed anew with your key", "exchange "+fmt.Sprint(x.ID)+" as curl"+unless(x), x.Script()),
		page.CopyItem("openssl", "digest, sign, verify", "the openssl commands", strings.Join(x.OpenSSL(), "\n")+"\n"),
		page.CopyItem("signature", "X-PARTNER-SIGN as it was sent", "the signature", x.Signature),
		page.CopyItem("digest", "SHA-256 of the true body", "the digest", x.Digest.String()),
		page.CopyItem("JSON", "the whole record, masked", "the record as JSON", recordJSON(x)),
		page.CopyItem("session id", x.SessionID, widget.Clean(x.SessionID), x.SessionID),
		page.CopyItem("idempotency key", "", "the idempotency key", x.IdempotencyKey),
		page.CopyItem("operation id", "of this program", "the operation id", x.OperationID),
		page.CopyItem("URL", "", "the URL", x.URL),
	}
}

// record is an exchange as JSON. The fields are those of the evidence bundle.
type record struct {
	ID              int64       `json:"id"`
	Operation       string      `json:"operation"`
	Environment     string      `json:"environment"`
	Project         string      `json:"project"`
	Method          string      `json:"method"`
	Version         string      `json:"version"`
	Session         string      `json:"session,omitempty"`
	URL             string      `json:"url"`
	Sent            time.Time   `json:"sent"`
	LatencyMS       int64       `json:"latency_ms"`
	Outcome         string      `json:"outcome"`
	Error           string      `json:"error,omitempty"`
	Headers         http.Header `json:"headers"` // masked
	Body            string      `json:"body"`
	Masked          bool        `json:"masked"`
	SHA256          string      `json:"sha256"` // of the true body
	Bytes           int         `json:"bytes"`  // of the true body
	Signature       string      `json:"signature"`
	Key             string      `json:"key"` // fingerprint
	HTTPStatus      int         `json:"http_status,omitempty"`
	ResponseHeaders http.Header `json:"response_headers,omitempty"`
	ResponseBody    string      `json:"response_body,omitempty"`
	ResponseMasked  bool        `json:"response_masked,omitempty"`
}

func recordJSON(x *journal.Exchange) string {
	return page.RecordJSON(record{
		ID: x.ID, Operation: x.OperationID, Environment: x.Environment, Project: x.Project, Method: x.Method, Version: x.Version.String(),
		Session: x.SessionID, URL: x.URL, Sent: x.Started.UTC(), LatencyMS: x.Latency.Milliseconds(), Outcome: string(x.Outcome), Error: x.ErrorCode,
		Headers: x.Header, Body: string(x.Body), Masked: x.BodyMasked, SHA256: x.Digest.String(), Bytes: x.RequestBytes, Signature: x.Signature,
		Key: x.KeyFingerprint, HTTPStatus: x.HTTPStatus, ResponseHeaders: x.ResponseHeader, ResponseBody: string(x.ResponseBody), ResponseMasked: x.ResponseMasked,
	})
}

// fields are the columns of an export.
func fields() []page.ExportField[journal.ExchangeRow] {
	type row = journal.ExchangeRow
	return []page.ExportField[row]{
		page.NumberField("id", func(r *row) int64 { return r.ID }),
		page.TextField("operation", func(r *row) string { return r.OperationID }),
		page.TimeField("sent", func(r *row) time.Time { return r.Started }),
		page.TextField("method", func(r *row) string { return r.Method }),
		page.TextField("version", func(r *row) string { return r.Version.String() }),
		page.TextField("outcome", func(r *row) string { return string(r.Outcome) }),
		page.NumberField("http_status", func(r *row) int64 { return int64(r.HTTPStatus) }),
		page.NumberField("latency_ms", func(r *row) int64 { return r.Latency.Milliseconds() }),
		page.TextField("error", func(r *row) string { return r.ErrorCode }),
		page.TextField("session", func(r *row) string { return r.SessionID }),
		page.NumberField("request_bytes", func(r *row) int64 { return int64(r.RequestBytes) }),
		page.NumberField("response_bytes", func(r *row) int64 { return int64(r.ResponseBytes) }),
		page.TextField("key", func(r *row) string { return r.KeyFingerprint }),
	}
}
