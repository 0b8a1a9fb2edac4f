package signature

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// askPath asks for a path, then reads.
func (m *Model) askPath(title, text string, read func(page.Stamp, string) tea.Cmd) tea.Cmd {
	stamp := m.deps.Stamps.Now()
	return page.AskFor(&widget.Prompt{
		Title: title, Text: []string{text}, Label: "Path:", Yes: "read",
		Then: func(path string) tea.Cmd { return read(stamp, path) },
	})
}

// chooseKey says which key should have signed; without a fingerprint it is found by itself.
type chooseKey struct{ fingerprint keys.Fingerprint }

// askKey offers every key that is known, and files.
func (m *Model) askKey() tea.Cmd {
	prompt := m.askPath("key file", "A public key, or a private one of which only the public half is used.", readKey)
	items := []widget.Item{
		{Title: "find it", Detail: "the key of this environment that fits", Then: page.Send(chooseKey{})},
		{Title: "a file", Detail: "a public key that is in no profile", Then: prompt},
	}
	seen := map[keys.Fingerprint]bool{}
	for _, k := range m.ring {
		f := keys.FingerprintOf(k.Public)
		if seen[f] {
			continue
		}
		seen[f] = true
		items = append(items, widget.Item{
			Title: describeKey(k), Detail: fmt.Sprintf("%s  RSA-%d", f.Short(), k.Public.N.BitLen()), Then: page.Send(chooseKey{f}),
		})
	}
	return page.AskFor(&widget.Menu{Title: "the key that should have signed", Items: items, Search: true})
}

func (m *Model) onMenu(msg menuRead) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, "the journal could not be read: "+msg.err.Error())
	}
	menu := &widget.Menu{Title: "what to inspect", Search: true, Empty: "nothing was sent or received yet"}
	for _, w := range msg.webhooks {
		menu.Items = append(menu.Items, widget.Item{
			Title:  fmt.Sprintf("webhook %d  %s", w.ID, w.Type),
			Detail: fmt.Sprintf("%s  %s  %d bytes  %s", widget.Stamp(w.Received, m.deps.Now(), false), m.deps.Theme.Webhook(string(w.Badge)).Text(), w.Bytes, w.SessionID),
			Then:   page.Send(openRecord{record{webhookRecord, w.ID}}),
		})
	}
	for _, x := range msg.exchanges {
		menu.Items = append(menu.Items, widget.Item{
			Title:  fmt.Sprintf("exchange %d  %s", x.ID, x.Method),
			Detail: fmt.Sprintf("%s  %s  %d bytes  %s", widget.Stamp(x.Started, m.deps.Now(), false), m.deps.Theme.Outcome(string(x.Outcome)).Text(), x.RequestBytes, x.SessionID),
			Then:   page.Send(openRecord{record{exchangeRecord, x.ID}}),
		})
	}
	return page.AskFor(menu)
}

// showOpenSSL shows the same check as commands.
func (m *Model) showOpenSSL() tea.Cmd {
	lines := []string{"Put the body into body.bin and the public key into public.pem:"}
	var text strings.Builder
	for _, c := range forensics.OpenSSL(m.subject.evidence(m.ring, m.expected)) {
		lines = append(lines, "", "# "+c.Purpose, c.Line)
		text.WriteString("# " + c.Purpose + "\n" + c.Line + "\n")
	}
	return page.AskFor(&widget.Reader{Title: "the same with openssl", Lines: lines, Copy: func() tea.Cmd {
		return page.CopyText("the openssl commands", text.String())
	}})
}
