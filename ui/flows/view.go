package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pikedash/pikeapi"
	"pikedash/pikeapi/flow"
	"pikedash/ui/widget"
)

// View implements page.Page.
func (m *Model) View() string {
	list, steps := m.split()
	var boxes []string
	if list > 0 {
		head := m.head()
		boxes = append(boxes, widget.FitLines(head, m.w, min(len(head), list)), widget.Fit(m.table.View(m.now), m.w, max(0, list-len(head))))
	}
	if steps > 0 {
		boxes = append(boxes, m.stepsView(steps))
	}
	return widget.Fit(widget.Below(boxes...), m.w, m.h)
}

// mostProblems is how many lines the mistakes in flow files take.
const mostProblems = 4

// head says where flows run and how they ended, and which files are broken.
func (m *Model) head() []string {
	t := m.deps.Theme
	where, short := "each in a private sandbox; its clock is moved, not waited for", "each in a private sandbox"
	switch {
	case m.desk.Live():
		where, short = "flows do not run against live", "not against live"
	case m.desk.Kind() == string(pikeapi.Demo):
		where, short = "against Pike's demo server; flows that need test controls are skipped", "against Pike's demo server"
	}
	left, right := " "+t.Title.Paint("Flows"), m.tally()
	for _, text := range []string{where, short} {
		if full := left + "   " + t.Dim.Paint(text); widget.Width(full)+1+widget.Width(right) <= m.w {
			left = full
			break
		}
	}
	lines := []string{widget.Ends(left, right, m.w)}
	if m.problem == "" {
		return lines
	}
	for _, problem := range strings.Split(m.problem, "\n") {
		for _, l := range widget.Wrap(t.Glyphs.Failed+" "+widget.Clean(problem), max(8, m.w-2)) {
			lines = append(lines, " "+t.Bad.Paint(l))
		}
	}
	return lines[:min(len(lines), 1+mostProblems, max(1, m.h/3))]
}

// tally counts what is to run and how the runs ended.
func (m *Model) tally() string {
	t := m.deps.Theme
	passed, failed, skipped := m.counts()
	right := ""
	if n := len(m.running) + len(m.queue); n > 0 {
		right = t.Moves.Paint(fmt.Sprintf("%s %d to run  ", t.Glyphs.Moving, n))
	}
	if passed > 0 {
		right += t.Good.Paint(fmt.Sprintf("%s %d passed  ", t.Glyphs.Done, passed))
	}
	if failed > 0 {
		right += t.Bad.Paint(fmt.Sprintf("%s %d failed  ", t.Glyphs.Failed, failed))
	}
	if skipped > 0 {
		right += t.Dim.Paint(fmt.Sprintf("%s %d skipped  ", t.Glyphs.Cancelled, skipped))
	}
	return right
}

func (m *Model) columns() []widget.Column[row] {
	t := m.deps.Theme
	return []widget.Column[row]{
		{Key: "name", Title: "FLOW", Width: 25, Cell: func(r *row) widget.Cell { return widget.Cell{Text: r.flow.Name} }},
		{Key: "result", Title: "RESULT", Width: 15, Cell: func(r *row) widget.Cell { return m.verdict(r.flow) }},
		{Key: "took", Title: "TOOK", Width: 8, Priority: 3, Align: widget.Right, Cell: func(r *row) widget.Cell {
			return widget.Cell{Text: m.took(r.flow), Ink: t.Dim}
		}},
		{Key: "steps", Title: "STEPS", Width: 5, Priority: 4, Align: widget.Right, Cell: func(r *row) widget.Cell {
			return widget.Cell{Text: fmt.Sprint(len(r.flow.Steps)), Ink: t.Dim}
		}},
		{Key: "api", Title: "API", Width: 6, Priority: 2, Cell: func(r *row) widget.Cell {
			var v []string
			for _, version := range r.flow.RunVersions() {
				v = append(v, version.String())
			}
			return widget.Cell{Text: strings.Join(v, " "), Ink: t.Dim}
		}},
		{Key: "title", Title: "WHAT IT SHOWS", Width: 20, Flex: 1, Priority: 1, Cell: func(r *row) widget.Cell { return widget.Cell{Text: r.flow.Title} }},
	}
}

// verdict is the worst of a flow's versions.
func (m *Model) verdict(f *flow.Flow) widget.Cell {
	t := m.deps.Theme
	passed, ran := 0, 0
	for _, v := range f.RunVersions() {
		j := job{f.Name, v}
		if _, ok := m.running[j]; ok {
			return widget.Cell{Text: fmt.Sprintf("%s step %d of %d", t.Glyphs.Moving, m.reached[j].Index+1, len(f.Steps)), Ink: t.Moves}
		}
		if slices.Contains(m.queue, j) {
			return widget.Cell{Text: t.Glyphs.Created + " waits", Ink: t.Moves}
		}
		r, ok := m.results[j]
		switch {
		case !ok:
			continue
		case r.Verdict == flow.Failed:
			return widget.Cell{Text: t.Glyphs.Failed + " failed in " + v.String(), Ink: t.Bad}
		case r.Verdict == flow.Passed:
			passed++
		}
		ran++
	}
	switch {
	case ran == 0:
		return widget.Cell{Text: t.Glyphs.Created + " not run", Ink: t.Dim}
	case passed == 0:
		return widget.Cell{Text: t.Glyphs.Cancelled + " skipped", Ink: t.Dim}
	}
	return widget.Cell{Text: t.Glyphs.Done + " passed", Ink: t.Good}
}

func (m *Model) took(f *flow.Flow) string {
	var sum time.Duration
	for _, v := range f.RunVersions() {
		sum += m.results[job{f.Name, v}].Took
	}
	if sum == 0 {
		return ""
	}
	return widget.Span(sum)
}

// stepsView draws the chosen flow: what it is about, its steps, and where it left the path.
func (m *Model) stepsView(h int) string {
	t := m.deps.Theme
	f, ok := m.chosen()
	if !ok {
		return widget.FitLines(nil, m.w, h)
	}
	head := []string{widget.Rule(t, f.Name, m.w)}
	for _, l := range widget.Wrap(strings.Join(strings.Fields(widget.Clean(strings.ReplaceAll(f.About, "\n", " "))), " "), max(8, m.w-4)) {
		head = append(head, "  "+t.Dim.Paint(l))
	}
	lines := m.lines()
	body, at := m.plan(), m.cursor
	if len(lines) > 0 {
		body, at = m.stepLines(lines)
	} else if m.steps && at < len(body) {
		body[at] = t.Accent.Paint(t.Glyphs.Cursor) + strings.TrimPrefix(body[at], " ")
	}
	if list, _ := m.split(); list > 0 {
		head = append(head, "")
	}
	room := max(1, h-len(head))
	top := max(0, min(at-room/2, len(body)-room))
	return widget.FitLines(append(head, body[top:]...), m.w, h)
}

// plan lists the steps of the chosen flow before it ran, each with what it expects.
func (m *Model) plan() []string {
	f, ok := m.chosen()
	if !ok {
		return nil
	}
	var out []string
	for i := range f.Steps {
		s := &f.Steps[i]
		var expects []string
		for _, path := range slices.Sorted(maps.Keys(s.Expect)) {
			expects = append(expects, fmt.Sprintf("%s = %v", path, s.Expect[path]))
		}
		out = append(out, fmt.Sprintf("  %2d  %s  %s", i+1, widget.Pad(widget.Clean(s.Label()), 26), m.deps.Theme.Dim.Paint(widget.Clean(strings.Join(expects, ", ")))))
	}
	return out
}

// stepLines draws the steps, with the differences beneath, and returns the line of the cursor.
func (m *Model) stepLines(lines []line) (out []string, at int) {
	t := m.deps.Theme
	for i, l := range lines {
		mark := "  "
		if m.steps && i == m.cursor {
			mark, at = t.Accent.Paint(t.Glyphs.Cursor)+" ", len(out)
		}
		sign := map[flow.Verdict]string{
			flow.Passed: t.Good.Paint(t.Glyphs.Done + " passed "), flow.Failed: t.Bad.Paint(t.Glyphs.Failed + " failed "),
			flow.Skipped: t.Dim.Paint(t.Glyphs.Cancelled + " skipped"), flow.Running: t.Moves.Paint(t.Glyphs.Moving + " running"),
		}[l.step.Verdict]
		took := ""
		if l.step.Took > 0 {
			took = t.Dim.Paint("  " + widget.Span(l.step.Took))
		}
		out = append(out, fmt.Sprintf("%s%s  %s  %2d  %s%s", mark, t.Dim.Paint(l.version.String()), sign, l.step.Index+1, widget.Clean(l.step.Label), took))
		out = append(out, m.why(l.step.Err)...)
		for _, d := range l.step.Diffs {
			out = append(out,
				"                    "+widget.Clean(d.Path),
				"                      expected  "+t.Good.Paint(widget.Clean(d.Expected)),
				"                      seen      "+t.Bad.Paint(widget.Clean(d.Seen)))
		}
		out = append(out, m.why(l.step.Note)...)
	}
	return out, at
}

// why draws what went wrong beneath a step; nothing where nothing did.
func (m *Model) why(text string) []string {
	if text == "" {
		return nil
	}
	var out []string
	for _, e := range widget.Wrap(widget.Clean(text), max(8, m.w-24)) {
		out = append(out, "                    "+m.deps.Theme.Bad.Paint(e))
	}
	return out
}
