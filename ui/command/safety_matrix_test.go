package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/pikeapi/sandbox"
)

// serverAway is the one network fault that is not the sandbox's: nobody listens.
const serverAway = sandbox.FaultKind("server_away")

// matrixFaults are all faults of answers that the sandbox knows, and a server that is away.
func matrixFaults() []sandbox.FaultKind {
	out := []sandbox.FaultKind{serverAway}
	for _, k := range sandbox.FaultKinds() {
		if f := (sandbox.Fault{Kind: sandbox.FaultKind(k.Kind)}); !f.IsWebhook() {
			out = append(out, f.Kind)
		}
	}
	return out
}

// matrixExits is what each fault must end with. A fault that is missing here fails the test.
func matrixExits() map[sandbox.FaultKind]int {
	return map[sandbox.FaultKind]int{
		serverAway: exitNotSent, sandbox.FaultWrongType: exitDone,
		sandbox.FaultLostAnswer: exitUnknown, sandbox.FaultResetBefore: exitUnknown, sandbox.FaultResetAfter: exitUnknown,
		sandbox.FaultSlow: exitUnknown, sandbox.FaultStatus500: exitUnknown, sandbox.FaultStatus502: exitUnknown,
		sandbox.FaultNotJSON: exitUnknown, sandbox.FaultCutBody: exitUnknown, sandbox.FaultHugeBody: exitUnknown,
	}
}

// matrixRow is one method with its own server and journal.
type matrixRow struct {
	t       *testing.T
	m       *machine
	method  pikeapi.Method
	server  *sandbox.Server
	env     *pikeapi.Environment
	client  *pikeapi.Client
	journal *journal.Journal
	cell    int
	cells   []string
}

// matrixWork is one request of a cell: its body, and how often it was carried out at Pike (-1: nobody
// can count it).
type matrixWork struct {
	body string
	done func() int
}

// TestFaultMatrix sends every method that changes something through every fault of the network, by the
// real command, and takes the next step that the program offers.
func TestFaultMatrix(t *testing.T) {
	m := newMachine(t)
	var rows []*matrixRow
	var settings strings.Builder
	for _, method := range pikeapi.Methods() {
		if method.Mutates {
			rows = append(rows, newMatrixRow(t, m, method, &settings))
		}
	}
	m.settings(settings.String())
	// Most of the time goes to waiting for the disk, so the methods go side by side.
	var wg sync.WaitGroup
	for _, r := range rows {
		wg.Go(r.run)
	}
	wg.Wait()
	var table strings.Builder
	faults := matrixFaults()
	for _, r := range rows {
		require.NoError(t, r.journal.Close())
		fmt.Fprintf(&table, "\n%s (key: %v)\n", r.method.Name, r.method.TakesKey)
		assert.Len(t, r.cells, len(faults), "%s has a cell for every fault", r.method.Name)
		for i, cell := range r.cells {
			assert.NotEmpty(t, cell, "%s, %s", r.method.Name, faults[i])
			fmt.Fprintf(&table, "  %-20s %s\n", faults[i], cell)
		}
	}
	t.Log(table.String())
}

func newMatrixRow(t *testing.T, m *machine, method pikeapi.Method, settings *strings.Builder) *matrixRow {
	name := strings.NewReplacer("/", "-").Replace(method.Name)
	server, url := m.sandboxAt(func(c *sandbox.Config) {
		c.Hold = method.Name == pikeapi.MethodCapture
	})
	fmt.Fprintf(settings, "[profiles.%s]\nkind = \"sandbox\"\nproject = \"shop\"\nbase_url = %q\n", name, url)
	signer, err := keys.NewSigner(testKeys()[0], "test")
	require.NoError(t, err)
	r := &matrixRow{t: t, m: m, method: method, server: server, client: pikeapi.NewClient(pikeapi.Options{}),
		env: &pikeapi.Environment{Name: name, Kind: pikeapi.Sandbox, BaseURL: url, Project: "shop", Version: pikeapi.V2, Signer: signer}}
	t.Cleanup(r.client.CloseIdle)
	r.journal, err = journal.Open(t.Context(), filepath.Join(m.home, "state/pikedash/journal"), name, journal.Options{})
	require.NoError(t, err)
	return r
}

// run goes through the faults of one method.
func (r *matrixRow) run() {
	for _, fault := range matrixFaults() {
		r.cell++
		want, ok := matrixExits()[fault]
		if !assert.True(r.t, ok, "what %s must lead to is not written down", fault) {
			continue
		}
		r.cells = append(r.cells, r.fault(fault, want))
	}
}

// fault is one cell.
func (r *matrixRow) fault(fault sandbox.FaultKind, want int) string {
	t, name := r.t, r.method.Name+", "+string(fault)
	work := r.prepare()
	file := r.m.file(fmt.Sprintf("matrix/%s-%d", r.env.Name, r.cell), work.body)
	send := []string{"send", r.method.Name, "--profile", r.env.Name, "--body", file, "--json"}
	var s said
	if fault == serverAway {
		s = r.m.run(append(send, "--base-url", closedPort(t))...)
	} else {
		_, err := r.server.Controls().AddFault(t.Context(), sandbox.Fault{Kind: fault, Method: r.method.Name, Count: 2, DelayMS: 1500, Size: pikeapi.MaxResponse + 1})
		assert.NoError(t, err)
		s = r.m.run(append(send, patience(fault)...)...)
	}
	outcome := map[int]string{exitDone: "accepted", exitNotSent: "not_sent", exitUnknown: "unknown"}[want]
	assert.Equal(t, want, s.code, "%s: %s %s", name, s.out, s.err)
	assert.Equal(t, outcome, s.object(t)["outcome"], name)
	unknown, err := r.journal.Unknown(t.Context())
	assert.NoError(t, err)
	cell := fmt.Sprintf("exit %d %-9s", s.code, outcome)
	if want != exitUnknown {
		assert.Empty(t, unknown, "%s is settled", name)
		r.clear(fault)
		if want == exitNotSent {
			assert.Less(t, work.done(), 1, "%s: nothing was done", name)
			again := r.m.run(send...)
			assert.Equal(t, exitDone, again.code, "%s: it can be sent again: %s", name, again.err)
			cell += "  sent again: accepted"
		}
		r.once(name, work)
		return cell + r.times(work)
	}
	if !assert.Len(t, unknown, 1, "%s is listed", name) {
		return ""
	}
	if thorough(fault) { // as long as it is not settled, nothing like it leaves
		alike := r.m.run(send...)
		assert.Equal(t, exitBlocked, alike.code, "%s: %s", name, alike.out)
		assert.Equal(t, "unknown_lookalike", alike.rule(t), name)
	}
	r.struckOnce(name)
	r.clear(fault)
	return cell + "  " + r.settle(name, unknown[0], work, thorough(fault)) + r.times(work)
}

// thorough picks the faults after which the steps are tried that are the same after each: one where the
// work was done, one where it was not.
func thorough(fault sandbox.FaultKind) bool {
	return fault == sandbox.FaultLostAnswer || fault == sandbox.FaultResetBefore
}

// patience ends the wait for an answer that comes late; every other fault is left its time.
func patience(fault sandbox.FaultKind) []string {
	if fault == sandbox.FaultSlow {
		return []string{"--timeout", "500ms"}
	}
	return nil
}

// struckOnce makes sure that one request of a cell reached the server: the fault, which would strike
// twice, struck once.
func (r *matrixRow) struckOnce(name string) {
	faults, err := r.server.Controls().Faults(r.t.Context())
	assert.NoError(r.t, err)
	if assert.Len(r.t, faults, 1, name) {
		assert.Equal(r.t, 1, faults[0].Hits, "%s: one request reached the server", name)
	}
}

func (r *matrixRow) clear(fault sandbox.FaultKind) {
	if fault == serverAway {
		return
	}
	_, err := r.server.Controls().ClearFaults(r.t.Context(), 0)
	assert.NoError(r.t, err)
}

// settle takes the next step: asking for the session and sending the same bytes again where the method
// has a key, by hand where it has none.
func (r *matrixRow) settle(name string, i journal.IntentRow, work matrixWork, thorough bool) string {
	t, profile := r.t, []string{"--profile", r.env.Name, "--json"}
	run := func(args ...string) said { return r.m.run(append(args, profile...)...) }
	state := func() journal.IntentState {
		now, err := r.journal.Intent(t.Context(), i.OperationID)
		if !assert.NoError(t, err, name) {
			return ""
		}
		return now.State
	}
	var steps []string
	if i.SessionID != "" {
		s := run("unknown", "query", i.OperationID)
		assert.Equal(t, exitDone, s.code, "%s: %s", name, s.err)
		steps = append(steps, "query: "+string(state()))
	} else if thorough {
		s := run("unknown", "query", i.OperationID)
		assert.Equal(t, exitBlocked, s.code, "%s: no session is known", name)
	}
	if r.method.TakesKey {
		if state() == journal.StateUnknown {
			s := run("unknown", "resend", i.OperationID)
			assert.Equal(t, exitDone, s.code, "%s: %s", name, s.err)
			steps = append(steps, "resend: "+string(state()))
		}
		assert.Equal(t, journal.StateAccepted, state(), name)
		r.once(name, work)
		return strings.Join(steps, ", ")
	}
	s := run("unknown", "resend", i.OperationID)
	assert.Equal(t, exitBlocked, s.code, "%s: %s", name, s.out)
	assert.Equal(t, "resend", s.rule(t), name)
	s = run("unknown", "resolve", i.OperationID, "--note", "seen at Pike")
	assert.Equal(t, exitDone, s.code, "%s: %s", name, s.err)
	assert.Equal(t, journal.StateResolved, state(), name)
	return strings.Join(append(steps, "resend: blocked", "resolve: resolved"), ", ")
}

// once makes sure that the work was done exactly once, where that can be counted.
func (r *matrixRow) once(name string, work matrixWork) {
	if n := work.done(); n >= 0 {
		assert.Equal(r.t, 1, n, "%s was carried out once", name)
	}
}

func (r *matrixRow) times(work matrixWork) string {
	if n := work.done(); n >= 0 {
		return fmt.Sprintf("  done %d×", n)
	}
	return ""
}

// prepare makes the session that the method needs, and its body.
func (r *matrixRow) prepare() matrixWork {
	amount := fmt.Sprintf(`"amount_details":{"amount":%d,"currency":"eur"}`, 100+r.cell)
	payout := `"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}},` + amount
	payment := `"payment_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242","expiration_month":"12","expiration_year":"39"}}},` +
		amount + `,"customer":{"reference":"buyer"}`
	empty := `"metadata":"` + fmt.Sprint(r.cell) + `"`
	switch r.method.Name {
	case pikeapi.MethodCreate:
		return r.making(empty)
	case pikeapi.MethodInitPayout:
		return r.making(payout)
	case pikeapi.MethodInitPayment:
		return r.making(payment)
	case pikeapi.MethodStartPayout:
		return r.with(r.session("session/create", empty, ""), payout, func(s *sandbox.SessionState) bool { return s.Operation != "" })
	case pikeapi.MethodStartPayment:
		return r.with(r.session("session/create", empty, ""), payment, func(s *sandbox.SessionState) bool { return s.Operation != "" })
	case pikeapi.MethodConfirm:
		return r.with(r.session("session/init/payout", payout, "ready_to_confirm"), "", func(s *sandbox.SessionState) bool { return s.NextAction != "confirm" })
	case pikeapi.MethodCancel:
		return r.with(r.session("session/init/payout", payout, "ready_to_confirm"), "", func(s *sandbox.SessionState) bool { return s.NextAction != "confirm" })
	case pikeapi.MethodCapture:
		return r.with(r.session("session/init/payment", payment, "ready_to_capture"), "", func(s *sandbox.SessionState) bool { return s.NextAction != "capture" })
	case pikeapi.MethodRefund:
		session := r.session("session/init/payment", payment, "succeeded")
		return matrixWork{`{"session_id":"` + session + `"}`, func() int { return refundsAt(r.t, r.server, session) }}
	case pikeapi.MethodRecurrentDisable:
		session := r.session("session/init/payment", payment+`,"payment_options":{"recurrent":true}`, "succeeded")
		return matrixWork{`{"recurrent":{"token":"` + r.recurrent(session) + `"}}`, uncounted}
	case pikeapi.MethodToken:
		return matrixWork{fmt.Sprintf(`{"tokenize_widget":{"access":true,"locale":"l%d"}}`, r.cell), uncounted}
	case pikeapi.MethodTokenizeElements:
		return matrixWork{fmt.Sprintf(`{"card":{"number":"4242424242424242","expiration_month":"12","expiration_year":"%d"}}`, 30+r.cell), uncounted}
	}
	r.t.Errorf("the matrix does not know how to call %s", r.method.Name)
	return matrixWork{"{}", uncounted}
}

func uncounted() int { return -1 }

// making is the work of a method that makes a session: how many more there are.
func (r *matrixRow) making(members string) matrixWork {
	before := sessionsAt(r.t, r.server)
	return matrixWork{"{" + members + "}", func() int { return sessionsAt(r.t, r.server) - before }}
}

// with is the work of a method on a session.
func (r *matrixRow) with(session, members string, done func(*sandbox.SessionState) bool) matrixWork {
	body := `{"session_id":"` + session + `"`
	if members != "" {
		body += "," + members
	}
	return matrixWork{body + "}", func() int {
		s, err := r.server.Controls().Session(r.t.Context(), session)
		if assert.NoError(r.t, err) && done(s) {
			return 1
		}
		return 0
	}}
}

// session makes a session past the program, and brings it to a state.
func (r *matrixRow) session(method, members, to string) string {
	p, err := r.client.Prepare(r.t.Context(), r.env, pikeapi.Call{Method: method, Body: []byte("{" + members + "}")})
	if !assert.NoError(r.t, err) {
		return ""
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.URL, bytes.NewReader(p.Body))
	if !assert.NoError(r.t, err) {
		return ""
	}
	req.Header = p.Header
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Do(req)
	if !assert.NoError(r.t, err) {
		return ""
	}
	body, err := io.ReadAll(answer.Body)
	assert.NoError(r.t, err)
	assert.NoError(r.t, answer.Body.Close())
	response, err := pikeapi.ParseResponse(body)
	if !assert.NoError(r.t, err) || !assert.NotNil(r.t, response.Session, "%s: %s", method, body) {
		return ""
	}
	if to != "" {
		_, err = r.server.Controls().Advance(r.t.Context(), response.Session.ID, to)
		assert.NoError(r.t, err)
	}
	return response.Session.ID
}

// recurrent reads the recurring token that a payment left.
func (r *matrixRow) recurrent(session string) string {
	s, err := r.server.Controls().Session(r.t.Context(), session)
	if !assert.NoError(r.t, err) {
		return ""
	}
	_, rest, ok := strings.Cut(string(s.Raw), `"recurrent":{"token":"`)
	token, _, more := strings.Cut(rest, `"`)
	assert.True(r.t, ok && more, "no recurring token: %s", s.Raw)
	return token
}

// TestAResendThatDoesNotArriveSettlesNothing: the first attempt stays unknown, and the exit code says so.
func TestAResendThatDoesNotArriveSettlesNothing(t *testing.T) {
	m, server := lossyMachine(t, pikeapi.MethodInitPayout)
	require.Equal(t, exitUnknown, m.run("send", "session/init/payout", "--body", m.payout("p", "15000")).code)
	operation, ok := at(m.unknown()[0], "operation").(string)
	require.True(t, ok)
	s := m.run("unknown", "resend", operation, "--base-url", closedPort(t), "--json")
	assert.Equal(t, exitUnknown, s.code, s.out)
	assert.Equal(t, "unknown", s.object(t)["outcome"])
	require.Len(t, m.unknown(), 1)
	assert.Equal(t, exitDone, m.run("unknown", "resend", operation).code)
	assert.Empty(t, m.unknown())
	assert.Equal(t, 1, sessionsAt(t, server))
}
