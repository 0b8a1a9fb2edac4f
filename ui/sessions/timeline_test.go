package sessions

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/uitest/kit"
)

// poll asks for the status n times, ten seconds apart, and nothing has changed.
func (k *bench) poll(n int) {
	k.T.Helper()
	for range n {
		k.Time = k.Time.Add(10 * time.Second)
		k.exchange(pikeapi.MethodStatus, "ps_70120", nil)
	}
	k.Changed()
}

// look lets the clock of the screen come after, and returns the time line.
func (k *bench) look() string {
	k.T.Helper()
	k.Run(k.M.Update(page.Tick{Now: k.Time}))
	return k.M.View()
}

// Polling asks any number of times: what changed nothing is one line, what changed something or failed
// is one of its own.
func TestAskingsInVainAreOneLine(t *testing.T) {
	k := newStory(t)
	k.open("ps_70120")
	k.poll(1)
	assert.Equal(t, 1, strings.Count(k.look(), "session/status"), "a single one is what it is")
	k.poll(13)
	k.Time = k.Time.Add(3 * time.Minute)
	assert.Regexp(t, `14:03:36\.218 +\+10 s +… +status asked 14 times: no change +last 3 min ago `, k.look())
	assert.NotContains(t, k.M.View(), "session/status")

	// The one that tells something is seen, after a gap that counts from the run's beginning.
	k.exchange(pikeapi.MethodStatus, "ps_70120", kit.SessionAt("ps_70120", pikeapi.SessionInProgress, "", k.Time, kit.Payout("po_8001", pikeapi.OperationInProgress, 15000, "Jane Roe")))
	k.Changed()
	assert.Regexp(t, `\+5 min +→ +session/status .* 200`, k.look())
	assert.Contains(t, k.M.View(), "po_8001 pending → in progress")
	k.poll(2)
	assert.Contains(t, k.look(), "status asked 2 times: no change")

	// So is the one that fails; it parts those before from those after.
	k.Time = k.Time.Add(10 * time.Second)
	r := k.begin(pikeapi.MethodStatus, "ps_70120")
	r.Outcome, r.HTTPStatus, r.Err = pikeapi.Refused, 400, &pikeapi.APIError{Code: "session_not_found"}
	k.finish(r)
	k.poll(3)
	assert.Contains(t, k.look(), "session_not_found")
	assert.Contains(t, k.M.View(), "status asked 3 times: no change")
	k.M.SetSize(118, 24)
	golden.RequireEqual(t, k.M.View())
}

func TestAskingsInVainAtTheSizesThatMatter(t *testing.T) {
	k := newStory(t)
	k.poll(480)
	k.open("ps_70120")
	k.M.SetSize(60, 10)
	assert.Contains(t, k.look(), "…  asked 480 times: no change     just now ")
	assert.Contains(t, k.M.View(), "ready_to_confirm", "what matters is in sight")
	k.Time = k.Time.Add(3 * time.Hour)
	assert.Contains(t, k.look(), "…  asked 480 times: no change   3:00 h ago ")
	k.M.SetSize(80, 19)
	assert.Regexp(t, `…  status asked 480 times: no change +last 3 h ago `, k.look())
	k.M.SetSize(200, 45)
	assert.Contains(t, k.look(), "status asked 480 times: no change")
}

func TestARunLeadsToItsRequests(t *testing.T) {
	k := newStory(t)
	k.poll(3)
	k.open("ps_70120")
	require.Equal(t, 3, k.M.chosen().asked)
	k.Press(k.Keys.List.Open)
	assert.Equal(t, page.Navigate{Screen: page.Traffic, Arg: page.OpenFilter{Text: "session:ps_70120 method:session/status"}}, k.Went[0])
	_, err := journal.ParseFilter("session:ps_70120 method:session/status", k.Time)
	require.NoError(t, err)
	k.Press(k.Keys.Sessions.Inspect)
	assert.Equal(t, "inspect: the chosen line is more than one request: enter shows them", k.LastSaid())
	require.Len(t, k.Went, 1)
	k.Press(k.Keys.List.CopyMenu)
	assert.NotContains(t, k.Dialog().View(100, 20), "signature")
}

// The cursor stays on a run while it grows, and on the request that a run begins with.
func TestTheCursorStaysOnAGrowingRun(t *testing.T) {
	k := newStory(t)
	k.poll(1)
	k.open("ps_70120")
	at := k.M.detail.cursor
	k.poll(2)
	assert.Equal(t, at, k.M.detail.cursor)
	assert.Equal(t, 3, k.M.chosen().asked)
	s := kit.SessionAt("ps_70120", pikeapi.SessionCancelled, "", k.Time, kit.Payout("po_8001", pikeapi.OperationFailed, 15000, "Jane Roe"))
	k.Press(k.Keys.Move.Up, k.Keys.Move.Down, k.Keys.Move.Up)
	key := k.M.chosen().key
	k.Observe(s)
	k.poll(1)
	assert.Equal(t, key, k.M.chosen().key)
}

// An asking that is on its way belongs to the run before it until it has told something. A notification
// that comes meanwhile parts nothing.
func TestAnAskingOnItsWay(t *testing.T) {
	k := newStory(t)
	k.poll(2)
	k.open("ps_70120")
	k.Time = k.Time.Add(10 * time.Second)
	r := k.begin(pikeapi.MethodStatus, "ps_70120")
	k.Changed()
	assert.Regexp(t, `status asked 2 times: no change +in flight `, k.look())
	assert.NotContains(t, k.M.View(), "session/status")
	k.Time = k.Time.Add(time.Second)
	k.webhook("ready_to_confirm", kit.SessionAt("ps_70120", pikeapi.SessionInProgress, pikeapi.NextConfirm, kit.Noon(), kit.Payout("po_8001", pikeapi.OperationPending, 15000, "Jane Roe")), journal.BadgeUnsigned)
	before := len(k.M.detail.entries)
	k.Time = k.Time.Add(time.Second)
	r.Outcome, r.HTTPStatus, r.Response = pikeapi.Accepted, 200, &pikeapi.Response{Status: "ok"}
	k.finish(r)
	k.Changed()
	assert.Regexp(t, `status asked 3 times: no change +last 2 s ago `, k.look())
	assert.NotContains(t, k.M.View(), " answer ")
	assert.Contains(t, k.M.View(), "unsigned")
	assert.Len(t, k.M.detail.entries, before+1, "the notification, and nothing else")
}
