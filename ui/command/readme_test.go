package command

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"pikedash/pikeapi/sandbox"
	"pikedash/ui/keymap"
)

var updateReadme = flag.Bool("update-readme", false, "write the generated parts of README.md")

// readme is where the README lies, seen from this package.
const readme = "../../README.md"

// pictures shows every screen, as a picture and as text. The pictures are made by make screenshots.
func pictures() (string, error) {
	var b strings.Builder
	b.WriteString("![A payout from the form to the list, and its signature](screenshots/journey.gif)\n")
	for _, p := range [][2]string{
		{"overview", "Overview: what waits, what happened, and whether all is well"},
		{"session", "A session: its time line, what each step changed, and what comes next"},
		{"new", "New: the form, and beside it the very bytes that will be sent"},
		{"payouts", "Payouts: across all sessions, live, with the detail below"},
		{"webhooks", "Webhooks: the inbox, each notification with what is known of its signature"},
		{"invalid", "Signature: the chain from body to scheme, and the link that breaks"},
		{"traffic", "Traffic: every request and its answer"},
		{"keys", "Keys: yours and Pike's, and the key doctor"},
		{"flows", "Flows: rehearsals that say pass or fail, step by step"},
		{"unknown", "An answer was lost: what is known, and the ways out"},
	} {
		text, err := os.ReadFile("../../screenshots/" + p[0] + ".txt")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n**%s**\n\n![%s](screenshots/%s.png)\n\n<details><summary>as text</summary>\n\n```text\n%s\n```\n\n</details>\n",
			p[1], p[1], p[0], strings.TrimRight(string(text), "\n"))
	}
	return b.String(), nil
}

// parts are the parts of the README that are made from the program.
func parts(t *testing.T) map[string]string {
	t.Helper()
	shown, err := pictures()
	require.NoError(t, err)
	a := &app{out: &printer{w: &bytes.Buffer{}}, err: &printer{w: &bytes.Buffer{}}}
	var verbs, exits, triggers strings.Builder
	verbs.WriteString("| Verb | Does |\n|---|---|\n")
	for _, v := range a.verbs() {
		if v.Hidden {
			continue
		}
		fmt.Fprintf(&verbs, "| `%s` | %s |\n", v.Name(), v.Short)
		for _, sub := range v.Commands() {
			if !sub.Hidden {
				fmt.Fprintf(&verbs, "| `%s %s` | %s |\n", v.Name(), sub.Name(), sub.Short)
			}
		}
	}
	exits.WriteString("| Code | Meaning |\n|---|---|\n")
	for _, code := range slices.Sorted(maps.Keys(exitMeanings)) {
		fmt.Fprintf(&exits, "| %d | %s |\n", code, exitMeanings[code])
	}
	triggers.WriteString("| Trigger | Applies to | Outcome | |\n|---|---|---|---|\n")
	for _, t := range sandbox.Triggers() {
		value := "amount " + t.Value
		switch t.Kind {
		case sandbox.TriggerCard:
			value = "card `" + t.Value + "`"
		case sandbox.TriggerOption:
			value = "option `" + t.Value + "`"
		case sandbox.TriggerAmount:
		}
		fmt.Fprintf(&triggers, "| %s | %s | `%s` | %s |\n", value, t.Applies, t.Outcome, t.Sentence)
	}
	return map[string]string{"pictures": shown, "verbs": verbs.String(), "exits": exits.String(), "triggers": triggers.String(), "keys": keymap.New().Markdown()}
}

func TestReadmeFollowsTheProgram(t *testing.T) {
	data, err := os.ReadFile(readme)
	require.NoError(t, err)
	text := string(data)
	for name, want := range parts(t) {
		begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
		before, rest, ok := strings.Cut(text, begin)
		require.True(t, ok, "README.md has no part %s", name)
		have, after, ok := strings.Cut(rest, end)
		require.True(t, ok, "the part %s of README.md has no end", name)
		if *updateReadme {
			text = before + begin + want + end + after
			continue
		}
		require.Equal(t, strings.TrimSpace(want), strings.TrimSpace(have), "run go test ./ui/command -run Readme -update-readme")
	}
	if *updateReadme {
		require.NoError(t, os.WriteFile(readme, []byte(text), 0o644))
	}
}

// The first two commands of the README are all the set-up there is.
func TestReadmeBeginsWithTheTwoCommands(t *testing.T) {
	data, err := os.ReadFile(readme)
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(data), "```\n")
	require.True(t, ok)
	require.True(t, strings.HasPrefix(rest, "make run\nmake test\n```"), rest[:60])
}
