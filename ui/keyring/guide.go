package keyring

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// guide is the way into the demo environment, step by step.
type guide struct {
	open    bool
	cursor  int
	profile string // the environment that the last new pair was made for
	wait    page.Wait
	tested  bool
	said    string // what the test call found out
}

// arrive forgets what was found out in another environment.
func (g *guide) arrive() { g.tested, g.said, g.wait = false, "", page.Wait{} }

// handedKept is where it is kept that the public half was handed over.
const handedKept = "keyring.handed."

// step is one step: what to do, whether it is done, what is known of it, and what enter does.
type step struct {
	title, detail string
	done          bool
	does          string // what enter does
	off           string // why it cannot be done now
	act           func() tea.Cmd
}

// guideEnv is the environment of the guide: the demo profile that is in use, else the first one.
func (m *Model) guideEnv() page.EnvInfo {
	found := page.EnvInfo{Name: "demo", Kind: pikeapi.Demo}
	here := m.deps.Desk.At().Env.Name
	for i := len(m.envs) - 1; i >= 0; i-- {
		if e := m.envs[i]; e.Kind == pikeapi.Demo && (found.Name != here || e.Name == here) {
			found = e
		}
	}
	return found
}

// of returns the keys of a role in an environment that can be used.
func (m *Model) of(environment string, role keys.Role) []row {
	var out []row
	for _, r := range m.rows {
		if r.Environment == environment && r.Role == role && r.Problem == "" && r.Public != nil {
			out = append(out, r)
		}
	}
	return out
}

// steps says how far the way is.
func (m *Model) steps() []step {
	e := m.guideEnv()
	save := ""
	if m.store == nil {
		save = "there are no settings to write to"
	}
	return []step{m.projectStep(e, save), m.pairStep(e), m.handStep(e), m.pikeStep(e, save), m.testStep(e)}
}

func (m *Model) projectStep(e page.EnvInfo, save string) step {
	out := step{title: "the project", done: e.Project != "", detail: "project " + e.Project, does: "name it", off: save, act: func() tea.Cmd {
		return page.AskFor(&widget.Prompt{
			Title: "the project of " + e.Name, Text: []string{"Pike's manager gives every partner a project. It goes with each request as X-PARTNER-PROJECT."},
			Label: "Project:", Value: e.Project, Yes: "keep",
			Then: func(typed string) tea.Cmd {
				return setProject(m.deps.Stamps.Now(), m.store, e.Name, strings.TrimSpace(typed))
			},
		})
	}}
	if !out.done {
		out.detail = "ask Pike's manager which project is yours, and name it here"
	}
	return out
}

func (m *Model) pairStep(e page.EnvInfo) step {
	out := step{title: "your key pair", does: "make one", act: func() tea.Cmd { return m.askPairSource(e.Name) }}
	own := m.of(e.Name, keys.RoleOwn)
	if out.done = len(own) > 0; out.done {
		out.detail = fmt.Sprintf("%s, %s, %s", own[0].Fingerprint.Short(), size(own[0].Bits), own[0].Where)
		return out
	}
	out.detail = "the private half stays with you and signs; the public half goes to Pike"
	for _, r := range m.rows {
		if r.Environment == e.Name && r.Role == keys.RoleOwn && r.Problem != "" {
			out.detail = r.Problem
		}
	}
	return out
}

// askPairSource asks whether to make a pair, or to use one that is there.
func (m *Model) askPairSource(profile string) tea.Cmd {
	off := ""
	if m.store == nil {
		off = "there are no settings to write to"
	}
	stamp, others := m.deps.Stamps.Now(), m.others(profile)
	use := page.AskFor(&widget.Prompt{
		Title: "the signing key of " + profile, Text: []string{"The path of a private key. The file stays where it is and as it is."}, Label: "Path:", Yes: "use it",
		Then: func(path string) tea.Cmd { return useKey(stamp, m.store, profile, path, others) },
	})
	return page.AskFor(&widget.Menu{Title: "your key pair", Items: []widget.Item{
		{Title: "make a new pair", Then: m.askSize(profile)},
		{Title: "use a private key that is there", Off: off, Then: use},
	}})
}

// others returns the own keys of environments of the other kind: they must not be used in this one.
func (m *Model) others(profile string) []row {
	kind := pikeapi.EnvKind("")
	for _, e := range m.envs {
		if e.Name == profile {
			kind = e.Kind
		}
	}
	var out []row
	for _, r := range m.rows {
		if r.Role != keys.RolePike && r.Environment != profile && r.Kind != kind {
			out = append(out, r)
		}
	}
	return out
}

func (m *Model) handStep(e page.EnvInfo) step {
	own := m.of(e.Name, keys.RoleOwn)
	out := step{title: "your public half to Pike's manager", does: "show it", detail: "show it, copy it, and hand it over with its fingerprint"}
	if len(own) == 0 {
		out.off = "there is no key pair yet"
		return out
	}
	handed := ""
	if m.deps.Settings != nil {
		handed = m.deps.Settings.Kept(handedKept + e.Name)
	}
	if out.done = handed == string(own[0].Fingerprint); out.done {
		out.detail = "handed over, as you said: " + own[0].Fingerprint.Short()
	}
	first := own[0]
	out.act = func() tea.Cmd {
		menu := &widget.Menu{Title: "your public half", Items: []widget.Item{
			{Title: "show it", Then: showPublic(&first)}, {Title: "copy it", Then: copyPublic(&first)},
		}}
		if m.deps.Settings != nil {
			menu.Items = append(menu.Items, widget.Item{Title: "I have handed it over", Detail: "marks this step as done", Then: keep(m.deps.Settings, handedKept+e.Name, string(first.Fingerprint))})
		}
		return page.AskFor(menu)
	}
	return out
}

func (m *Model) pikeStep(e page.EnvInfo, save string) step {
	pike := m.of(e.Name, keys.RolePike)
	out := step{title: "Pike's public key", does: "add one", off: save, act: func() tea.Cmd { return m.askOffer(e.Name) }}
	if out.done = len(pike) > 0; out.done {
		names := make([]string, len(pike))
		for i, k := range pike {
			names[i] = k.Name + " " + k.Fingerprint.Short()
		}
		out.detail = strings.Join(names, ", ")
	} else {
		out.detail = "Pike's manager gives it to you; with it notifications are verified"
	}
	return out
}

func (m *Model) testStep(e page.EnvInfo) step {
	out := step{title: "a signed test call", done: m.guide.tested, does: "send it", detail: "asks for a session that does not exist: it changes nothing, and needs a good signature"}
	if m.guide.said != "" {
		out.detail = m.guide.said
	}
	switch {
	case m.desk.Env.Name != e.Name:
		out.off = "switch to " + e.Name + " first: " + m.deps.Keys.Global.Environments.Label()
	case m.guide.wait.What != "":
		out.off = "waiting for " + m.guide.wait.What
	}
	out.act = func() tea.Cmd {
		now := m.deps.Now()
		m.guide.wait = page.Wait{What: "Pike's answer", Since: now, Deadline: now.Add(callTime)}
		return testCall(m.deps.Stamps.Now(), m.desk)
	}
	return out
}

func (m *Model) onTested(msg tested) tea.Cmd {
	m.guide.wait = page.Wait{}
	m.guide.tested, m.guide.said = msg.ok, msg.said
	if msg.ok {
		return page.Say(page.Success, msg.said)
	}
	return page.Say(page.Failure, msg.said)
}

// firstOpenStep is the first step that is not done.
func (m *Model) firstOpenStep() int {
	steps := m.steps()
	for i, s := range steps {
		if !s.done {
			return i
		}
	}
	return len(steps) - 1
}

func (m *Model) guideKey(msg tea.KeyMsg) tea.Cmd {
	k, steps := m.deps.Keys, m.steps()
	switch {
	case k.Move.Up.Matches(msg):
		m.guide.cursor = max(0, m.guide.cursor-1)
	case k.Move.Down.Matches(msg):
		m.guide.cursor = min(len(steps)-1, m.guide.cursor+1)
	case k.Move.Top.Matches(msg):
		m.guide.cursor = 0
	case k.Move.Bottom.Matches(msg):
		m.guide.cursor = len(steps) - 1
	case k.List.Open.Matches(msg):
		if s := steps[m.guide.cursor]; s.off == "" {
			return s.act()
		}
	}
	return nil
}

func (m *Model) guideHelp() []page.Hint {
	k := m.deps.Keys
	s := m.steps()[m.guide.cursor]
	return append([]page.Hint{{Key: k.List.Open, Name: s.does, Off: s.off}, {Key: k.Keyring.Guide, Name: "keys"}},
		page.Rarely(k.Move.Up, k.Move.Down)...)
}

// guideView draws the steps.
func (m *Model) guideView() string {
	t := m.deps.Theme
	steps := m.steps()
	done := 0
	for _, s := range steps {
		if s.done {
			done++
		}
	}
	head := widget.Ends(" "+t.Title.Paint("Keys "+t.Glyphs.Crumb+" first steps into "+widget.Clean(m.guideEnv().Name)), t.Dim.Paint(fmt.Sprintf("%d of %d done", done, len(steps)))+" ", m.w)
	roomy := m.h >= 2+3*len(steps)
	var lines []string
	at := 0
	for i, s := range steps {
		if roomy {
			lines = append(lines, "")
		}
		if i == m.guide.cursor {
			at = len(lines)
		}
		lines = append(lines, m.stepLines(i, s)...)
	}
	room := max(0, m.h-1)
	top := max(0, min(at-room/2, len(lines)-room))
	return widget.FitLines(append([]string{head}, lines[top:]...), m.w, m.h)
}

func (m *Model) stepLines(i int, s step) []string {
	t := m.deps.Theme
	mark, pointer, ink := t.Dim.Paint(t.Glyphs.Created), "  ", t.Text
	if s.done {
		mark = t.Good.Paint(t.Glyphs.Done)
	}
	if i == m.guide.cursor {
		pointer, ink = t.Accent.Paint(t.Glyphs.Cursor)+" ", t.Strong
	}
	does := t.Dim.Paint(m.deps.Keys.List.Open.Label() + " " + s.does)
	if s.off != "" {
		does = t.Dim.Paint(widget.Cut(s.off, max(0, m.w/2)))
	}
	if i != m.guide.cursor {
		does = ""
	}
	out := []string{widget.Ends(fmt.Sprintf(" %s%s %d  %s", pointer, mark, i+1, ink.Paint(s.title)), does+" ", m.w)}
	for _, l := range widget.Wrap(widget.Clean(s.detail), max(8, m.w-11)) {
		out = append(out, "        "+t.Dim.Paint(l))
	}
	return out
}
