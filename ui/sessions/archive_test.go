package sessions

import (
	"context"
	"errors"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/require"

	"pikedash/ui/page"
)

// fakeArchive remembers what it was asked for.
type fakeArchive struct {
	asked []string
	err   error
}

func (f *fakeArchive) Evidence(_ context.Context, _ *page.Desk, session string) (string, error) {
	f.asked = append(f.asked, "evidence "+session)
	return "/kept/evidence.md", f.err
}

func (f *fakeArchive) SaveFlow(_ context.Context, _ *page.Desk, session, name string) (string, error) {
	f.asked = append(f.asked, "flow "+session+" "+name)
	return "/kept/" + name + ".toml", f.err
}

func TestWhatIsKeptOfASessionIsSaid(t *testing.T) {
	for name, fail := range map[string]error{"written": nil, "not written": errors.New("the disk is full")} {
		t.Run(name, func(t *testing.T) {
			archive := &fakeArchive{err: fail}
			m := &Model{deps: &page.Deps{Archive: archive}}
			cmd := keep(page.Stamp{}, "the evidence", func(ctx context.Context) (string, error) { return archive.Evidence(ctx, nil, "ps_1") })
			said := sayOf(t, m.onArchived(cmd().(archived)))
			require.Equal(t, []string{"evidence ps_1"}, archive.asked)
			if fail != nil {
				require.Equal(t, page.Failure, said.Level)
				require.Contains(t, said.Text, "the disk is full")
				return
			}
			require.Equal(t, page.Success, said.Level)
			require.Contains(t, said.Text, "/kept/evidence.md")
		})
	}
}

func TestWithoutAnArchiveTheKeysSayWhy(t *testing.T) {
	m := &Model{deps: &page.Deps{}, detail: &detail{id: "ps_1"}}
	require.Nil(t, m.evidence())
	require.Nil(t, m.saveFlow())
}

func sayOf(t *testing.T, cmd tea.Cmd) page.Notice {
	t.Helper()
	n, ok := cmd().(page.Notice)
	require.True(t, ok)
	return n
}
