package keyring

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

const (
	readTime = 20 * time.Second
	makeTime = 2 * time.Minute
	callTime = 40 * time.Second

	columnsKept = "keyring.columns"
)

// loaded brings the list.
type loaded struct {
	page.Stamp
	list page.KeyList
	err  error
}

// loadKeys reads every key; without settings those of the environment.
func loadKeys(stamp page.Stamp, store page.KeyStore, own page.KeyList) tea.Cmd {
	return func() tea.Msg {
		if store == nil {
			return loaded{stamp, own, nil}
		}
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		list, err := store.Keys(ctx)
		return loaded{stamp, list, err}
	}
}

// deskKeys is what the environment itself knows of keys.
func deskKeys(d *page.Desk) page.KeyList {
	var out page.KeyList
	add := func(k keys.Known, where string) {
		out.Keys = append(out.Keys, page.KeyInfo{Known: k, Kind: d.Env.Kind, Where: where, Bits: k.Public.N.BitLen(), Fingerprint: keys.FingerprintOf(k.Public)})
	}
	if s := d.Env.Signer; s != nil {
		add(keys.Known{Name: d.Env.Name + " key", Environment: d.Env.Name, Role: keys.RoleOwn, Public: s.Public()}, s.Describe())
	}
	for _, k := range d.Env.PikeKeys {
		add(k, "the environment")
	}
	return out
}

// made says what became of a new pair. It is never stale: the files are there whatever is shown.
type made struct {
	private, public string
	pub             *rsa.PublicKey
	err             error
}

// makePair makes a pair and writes it. Places that are taken are refused before the work begins.
func makePair(ctx context.Context, path string, bits int) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, makeTime)
		defer cancel()
		var out made
		if out.private, out.err = expand(path); out.err != nil {
			return out
		}
		out.public = publicPath(out.private)
		for _, p := range []string{out.private, out.public} {
			if _, err := os.Lstat(p); !errors.Is(err, fs.ErrNotExist) {
				out.err = fmt.Errorf("%s is there already, and a key file is never overwritten", p)
				return out
			}
		}
		key, err := keys.Generate(ctx, bits)
		if err != nil {
			out.err = err
			return out
		}
		out.pub, out.err = &key.PublicKey, keys.WritePair(out.private, out.public, key)
		return out
	}
}

// publicPath is where the public half of a new pair goes.
func publicPath(private string) string { return strings.TrimSuffix(private, ".pem") + ".pub.pem" }

// expand turns a leading "~/" into the home folder.
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

// examined brings what the doctor says.
type examined struct {
	page.Stamp
	diagnosis keys.Diagnosis
	err       error
}

// examine asks the doctor about a file.
func examine(stamp page.Stamp, path string) tea.Cmd {
	return func() tea.Msg {
		at, err := expand(path)
		if err != nil {
			return examined{Stamp: stamp, err: err}
		}
		return examined{stamp, keys.DoctorFile(at), nil}
	}
}

// compared says whether two halves belong together.
type compared struct {
	page.Stamp
	private, public string
	fingerprint     keys.Fingerprint
	err             error
}

// comparePair reads two halves and compares them.
func comparePair(stamp page.Stamp, private, public string) tea.Cmd {
	return func() tea.Msg {
		out := compared{Stamp: stamp}
		var errs [2]error
		out.private, errs[0] = expand(private)
		out.public, errs[1] = expand(public)
		if out.err = errors.Join(errs[:]...); out.err != nil {
			return out
		}
		priv, err := keys.ReadPrivateFile(out.private, nil)
		if err != nil {
			out.err = err
			return out
		}
		pub, err := keys.ReadPublicFile(out.public)
		if err != nil {
			out.err = err
			return out
		}
		out.fingerprint = keys.FingerprintOf(pub.Key)
		out.err = keys.Pair(priv.Key, pub.Key)
		return out
	}
}

// offered brings a public key that shall be trusted, once its fingerprint was seen.
type offered struct {
	page.Stamp
	profile string
	where   string
	pub     *keys.Public
	err     error
}

// readOffer reads a public key from a file, or from a PEM text that was pasted in place of a path.
func readOffer(stamp page.Stamp, profile, typed string) tea.Cmd {
	return func() tea.Msg {
		out := offered{Stamp: stamp, profile: profile}
		if text := strings.TrimSpace(typed); strings.HasPrefix(text, "-----BEGIN") {
			out.where = "the pasted text"
			out.pub, out.err = keys.ParsePublic([]byte(text))
			return out
		}
		if out.where, out.err = expand(typed); out.err == nil {
			out.pub, out.err = keys.ReadPublicFile(out.where)
		}
		return out
	}
}

// saved says that the settings were written, or not.
type saved struct {
	page.Stamp
	said string
	err  error
}

// trust writes a key of Pike into the settings.
func trust(stamp page.Stamp, store page.KeyStore, profile, name string, pub *rsa.PublicKey) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		err := store.TrustPike(ctx, profile, name, pub)
		return saved{stamp, fmt.Sprintf("%s (%s) is trusted in %s from now on", name, keys.FingerprintOf(pub).Short(), profile), err}
	}
}

// useKey writes the signing key of a profile into the settings, once the file has proved to be one. The
// keys of the other kind of environment are refused: what is signed for demo could be replayed on live.
func useKey(stamp page.Stamp, store page.KeyStore, profile, file string, others []row) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		at, err := expand(file)
		if err == nil {
			at, err = filepath.Abs(at)
		}
		if err != nil {
			return saved{stamp, "", err}
		}
		if err := usable(keys.DoctorFile(at), others); err != nil {
			return saved{stamp, "", err}
		}
		return saved{stamp, "kept: " + profile + " signs with " + at + " from the next switch to it", store.UseKey(ctx, profile, at)}
	}
}

// usable says why a file cannot be a signing key beside others.
func usable(d keys.Diagnosis, others []row) error {
	if d.UsableAs != "private" {
		for _, p := range d.Problems {
			if p.Refused {
				return &p
			}
		}
		return errors.New(d.Sentence + "; a private key is needed")
	}
	for _, r := range others {
		if d.Fingerprint != "" && r.Fingerprint == d.Fingerprint {
			return fmt.Errorf("this key signs in %s already: what is signed for one could be replayed on the other; make a pair for each", r.Environment)
		}
	}
	return nil
}

// setProject writes the project of a profile into the settings.
func setProject(stamp page.Stamp, store page.KeyStore, profile, project string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		return saved{stamp, "kept: " + profile + " is project " + project + " from the next switch to it", store.SetProject(ctx, profile, project)}
	}
}

// keep writes a choice to disk.
func keep(s page.Settings, key, value string) tea.Cmd {
	return func() tea.Msg {
		if err := s.Keep(key, value); err != nil {
			return page.Notice{Level: page.Warning, Text: "the choice was not kept: " + err.Error()}
		}
		return nil
	}
}

// parseColumns reads a kept arrangement; what cannot be read is none.
func parseColumns(text string) []widget.ColumnState {
	var out []widget.ColumnState
	if json.Unmarshal([]byte(text), &out) != nil {
		return nil
	}
	return out
}

// columnsText writes an arrangement to be kept.
func columnsText(states []widget.ColumnState) string {
	text, err := json.Marshal(states)
	if err != nil {
		return ""
	}
	return string(text)
}
