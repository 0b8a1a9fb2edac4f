package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pikedash/keys"
	"pikedash/keys/forensics"
)

// languages are those in which a fix comes as a snippet.
var languages = []string{"shell", "go", "php", "python", "node", "java"}

// explainFlags are the flags of explain besides the evidence.
type explainFlags struct {
	evidence          evidenceFlags
	exchange, webhook int64
	context           forensics.Context
	lang              string
	openssl, jsonl    bool
}

func (a *app) explainVerb() *cobra.Command {
	var e explainFlags
	cmd := &cobra.Command{
		Use: "explain", Short: "Say why a signature does not verify", Args: cobra.NoArgs,
		Long: "Finds out why a signature does not verify: how it is written, which key made it, which hash and padding,\n" +
			"over which bytes, and what to change. The keys of the settings are tried too, so that a signature by\n" +
			"another of your keys gets its name. Nothing is changed or signed anew.\n\n" +
			"--jsonl reads cases from stdin, one JSON object a line: {\"id\",\"body_b64\",\"signature\",\"keys\":[PEM,...]},\n" +
			"the first key is the expected one; each is answered on one line, in order.",
		Example: "pikedash explain --body body.json --signature-file sig.b64 --key public.pem\n" +
			"pikedash explain --body - --signature \"$SIGN\" --key pike.pem --json < webhook.json\n" +
			"pikedash explain --exchange 41 --lang php\n" +
			"pikedash explain --jsonl < cases.jsonl",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if e.jsonl {
				return a.explainLines(cmd.Context())
			}
			return a.explain(cmd, &e)
		},
	}
	e.evidence.declare(cmd)
	f := cmd.Flags()
	f.StringVar(&e.evidence.expect, "expect-key", "", "public key `FILE` that should have signed (default: the first --key)")
	f.Int64Var(&e.exchange, "exchange", 0, "number of a recorded request instead of --body and --signature")
	f.Int64Var(&e.webhook, "webhook", 0, "number of a recorded webhook instead of --body and --signature")
	f.BoolVar(&e.jsonl, "jsonl", false, "many cases from stdin, one JSON object a line")
	f.StringVar(&e.context.URL, "url", "", "address the body was sent to: some sign it too")
	f.StringVar(&e.context.IdempotencyKey, "idempotency-key", "", "idempotency key that was sent along: some sign it too")
	f.StringVar(&e.context.Timestamp, "timestamp", "", "time that was sent along, as written: some sign it too")
	f.StringVar(&e.lang, "lang", "shell", "language of the snippet: "+strings.Join(languages, ", "))
	f.BoolVar(&e.openssl, "openssl", false, "print the equivalent openssl commands too")
	group(cmd, "Input", "expect-key", "exchange", "webhook", "jsonl", "url", "idempotency-key", "timestamp")
	group(cmd, "Output", "lang", "openssl")
	exits(cmd, exitInvalid, exitKey)
	return cmd
}

func (a *app) explain(cmd *cobra.Command, e *explainFlags) error {
	if !slices.Contains(languages, e.lang) {
		return usage("use "+strings.Join(languages, ", "), "--lang %q is not known", e.lang)
	}
	evidence, err := a.evidence(cmd, e)
	if err != nil {
		return err
	}
	report := forensics.Explain(cmd.Context(), evidence)
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	if a.flags.json {
		line, err := report.JSON()
		if err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		a.out.raw(string(line) + "\n")
	} else {
		a.reportText(&report, e.lang)
		if e.openssl {
			for _, c := range forensics.OpenSSL(evidence) {
				a.out.line("")
				a.out.line("# %s", c.Purpose)
				a.out.block(c.Line)
			}
		}
	}
	if !report.Valid {
		return silent{exitInvalid}
	}
	return nil
}

// evidence gathers what is known, from the flags or from the journal.
func (a *app) evidence(cmd *cobra.Command, e *explainFlags) (forensics.Evidence, error) {
	recorded := e.exchange != 0 || e.webhook != 0
	if recorded && (e.evidence.body != "" || e.evidence.signature != signatureFlags{}) {
		return forensics.Evidence{}, usage("give one of them", "a recorded request and --body or --signature exclude each other")
	}
	if recorded {
		return a.recordedEvidence(cmd, e)
	}
	signature, body, err := a.read(&e.evidence)
	if err != nil {
		return forensics.Evidence{}, err
	}
	expected, ring, err := a.ring(cmd, &e.evidence)
	if err != nil {
		return forensics.Evidence{}, err
	}
	e.context.Method, e.context.Project = "POST", a.flags.project
	evidence := forensics.Evidence{Body: body, BodyKnown: true, Signature: signature, Expected: expected, Ring: ring, Context: e.context}
	if keys.Verify(expected.Public, body, signature) != nil {
		evidence.Journal = a.otherBodies(cmd, body)
	}
	return evidence, nil
}

// reportText prints a report for people: the verdict, the chain, what was found and how to mend it.
func (a *app) reportText(r *forensics.Report, lang string) {
	verdict := "INVALID"
	if r.Valid {
		verdict = "VALID"
	}
	a.out.line("%s  %s", verdict, r.Summary)
	a.out.line("")
	if r.Body.Bytes >= 0 {
		a.out.line("  body       %d bytes, sha256 %s", r.Body.Bytes, r.Body.SHA256)
	} else {
		a.out.line("  body       only its sha256 is known: %s", r.Body.SHA256)
	}
	if r.Signed.SHA256 != "" && r.Signed.SHA256 != r.Body.SHA256 {
		a.out.line("  signed     sha256 %s%s", r.Signed.SHA256, variant(r.Signed.Variant))
	}
	if r.Signed.Scheme != "" {
		a.out.line("  scheme     %s %s", r.Signed.Scheme, r.Signed.Hash)
	}
	if r.Key != nil {
		a.out.line("  key        %s, RSA-%d, %s", r.Key.Name, r.Key.Bits, r.Key.Fingerprint)
	}
	if !r.Valid {
		a.out.line("  causes     %s", causeList(r.Causes))
		a.findingsText(r.Findings, lang)
	}
	for _, n := range r.Notes {
		a.out.line("note: %s", n)
	}
}

// findingsText prints what was found and how to mend it.
func (a *app) findingsText(findings []forensics.Finding, lang string) {
	for _, f := range findings {
		a.out.line("")
		a.out.line("%s (%s)", f.Code, f.Certainty)
		a.out.block("  " + strings.ReplaceAll(f.Evidence, "\n", "\n  "))
		if f.Fix != "" {
			a.out.block("  Fix: " + strings.ReplaceAll(f.Fix, "\n", "\n  "))
		}
		if snippet := f.Snippets[lang]; snippet != "" {
			a.out.block("    " + strings.ReplaceAll(strings.TrimSpace(snippet), "\n", "\n    "))
		}
		if f.Repaired != "" {
			a.out.line("  written right: %s", f.Repaired)
		}
	}
}

func variant(v string) string {
	if v == "" {
		return ""
	}
	return " (" + v + ")"
}

func causeList(causes []forensics.Cause) string {
	words := make([]string, len(causes))
	for i, c := range causes {
		words[i] = string(c)
	}
	return strings.Join(words, ", ")
}

// A line of --jsonl.
type explainCase struct {
	ID        json.RawMessage `json:"id"`
	Body      *string         `json:"body_b64"`
	Signature string          `json:"signature"`
	Keys      []string        `json:"keys"`
}

// caseAnswer is a report with the id of its case.
type caseAnswer struct {
	ID json.RawMessage `json:"id"`
	forensics.Report
}

// caseError is the answer to a line that is no case.
type caseError struct {
	ID     json.RawMessage `json:"id"`
	Schema int             `json:"schema"`
	Error  errorBody       `json:"error"`
}

// explainLines answers many cases. It ends with 1 when a line could not be read, else with 3 when a
// signature was invalid.
func (a *app) explainLines(ctx context.Context) error {
	in := bufio.NewScanner(a.in)
	in.Buffer(make([]byte, 1<<16), 2*maxInput)
	unreadable, invalid := 0, 0
	for in.Scan() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		id, report, err := explainCaseLine(ctx, in.Bytes())
		switch {
		case err != nil:
			unreadable++
			a.out.object(caseError{id, 1, errorBody{Category: "user_input", Code: "case", Message: clean(err.Error()), Exit: exitFailure}})
		default:
			if !report.Valid {
				invalid++
			}
			a.out.object(caseAnswer{id, report})
		}
	}
	if err := in.Err(); err != nil {
		return fileFault(err, "reading the cases")
	}
	switch {
	case unreadable > 0:
		return silent{exitFailure}
	case invalid > 0:
		return silent{exitInvalid}
	}
	return nil
}

// explainCaseLine explains one line. id is JSON null where the line has none.
func explainCaseLine(ctx context.Context, line []byte) (id json.RawMessage, report forensics.Report, err error) {
	id = json.RawMessage("null")
	var c explainCase
	if err := json.Unmarshal(line, &c); err != nil {
		return id, report, fmt.Errorf("the line is not a JSON object with id, body_b64, signature and keys: %w", err)
	}
	if len(c.ID) > 0 {
		id = c.ID
	}
	if c.Body == nil {
		return id, report, fmt.Errorf("body_b64 is missing")
	}
	body, err := base64.StdEncoding.DecodeString(*c.Body)
	if err != nil {
		return id, report, fmt.Errorf("body_b64: %w", err)
	}
	if len(c.Keys) == 0 {
		return id, report, fmt.Errorf("keys is empty: the first key is the expected one")
	}
	var ring keys.Ring
	for i, text := range c.Keys {
		pub, err := keys.InspectPublic([]byte(text))
		if err != nil {
			return id, report, fmt.Errorf("key %d: %w", i+1, err)
		}
		ring = append(ring, keys.Known{Name: fmt.Sprintf("key %d", i+1), Public: pub.Key})
	}
	return id, forensics.Explain(ctx, forensics.Evidence{Body: body, BodyKnown: true, Signature: c.Signature,
		Expected: ring[0], Ring: ring[1:]}), nil
}
