package command

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi/flow"
	"pikedash/pikeapi/sandbox"
)

// A flow file with a mistake keeps nobody from the other flows; it is told of with file and line.
func TestABrokenFlowLeavesTheOthers(t *testing.T) {
	m := newMachine(t)
	m.file("config/pikedash/flows/mine.toml", "title = \"Mine\"\n\n[[step]]\ncall = \"session/creat\"\n")
	list := m.run("flow", "list")
	assert.Equal(t, exitUsage, list.code)
	assert.Contains(t, list.out, "payout-confirmed")
	assert.Contains(t, list.err, `flow mine: line 3: step 1 (session/creat): "session/creat" is not a method of Pike`)
	assert.Equal(t, exitDone, m.run("flow", "show", "payout-confirmed").code)
	assert.Equal(t, exitDone, m.run("flow", "run", "payout-confirmed").code)
	for _, name := range []string{"mine", "all"} {
		s := m.run("flow", "run", name)
		assert.Equal(t, exitUsage, s.code, name)
		assert.Contains(t, s.err, "line 3", name)
	}
}

// The help of flow tells of everything that a file may hold.
func TestFlowHelpIsComplete(t *testing.T) {
	help := newMachine(t).ok("flow", "--help").out
	for _, about := range []any{flow.Flow{}, flow.Step{}, flow.Options{}, flow.Fault{}} {
		kind := reflect.TypeOf(about)
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("toml"), ",")
			if name != "" && name != "-" && name != "name" {
				assert.Regexp(t, `\b`+name+`\b`, help, kind.Name())
			}
		}
	}
	for name := range flow.Cards() {
		assert.Contains(t, help, strings.TrimPrefix(name, "card."))
	}
}

const wrongFlow = `title = "Mine"
versions = ["v2"]
[[step]]
call = "session/create"
body = "{}"
[step.expect]
"session.status" = "accepted"
`

// A failed flow ends with 1 and says where it left its path: in words, as JSON and as JUnit XML.
func TestFlowReports(t *testing.T) {
	m := newMachine(t)
	m.file("config/pikedash/flows/mine.toml", wrongFlow)
	s := m.run("flow", "run", "mine", "payout-confirmed")
	assert.Equal(t, exitFailure, s.code)
	assert.Contains(t, s.out, "step 1, session/create: session.status is created, expected accepted")
	assert.Contains(t, s.out, "2 passed, 1 failed, 0 skipped")

	file := filepath.Join(t.TempDir(), "flows.xml")
	s = m.run("flow", "run", "mine", "payout-confirmed", "--json", "--junit", file)
	assert.Equal(t, exitFailure, s.code)
	var report flow.Report
	require.NoError(t, json.Unmarshal([]byte(s.out), &report), "standard output is JSON alone")
	assert.Equal(t, [2]int{2, 1}, [2]int{report.Passed, report.Failed})
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var suite struct {
		XMLName  xml.Name `xml:"testsuite"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
	}
	require.NoError(t, xml.Unmarshal(text, &suite))
	assert.Equal(t, [2]int{3, 1}, [2]int{suite.Tests, suite.Failures})
	assert.Contains(t, m.run("flow", "run", "mine", "payout-confirmed", "--api", "v1").out, "1 passed, 0 failed", "the version that was asked for alone")
	assert.Equal(t, exitUsage, m.run("flow", "run", "mine", "--api", "v1").code)
}

// Flows never run against live.
func TestFlowsRefuseLive(t *testing.T) {
	s := newMachine(t).run("flow", "run", "payout-confirmed", "--profile", "live")
	assert.Equal(t, exitBlocked, s.code)
	assert.Contains(t, s.err, "live")
}

// Against a server that is not private, runs that look alike go one after the other, since the client
// refuses to send the same payout twice at once. What needs test controls is skipped.
func TestFlowsAtAServer(t *testing.T) {
	m := newMachine(t)
	port := strings.TrimPrefix(closedPort(t), "http://")
	_, url := m.sandboxAt(func(c *sandbox.Config) {
		c.WebhookURL, c.ReadyAfter, c.ProcessAfter = "http://"+port+"/", time.Millisecond, time.Millisecond
	})
	m.key("shop.pem", testKeys()[0])
	m.key("pike.pem", testKeys()[1])
	m.settings("[profiles.dx]\nkind = \"demo\"\nproject = \"shop\"\nbase_url = \"" + url + "\"\nkey.file = \"" + m.home + "/shop.pem\"\n" +
		"[[profiles.dx.pike_keys]]\nname = \"Pike\"\nfile = \"" + m.home + "/pike.pem.pub\"\n")
	m.file("config/pikedash/flows/hasty.toml", "title = \"Hasty\"\nversions = [\"v2\"]\n[[step]]\nwait = \"payment_finished\"\nwithin = \"1ms\"\n")
	assert.Contains(t, m.run("flow", "run", "hasty", "--profile", "dx").out, "have pikedash listen, or the dashboard, record them")
	srv := m.start("listen", "--profile", "dx", "--listen", port)
	srv.line(t)
	s := m.run("flow", "run", "payout-confirmed", "payout-declined", "idempotent-mismatch", "--profile", "dx")
	assert.Equal(t, exitDone, s.code, s.out+s.err)
	assert.Contains(t, s.out, "4 passed, 0 failed, 2 skipped")
	assert.Equal(t, exitDone, srv.end(t))
}
