package signature

import (
	"fmt"
	"strings"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/ui/widget"
)

// words writes every finding in lines of at most w cells.
func (m *Model) words(w int) []string {
	r, t := m.report, m.deps.Theme
	if r == nil {
		return nil
	}
	var out []string
	add := func(indent, text string) {
		for _, l := range widget.CleanLines(text) {
			for _, part := range widget.Wrap(l, max(8, w-len(indent))) {
				out = append(out, indent+part)
			}
		}
	}
	for i, f := range r.Findings {
		if i > 0 {
			out = append(out, "")
		}
		out = append(out, t.Title.Paint(string(f.Code))+t.Dim.Paint("  "+string(f.Certainty)))
		add("  ", f.Evidence)
		if f.Fix != "" && !r.Valid {
			add("  ", "Fix: "+f.Fix)
		}
		if f.Repaired != "" {
			add("  ", "Written right: "+f.Repaired)
		}
		for _, l := range widget.CleanLines(f.Snippets[m.language()]) {
			if l != "" {
				out = append(out, "    "+t.String.Paint(widget.Cut(l, max(0, w-4))))
			}
		}
	}
	out = append(out, "")
	for _, l := range m.facts() {
		add("", l)
	}
	return out
}

// facts are the numbers of a report, in full.
func (m *Model) facts() []string {
	r := m.report
	body := "body       " + counted(m.subject.bytes)
	if m.subject.bodyFrom != "" {
		body += ", " + widget.Clean(m.subject.bodyFrom)
	}
	if !m.subject.known {
		body += ", masked: checked by its digest"
	}
	out := []string{body, "  sha256   " + r.Body.SHA256}
	if r.Signed.SHA256 != "" || r.Signed.Digest != "" {
		line := "signed     bytes that are not known"
		if r.Signed.Bytes >= 0 {
			line = "signed     " + counted(r.Signed.Bytes)
		}
		if r.Signed.Variant != "" {
			line += ", " + widget.Clean(r.Signed.Variant)
		}
		out = append(out, line)
		if r.Signed.SHA256 != "" {
			out = append(out, "  sha256   "+r.Signed.SHA256)
		} else {
			out = append(out, "  digest   "+r.Signed.Digest+" ("+r.Signed.Hash+")")
		}
	}
	if r.Key != nil {
		label := "key        "
		if !r.Valid && r.Signed.Scheme == "" {
			label = "expected   "
		}
		out = append(out, keyFact(label, r.Key), "  sha256   "+r.Key.Fingerprint)
	}
	if r.Expected != nil {
		out = append(out, keyFact("expected   ", r.Expected), "  sha256   "+r.Expected.Fingerprint)
	}
	if r.Signed.Scheme != "" {
		out = append(out, fmt.Sprintf("scheme     %s, %s", r.Signed.Scheme, r.Signed.Hash))
	}
	if !r.Valid {
		out = append(out, fmt.Sprintf("searched   %s keys, %s variants, %s known digests", widget.Thousands(r.Tried.Keys), widget.Thousands(r.Tried.Variants), widget.Thousands(r.Tried.Digests)))
	}
	for _, n := range append(append([]string(nil), m.subject.notes...), r.Notes...) {
		out = append(out, "note       "+widget.Clean(n))
	}
	return out
}

func keyFact(label string, k *forensics.KeyFacts) string {
	return fmt.Sprintf("%s%s, RSA-%d, fingerprint %s", label, widget.Clean(k.Name), k.Bits, keys.Fingerprint(k.Fingerprint).Short())
}

// reportText is the report as it is copied: for a ticket, without body and without signature.
func (m *Model) reportText() string {
	r := m.report
	var b strings.Builder
	line := func(s string) { b.WriteString(strings.TrimRight(s, " ") + "\n") }
	if r.Valid {
		line("VALID  " + m.validText())
	} else {
		line("INVALID  " + masked(r.Summary))
	}
	line("")
	for _, f := range m.facts() {
		line(f)
	}
	if r.Valid {
		return b.String()
	}
	for _, f := range r.Findings {
		line("")
		line(fmt.Sprintf("%s (%s)", f.Code, f.Certainty))
		line("  " + masked(f.Evidence))
		if f.Fix != "" {
			line("  Fix: " + f.Fix)
		}
		for _, l := range strings.Split(f.Snippets[m.language()], "\n") {
			line("    " + l)
		}
	}
	return b.String()
}
