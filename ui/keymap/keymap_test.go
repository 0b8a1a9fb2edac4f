package keymap

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNoTwoBindingsShareAKeyWhereBothWork(t *testing.T) {
	for _, c := range New().Clashes() {
		t.Error(c)
	}
}

func TestClashesAreFound(t *testing.T) {
	m := New()
	m.Payouts.Confirm.keys = []string{"/"}
	require.Len(t, m.Clashes(), 1)
	assert.Equal(t, "key / means both list.filter and payouts.confirm (payouts)", m.Clashes()[0].Error())
}

func TestEveryBindingIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range New().Sections() {
		require.NotEmpty(t, s.Title)
		require.NotEmpty(t, s.Bindings, s.Title)
		for _, b := range s.Bindings {
			assert.NotEmpty(t, b.Name, b.ID)
			assert.NotEmpty(t, b.Does, b.ID)
			assert.NotEmpty(t, b.keys, b.ID)
			assert.False(t, seen[b.ID], "ID %s twice", b.ID)
			seen[b.ID] = true
			for _, k := range b.keys {
				assert.True(t, sendable(k), "%s: %q", b.ID, k)
			}
		}
	}
	assert.Greater(t, len(seen), 100)
}

func TestEveryBindingMatchesItsOwnMessage(t *testing.T) {
	for _, s := range New().Sections() {
		for _, b := range s.Bindings {
			assert.True(t, b.Matches(b.Msg()), "%s: %q became %q", b.ID, b.keys[0], b.Msg().String())
		}
	}
}

func TestPasteMatchesNothing(t *testing.T) {
	msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("y"), Paste: true}
	assert.False(t, New().Dialog.Yes.Matches(msg))
	msg.Paste = false
	assert.True(t, New().Dialog.Yes.Matches(msg))
}

func TestRemap(t *testing.T) {
	m, err := Remap(map[string][]string{"list.mark": {"ctrl+f"}, "list.filter": {"space", "V"}})
	require.NoError(t, err)
	assert.Equal(t, []string{" ", "V"}, m.List.Filter.Keys())
	assert.Equal(t, "space V", m.List.Filter.Labels())
}

func TestRemapReportsEveryMistake(t *testing.T) {
	_, err := Remap(map[string][]string{
		"list.fliter": {"f"}, "list.sort": {"/"}, "list.open": {"hyper+q"}, "always.quit": {},
	})
	require.Error(t, err)
	for _, part := range []string{
		"keys.list.fliter: there is no such action; did you mean list.filter?",
		"key / means both list.filter and list.sort",
		`keys.list.open: no terminal sends the key "hyper+q"`,
		"keys.always.quit: this action must keep a key",
	} {
		assert.Contains(t, err.Error(), part)
	}
}

func TestMarkdownHasEveryBinding(t *testing.T) {
	text := New().Markdown()
	for _, s := range New().Sections() {
		if s.Title == "Scrolling" {
			continue
		}
		for _, b := range s.Bindings {
			if !strings.HasPrefix(b.ID, "global.screen") {
				assert.Contains(t, text, b.Does, b.ID)
			}
		}
	}
	assert.Equal(t, 1, strings.Count(text, "Go to the screen with this number"))
}

func TestTheDigitsAreOneRowWhileEachIsItsOwnKey(t *testing.T) {
	m := New()
	rows := Folded(Of(m.Global))
	assert.Len(t, rows, len(Of(m.Global))-9)
	assert.Equal(t, "0 … 9", rows[len(rows)-1].Labels())
	m, err := Remap(map[string][]string{"global.screen3": {"O"}})
	require.NoError(t, err)
	rows = Folded(Of(m.Global))
	assert.Equal(t, Of(m.Global), rows)
}
