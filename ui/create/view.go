package create

import (
	"errors"
	"fmt"
	"strings"

	"pikedash/pikeapi"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// View implements page.Page.
func (m *Model) View() string {
	_, right, body := m.boxes()
	foot := m.footLine()
	var middle string
	switch {
	case m.last != nil:
		middle = widget.FitLines(m.outcomeLines(m.w-4), m.w, body)
	case m.wide():
		middle = widget.Beside(widget.Beside(m.form.View(), widget.FitLines(nil, 2, body)), m.previewView(right, body))
	case m.preview:
		middle = m.previewView(m.w, body)
	default:
		middle = m.form.View()
	}
	return widget.Fit(widget.Below(m.headLine(), middle, foot), m.w, m.h)
}

// headLine names the request, its path and the version.
func (m *Model) headLine() string {
	t := m.deps.Theme
	title := " " + t.Title.Paint("New "+titleOf(m.method)) + "   " + t.Dim.Paint(m.method)
	versions := ""
	for _, v := range page.Versions() {
		word := " " + v.String() + " "
		if v == m.version {
			word = t.Strong.Paint("[" + v.String() + "]")
		}
		versions += word
	}
	return widget.Ends(title, versions+" ", m.w)
}

// footLine says what is signed: count, digest, key.
func (m *Model) footLine() string {
	t := m.deps.Theme
	switch {
	case !m.sending.IsZero():
		wait := widget.WaitText("Pike's answer", m.sending, m.sending.Add(page.SendTimeout), m.now)
		return widget.Ends("  "+t.Moves.Paint(wait), "", m.w)
	case m.problem != "":
		return widget.Ends("  "+t.Bad.Paint(t.Glyphs.Failed+" "+widget.Clean(m.problem)), "", m.w)
	case m.prepared == nil:
		return widget.Ends("  "+t.Dim.Paint("signing…"), "", m.w)
	}
	p := m.prepared
	text := fmt.Sprintf("%d bytes   sha256 %s   signed by %s ", len(p.Body), p.Digest.Short(), m.deps.Desk.At().KeyShort())
	note := ""
	if m.edited != nil {
		note = "  the body was edited by hand"
	} else if masked(p) && (m.wide() || m.preview) {
		note = "  protected data is masked on screen only"
	}
	return widget.Ends(t.Dim.Paint(note), t.Dim.Paint(text), m.w)
}

// previewView draws what will be sent, in w by h cells.
func (m *Model) previewView(w, h int) string {
	t := m.deps.Theme
	lines := []string{t.Header.Paint("What will be sent")}
	if m.prepared == nil {
		return widget.FitLines(lines, w, h)
	}
	p := m.prepared
	lines = append(lines, t.Dim.Paint("POST ")+widget.Clean(p.URL))
	for _, name := range []string{pikeapi.HeaderProject, pikeapi.HeaderSubmerchant, pikeapi.HeaderKey, pikeapi.HeaderSign} {
		if v := p.Header.Get(name); v != "" {
			room := max(8, w-29)
			lines = append(lines, t.Dim.Paint(widget.Pad(strings.ToUpper(name), 27))+" "+widget.CutMiddle(widget.Clean(v), room))
		}
	}
	lines = append(lines, "")
	body, _ := pikeapi.MaskJSON(p.Body)
	for _, line := range widget.CleanLines(string(body)) {
		for _, part := range widget.Wrap(line, max(8, w-1)) {
			lines = append(lines, m.light(part))
		}
	}
	if warning := m.wrongNames(p.Body); warning != "" {
		lines = append(lines, "")
		for _, part := range widget.Wrap(warning, max(8, w-1)) {
			lines = append(lines, t.Wait.Paint(part))
		}
	}
	return widget.FitLines(lines, w, h)
}

// The words whose spelling depends on the version.
func versionWords(v pikeapi.Version) []string {
	if v == pikeapi.V1 {
		return []string{"payment_method", "acquiring_payments"}
	}
	return []string{"payout_details", "payout_list", "payment_list"}
}

// light paints the version's words for a second after a change.
func (m *Model) light(line string) string {
	if !m.now.Before(m.lit) {
		return line
	}
	for _, word := range versionWords(m.version) {
		line = strings.ReplaceAll(line, word, m.deps.Theme.Lit.Paint(word))
	}
	return line
}

// wrongNames warns of names of the other version in a body that was edited by hand.
func (m *Model) wrongNames(body []byte) string {
	if m.edited == nil {
		return ""
	}
	for _, word := range versionWords(other(m.version)) {
		if strings.Contains(string(body), `"`+word+`"`) {
			return fmt.Sprintf("%q is a name of %s, and this goes to %s.", word, other(m.version), m.version)
		}
	}
	return ""
}

// outcomeLines tells of a request that was not accepted. The form keeps what was typed.
func (m *Model) outcomeLines(w int) []string {
	t, r := m.deps.Theme, m.last
	s := r.Prepared.Summary
	what := r.Prepared.Method.Name
	if s.Amount != nil {
		what = s.Amount.Format() + " to " + s.Target
	}
	head := t.Outcome(string(r.Outcome)).String() + "   " + t.Strong.Paint(widget.Clean(what)) +
		"   " + t.Dim.Paint(r.Started.Local().Format("15:04:05"))
	lines := []string{"", "  " + head, ""}
	add := func(text string) {
		for _, l := range widget.Wrap(widget.Clean(text), max(8, w)) {
			lines = append(lines, "  "+l)
		}
	}
	if r.Err != nil {
		add(r.Err.Error())
	}
	var refused *pikeapi.APIError
	if errors.As(r.Err, &refused) && refused.Advice != "" {
		add(refused.Advice)
	}
	k := m.deps.Keys
	back := k.Global.Back.Label() + " goes back to the form, which kept what you typed."
	switch r.Outcome {
	case pikeapi.Unknown:
		lines = append(lines, "")
		add("It may have been carried out. Do not send it anew: nothing like it can be sent until this is settled.")
		add(k.Global.Unknown.Label() + " lists what is unknown, with the ways to settle it.")
	case pikeapi.NotSent:
		lines = append(lines, "")
		var blocked *pikeapi.BlockedError
		if !errors.As(r.Err, &blocked) {
			add("Not one byte of it reached the server, so it can be sent again.")
		} else if blocked.Rule == pikeapi.RuleLookalike {
			add("Nothing was sent. " + k.Global.Unknown.Label() + " shows the earlier one, with the ways to settle it.")
		} else {
			add("Nothing was sent.")
		}
	case pikeapi.Refused, pikeapi.Accepted:
	}
	lines = append(lines, "")
	add(back)
	return lines
}
