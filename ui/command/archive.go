package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"pikedash/config"
	"pikedash/pikeapi/flow"
	"pikedash/ui/page"
)

// archive keeps what the dashboard learned of a session in files.
type archive struct{ s *services }

// Evidence implements page.Archive: the same bundle as pikedash evidence, as Markdown, in the data
// folder. It never overwrites one.
func (a archive) Evidence(ctx context.Context, d *page.Desk, session string) (string, error) {
	b, err := gather(ctx, d.Journal, session, a.s.hookRing(d.Env, d.Sandbox != nil))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(a.s.settings.Paths.Data, "evidence")
	for _, folder := range []string{a.s.settings.Paths.Data, dir} {
		if err := config.MakeDir(folder); err != nil {
			return "", err
		}
	}
	name := fmt.Sprintf("%s-%s-%s.md", d.Env.Name, fileName(session), a.s.app.now().UTC().Format("20060102-150405"))
	path := filepath.Join(dir, name)
	if _, err := os.Lstat(path); err == nil {
		return "", errors.New(path + " is there already: try again in a second")
	}
	return path, config.WriteFile(path, b.markdown())
}

// SaveFlow implements page.Archive.
func (a archive) SaveFlow(ctx context.Context, d *page.Desk, session, name string) (string, error) {
	text, err := flow.Record(ctx, d.Journal, session, name)
	if err != nil {
		return "", err
	}
	return flow.Save(a.s.settings.Paths.Flows(), name, text)
}

// fileName keeps of a session's id, which comes from outside, what is safe in a file's name.
func fileName(id string) string {
	out := make([]rune, 0, len(id))
	for _, r := range id {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-' {
			out = append(out, r)
		}
	}
	return string(out[:min(len(out), 64)])
}
