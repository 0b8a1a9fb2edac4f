package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

func (a *app) evidenceVerb() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "evidence SESSION", Short: "Gather what Pike's support needs to know of a session", Args: cobra.ExactArgs(1),
		Long: "Gathers the masked requests, answers and webhooks of a session in their order, with digests, the result of\n" +
			"checking each signature, and the curl and openssl commands that show the same. It holds no card number, no\n" +
			"security code, no signature and no key.",
		Example: "pikedash evidence ps_70120 --profile demo > evidence.md\npikedash evidence ps_70120 --json --out evidence.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				s, err := a.config(cmd)
				if err != nil {
					return err
				}
				b, err := gather(ctx, j, args[0], ringOf(a.signersFor(s).keysOf(ctx, s)))
				if err != nil {
					return err
				}
				return a.toFile(out, func(w io.Writer) error {
					if a.flags.json {
						e := json.NewEncoder(w)
						e.SetEscapeHTML(false)
						return e.Encode(b)
					}
					_, err := w.Write(b.markdown())
					return err
				})
			})
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "`FILE` instead of stdout")
	group(cmd, "Output", "out")
	return cmd
}

// bundle is the evidence of a session.
type bundle struct {
	Schema      int              `json:"schema"`
	Program     string           `json:"program"`
	Environment string           `json:"environment"`
	Session     string           `json:"session"`
	Status      string           `json:"status"`
	Object      json.RawMessage  `json:"object,omitempty"` // masked
	Events      []bundleEvent    `json:"events"`
	Exchanges   []bundleExchange `json:"exchanges"`
	Webhooks    []bundleWebhook  `json:"webhooks"`
}

type bundleEvent struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	Text string    `json:"text"`
}

type bundleExchange struct {
	ID         int64       `json:"id"`
	At         time.Time   `json:"at"`
	Method     string      `json:"method"`
	URL        string      `json:"url"`
	Headers    http.Header `json:"headers"` // masked
	Body       bodyFacts   `json:"body"`
	Masked     bool        `json:"masked"`
	Text       string      `json:"text"` // masked
	KeyUsed    string      `json:"key"`
	Signature  string      `json:"signature"` // whether it fits, not the value
	Outcome    string      `json:"outcome"`
	HTTPStatus int         `json:"http_status,omitempty"`
	Answer     string      `json:"answer,omitempty"` // masked
	LatencyMS  int64       `json:"latency_ms"`
	Commands   []string    `json:"commands"`
}

type bundleWebhook struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	Type      string    `json:"type"`
	Body      bodyFacts `json:"body"`
	Masked    bool      `json:"masked"`
	Text      string    `json:"text"` // masked
	Badge     string    `json:"badge"`
	Cause     string    `json:"cause,omitempty"`
	Duplicate bool      `json:"duplicate"`
	Late      bool      `json:"late"`
}

// gather reads a session's time line and everything that it names.
func gather(ctx context.Context, j *journal.Journal, session string, ring keys.Ring) (*bundle, error) {
	detail, err := j.Session(ctx, session)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, &fault{exit: exitFailure, category: "user_input", code: "not_found", message: fmt.Sprintf("the journal of %s has no session %s", j.Environment(), session),
			hint: "pikedash sessions lists them; pikedash sessions import fetches one by its id"}
	}
	if err != nil {
		return nil, fileFault(err, "reading the session")
	}
	events, err := j.Timeline(ctx, session)
	if err != nil {
		return nil, fileFault(err, "reading the time line")
	}
	b := &bundle{Schema: 1, Program: "pikedash " + version, Environment: j.Environment(), Session: session, Status: string(detail.Status),
		Events: []bundleEvent{}, Exchanges: []bundleExchange{}, Webhooks: []bundleWebhook{}}
	if masked, _ := pikeapi.MaskJSON(detail.Raw); json.Valid(masked) {
		b.Object = masked
	}
	for _, e := range events {
		if err := b.add(ctx, j, e, ring); err != nil {
			return nil, fileFault(err, "reading the time line")
		}
	}
	return b, nil
}

func (b *bundle) add(ctx context.Context, j *journal.Journal, e journal.Event, ring keys.Ring) error {
	line := bundleEvent{At: e.At.UTC(), Kind: string(e.Kind)}
	switch {
	case e.Exchange != nil:
		line.Text = fmt.Sprintf("exchange %d %s %s %s", e.Exchange.ID, e.Exchange.Version, e.Exchange.Method, e.Exchange.Outcome)
		if !slices.ContainsFunc(b.Exchanges, func(x bundleExchange) bool { return x.ID == e.Exchange.ID }) {
			x, err := j.Exchange(ctx, e.Exchange.ID)
			if err != nil {
				return err
			}
			b.Exchanges = append(b.Exchanges, exchangeOf(x, ring))
		}
	case e.Webhook != nil:
		line.Text = fmt.Sprintf("webhook %d %s %s", e.Webhook.ID, e.Webhook.Type, e.Webhook.Badge)
		w, err := j.Webhook(ctx, e.Webhook.ID)
		if err != nil {
			return err
		}
		b.Webhooks = append(b.Webhooks, bundleWebhook{ID: w.ID, At: w.Received.UTC(), Type: w.Type, Body: bodyFacts{w.Bytes, w.Digest.String()},
			Masked: w.Masked, Text: maskedText(w.Body), Badge: string(w.Badge), Cause: w.Cause, Duplicate: w.DuplicateOf != 0, Late: w.Late})
	case e.Transition != nil:
		t := e.Transition
		line.Text = fmt.Sprintf("%s %s: %s → %s (%s)", t.Object, t.ObjectID, t.From, t.To, t.Source)
		if t.Flag != "" {
			line.Text += "; " + t.Flag
		}
	}
	b.Events = append(b.Events, line)
	return nil
}

// maskedText masks once more what the journal masked when it was written.
func maskedText(body []byte) string {
	masked, _ := pikeapi.MaskJSON(body)
	return string(masked)
}

func exchangeOf(x *journal.Exchange, ring keys.Ring) bundleExchange {
	out := bundleExchange{ID: x.ID, At: x.Started.UTC(), Method: x.Method, URL: x.URL, Headers: pikeapi.MaskHeader(x.Header),
		Body: bodyFacts{x.RequestBytes, x.Digest.String()}, Masked: x.BodyMasked, Text: maskedText(x.Body), KeyUsed: x.KeyFingerprint,
		Signature: "its key is not known here", Outcome: string(x.Outcome), HTTPStatus: x.HTTPStatus, Answer: maskedText(x.ResponseBody),
		LatencyMS: x.Latency.Milliseconds()}
	if k, ok := ring.Find(keys.Fingerprint(x.KeyFingerprint)); ok {
		out.Signature = "fits the body's digest and the key " + k.Name
		if err := keys.VerifyDigest(k.Public, x.Digest, x.Signature); err != nil {
			out.Signature = err.Error()
		}
	}
	out.Commands = append(x.OpenSSL(), x.Curl())
	return out
}

// markdown writes the bundle for people.
func (b *bundle) markdown() []byte {
	var out bytes.Buffer
	line := func(format string, args ...any) {
		out.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), "\n") + "\n")
	}
	line("# Session %s, %s: %s\n", clean(b.Session), b.Environment, b.Status)
	line("Gathered by %s. Card data, personal data, tokens, signatures and keys are masked; every digest is that of the true bytes, so a masked body does not reproduce it.\n", b.Program)
	line("## Time line (UTC)\n")
	for _, e := range b.Events {
		line("- %s %s: %s", e.At.Format("2006-01-02 15:04:05.000"), e.Kind, clean(e.Text))
	}
	for _, x := range b.Exchanges {
		line("\n## Exchange %d: %s, %s, HTTP %d, %d ms\n", x.ID, x.Method, x.Outcome, x.HTTPStatus, x.LatencyMS)
		line("- POST %s", clean(x.URL))
		line("- %d bytes, sha256 %s%s", x.Body.Bytes, x.Body.SHA256, maskNote(x.Masked))
		line("- signature: %s (key %s)", clean(x.Signature), keys.Fingerprint(x.KeyUsed).Short())
		line("\n```json\n%s\n```\n\n```json\n%s\n```\n\n```sh", fenced(x.Text), fenced(x.Answer))
		for _, c := range x.Commands {
			line("%s", clean(c))
		}
		line("```")
	}
	for _, w := range b.Webhooks {
		line("\n## Webhook %d: %s, %s\n", w.ID, clean(w.Type), w.Badge)
		line("- %d bytes, sha256 %s%s", w.Body.Bytes, w.Body.SHA256, maskNote(w.Masked))
		if w.Cause != "" {
			line("- %s", clean(w.Cause))
		}
		line("\n```json\n%s\n```", fenced(w.Text))
	}
	return out.Bytes()
}

func maskNote(masked bool) string {
	if masked {
		return " (masked below)"
	}
	return ""
}

// fenced keeps a text within its fence.
func fenced(s string) string { return strings.ReplaceAll(clean(s), "```", "` ` `") }
