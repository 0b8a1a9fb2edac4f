package signature

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

// brought brings a part of the evidence: what a file holds, what was pasted, what the editor wrote.
type brought struct {
	page.Stamp
	what   what
	from   string // for people
	path   string // of a file, to read it again
	data   []byte
	digest [32]byte // of a body
	notes  []string // what may have changed it on its way
	key    *keys.Known
	err    error
}

// take hashes a body that is here already, off the loop: it may be large.
func take(stamp page.Stamp, body []byte, from string, notes []string) tea.Cmd {
	return func() tea.Msg {
		return brought{Stamp: stamp, what: aBody, from: from, data: body, digest: sha256.Sum256(body), notes: notes}
	}
}

// readFile reads a body or a signature from a file.
func readFile(stamp page.Stamp, w what, path string) tea.Cmd {
	return func() tea.Msg {
		limit := int64(maxBody)
		if w == aSignature {
			limit = maxSigFile
		}
		out := brought{Stamp: stamp, what: w}
		if out.path, out.err = expand(path); out.err != nil {
			return out
		}
		out.from = "file " + filepath.Base(out.path)
		if out.data, out.err = readRegular(out.path, limit); w == aBody {
			out.digest = sha256.Sum256(out.data)
		}
		return out
	}
}

// readKey reads a public key, or the public half of a private one, from a file.
func readKey(stamp page.Stamp, path string) tea.Cmd {
	return func() tea.Msg {
		out := brought{Stamp: stamp, what: aKey, path: path}
		at, err := expand(path)
		if err != nil {
			out.err = err
			return out
		}
		out.path = at
		known := keys.Known{Name: filepath.Base(at)}
		pub, err := keys.InspectPublicFile(at)
		if err == nil {
			known.Public = pub.Key
		} else if private, privateErr := keys.ReadPrivateFile(at, nil); privateErr == nil {
			known.Public = &private.Key.PublicKey
		} else {
			out.err = err
			return out
		}
		out.key = &known
		return out
	}
}

// expand turns a leading "~/" into the home folder. A path is taken as it was typed, blanks included,
// save those around it.
func expand(path string) (string, error) {
	path = strings.TrimSpace(path)
	rest, home := strings.CutPrefix(path, "~/")
	if !home {
		return path, nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the home folder: %w", err)
	}
	return filepath.Join(dir, rest), nil
}

// readRegular reads a regular file of at most limit bytes; pipes and devices would block.
func readRegular(path string, limit int64) (data []byte, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	case info.Size() > limit:
		return nil, fmt.Errorf("%s has %s bytes, at most %s are read", path, widget.Thousands(int(info.Size())), widget.Thousands(int(limit)))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %s bytes", path, widget.Thousands(int(limit)))
	}
	return data, err
}

// onBrought takes a part of the evidence over.
func (m *Model) onBrought(msg brought) tea.Cmd {
	if msg.err != nil {
		return page.Say(page.Failure, "not read: "+msg.err.Error())
	}
	switch msg.what {
	case aBody:
		m.subject.setBody(msg.data, msg.digest, msg.from, msg.path, msg.notes)
	case aSignature:
		m.subject.setSignature(string(msg.data), msg.from, msg.path)
	case aKey:
		m.subject.key = keyChoice{chosen: true, file: msg.key}
	case nothing:
	}
	return m.look()
}

// edit opens the editor on the body. A record stays in the journal: its true bytes go into no file.
func (m *Model) edit() tea.Cmd {
	ask := page.Edit{ID: editID, Suffix: ".json"}
	if !m.subject.record() {
		ask.Content = m.subject.body
	}
	return page.Send(ask)
}

// onEdited takes over what the editor wrote.
func (m *Model) onEdited(msg page.Edited) tea.Cmd {
	switch {
	case msg.ID != editID:
		return nil
	case msg.Err != nil:
		return page.Say(page.Failure, "the editor: "+msg.Err.Error())
	case !msg.Changed && m.subject.hasBody:
		return page.Say(page.Info, "the body is as it was")
	}
	return take(m.deps.Stamps.Now(), msg.Content, "edited", []string{"edited here: most editors end a file with a newline"})
}

// again reads files anew and looks again.
func (m *Model) again() tea.Cmd {
	s := &m.subject
	switch {
	case s.record():
		choice := s.key
		cmd := m.openRecord(s.from)
		m.subject.key = choice
		return cmd
	case s.bodyFile != "" || s.sigFile != "":
		var cmds []tea.Cmd
		if s.bodyFile != "" {
			cmds = append(cmds, readFile(m.deps.Stamps.Now(), aBody, s.bodyFile))
		}
		if s.sigFile != "" {
			cmds = append(cmds, readFile(m.deps.Stamps.Now(), aSignature, s.sigFile))
		}
		return tea.Batch(cmds...)
	}
	return m.look()
}
