package keyring

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// publicPEM is a key as Pike's manager needs it.
func publicPEM(r *row) string {
	if r.Public == nil {
		return ""
	}
	text, err := keys.EncodePublic(r.Public)
	if err != nil {
		return ""
	}
	return string(text)
}

// showPublic shows the public half to be read and copied.
func showPublic(r *row) tea.Cmd {
	text := publicPEM(r)
	lines := append(strings.Split(strings.TrimSpace(text), "\n"), "", "fingerprint  "+string(r.Fingerprint),
		"Pike's manager needs the text from BEGIN to END. Tell the fingerprint by another way, so that both sides can compare.")
	cp := copyPublic(r)
	return page.AskFor(&widget.Reader{Title: "the public half of " + widget.Clean(r.Name), Lines: lines, Copy: func() tea.Cmd { return cp }})
}

// copyPublic copies the public half.
func copyPublic(r *row) tea.Cmd {
	text := publicPEM(r)
	if text == "" {
		return page.Say(page.Warning, "the public half cannot be read")
	}
	return page.CopyText("the public half of "+widget.Clean(r.Name), text)
}

// copyMenu offers what else can be copied of a key. Private halves are not among it.
func copyMenu(r *row) tea.Cmd {
	off := ""
	if r.Public == nil {
		off = "it cannot be read"
	}
	file := ""
	if r.File == "" {
		file = "it is in no file of its own"
	}
	return page.AskFor(&widget.Menu{Title: "copy", Items: []widget.Item{
		{Title: "public half", Detail: "PEM, for Pike's manager", Off: off, Then: copyPublic(r)},
		{Title: "fingerprint", Detail: "64 hex digits", Off: off, Then: page.CopyText("the fingerprint", string(r.Fingerprint))},
		{Title: "path", Detail: r.File, Off: file, Then: page.CopyText("the path", r.File)},
		{
			Title: "openssl command", Detail: "that prints the fingerprint", Off: file,
			Then: page.CopyText("the openssl command", fingerprintCommand(r)),
		},
	}})
}

// fingerprintCommand prints the same fingerprint with openssl.
func fingerprintCommand(r *row) string {
	in := "openssl pkey -pubin -in "
	if r.Role == keys.RoleOwn {
		in = "openssl pkey -pubout -in "
	}
	return in + quote(r.File) + " -outform DER | openssl dgst -sha256"
}

// quote writes a path for a shell.
func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }

// askDoctor asks which file the doctor shall look at.
func (m *Model) askDoctor() tea.Cmd {
	stamp := m.deps.Stamps.Now()
	value := ""
	if r, ok := m.table.Current(); ok {
		value = r.File
	}
	return page.AskFor(&widget.Prompt{
		Title: "doctor", Text: []string{"Says what a file is, what is wrong with it as a key, and how to convert it. It is only read."},
		Label: "Path:", Value: value, Yes: "examine",
		Then: func(path string) tea.Cmd { return examine(stamp, path) },
	})
}

func (m *Model) onExamined(msg examined) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, msg.err.Error())
	}
	text := diagnosisLines(msg.diagnosis)
	return page.AskFor(&widget.Reader{Title: "doctor", Lines: text, Copy: func() tea.Cmd {
		return page.CopyText("the diagnosis", strings.Join(text, "\n")+"\n")
	}})
}

// diagnosisLines writes a diagnosis for people.
func diagnosisLines(d keys.Diagnosis) []string {
	out := []string{d.Name, "", d.Sentence}
	if d.UsableAs != "" {
		out = append(out, "It can be used as the "+d.UsableAs+" key, as it is.")
	} else {
		out = append(out, "It cannot be used as it is.")
	}
	if d.Fingerprint != "" {
		out = append(out, "", "fingerprint  "+string(d.Fingerprint))
	}
	if d.Exponent != "" {
		out = append(out, "exponent     "+d.Exponent)
	}
	fixes := d.Fixes()
	for i, p := range d.Problems {
		word := "note: "
		if p.Refused {
			word = "problem: "
		}
		out = append(out, "", word+p.Sentence)
		if fixes[i] != "" {
			out = append(out, "  "+fixes[i])
		}
	}
	if d.Convert != "" {
		head := "convert:"
		if d.UsableAs == "private" {
			head = "its public half:"
		}
		out = append(out, "", head, "  "+d.Convert)
	}
	return out
}

// askPair asks for two halves, to compare them.
func (m *Model) askPair() tea.Cmd {
	private, public := "", ""
	if r, ok := m.table.Current(); ok {
		if r.Role == keys.RoleOwn {
			private = r.File
		} else {
			public = r.File
		}
	}
	if private != "" {
		public = publicPath(private)
	}
	stamp := m.deps.Stamps.Now()
	second := func(private string) tea.Cmd {
		return page.AskFor(&widget.Prompt{
			Title: "do they fit?", Text: []string{"And the public key that it shall fit?"}, Label: "Public:", Value: public, Yes: "compare",
			Then: func(public string) tea.Cmd { return comparePair(stamp, private, public) },
		})
	}
	return page.AskFor(&widget.Prompt{
		Title: "do they fit?", Text: []string{"Which private key? It is read and compared, nothing else."}, Label: "Private:", Value: private, Yes: "next",
		Then: second,
	})
}

func (m *Model) onCompared(msg compared) tea.Cmd {
	if msg.err != nil {
		return page.AskFor(&widget.Reader{Title: "do they fit?", Lines: []string{"No: they could not be found to fit.", "", msg.err.Error()}})
	}
	return page.AskFor(&widget.Reader{Title: "do they fit?", Lines: []string{
		"Yes: the two halves belong together.", "", "private      " + msg.private, "public       " + msg.public, "fingerprint  " + string(msg.fingerprint),
	}})
}

// askTrust asks for the environment of a key of Pike, then for the key.
func (m *Model) askTrust() tea.Cmd {
	menu := &widget.Menu{Title: "a key of Pike", Text: []string{"For which environment? Pike has another key in each."}}
	for i, e := range m.envs {
		if e.Name == m.desk.Env.Name {
			menu.At = i
		}
		menu.Items = append(menu.Items, widget.Item{Title: e.Name, Detail: m.deps.Theme.Environment(string(e.Kind)).Text() + "  " + e.Project, Then: m.askOffer(e.Name)})
	}
	return page.AskFor(menu)
}

func (m *Model) askOffer(profile string) tea.Cmd {
	stamp := m.deps.Stamps.Now()
	return page.AskFor(&widget.Prompt{
		Title: "a key of Pike for " + profile,
		Text:  []string{"The path of the public key that Pike's manager gave you, or the key itself, pasted from BEGIN to END. Nothing is trusted yet."},
		Label: "Key:", Yes: "look at it",
		Then: func(typed string) tea.Cmd { return readOffer(stamp, profile, typed) },
	})
}

// onOffered shows the fingerprint and asks whether the key shall be trusted.
func (m *Model) onOffered(msg offered) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, "not trusted: "+msg.err.Error())
	}
	f := keys.FingerprintOf(msg.pub.Key)
	warn := append([]string(nil), msg.pub.Warnings...)
	name := fmt.Sprintf("Pike's %s key", msg.profile)
	for _, r := range m.rows {
		switch {
		case r.Fingerprint == f && r.Role != keys.RolePike:
			return page.Say(page.Failure, "not trusted: this is "+widget.Clean(r.Name)+", a key of your own")
		case r.Fingerprint == f && r.Environment == msg.profile:
			return page.Say(page.Info, widget.Clean(r.Name)+" is trusted in "+msg.profile+" already")
		case r.Fingerprint == f:
			warn = append(warn, "the same key is trusted in "+r.Environment+": Pike should have another one in each environment")
		case r.Environment == msg.profile && r.Name == name:
			name += " " + f.Short()
		}
	}
	where := msg.where
	if where != "the pasted text" {
		where = filepath.Base(where)
	}
	return page.AskFor(&widget.Confirm{
		Title: "trust this key?",
		Text: []string{
			fmt.Sprintf("Trust the key of %s as Pike's in %s? Whoever holds its private half can send notifications that are believed.", widget.Clean(where), msg.profile),
			fmt.Sprintf("RSA-%d, %s", msg.pub.Key.N.BitLen(), msg.pub.Form),
			"fingerprint  " + spaced(string(f)),
			"Compare it with what Pike's manager says by another way than the one by which the key came.",
		},
		Warn: warn, Yes: "Trust it",
		Then: trust(m.deps.Stamps.Now(), m.store, msg.profile, name, msg.pub.Key),
	})
}

// spaced groups a fingerprint by eight digits, to be read aloud.
func spaced(f string) string {
	var parts []string
	for part := range slices.Chunk([]byte(f), 8) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, " ")
}
