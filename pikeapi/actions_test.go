package pikeapi

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func payment(status OperationStatus, refunds ...Refund) Operation {
	return Operation{Kind: Payment, ID: "pm_1", Status: status, Amount: Money{1000, "eur"}, Refunds: refunds}
}

func refund(status RefundStatus, amount int64) Refund {
	return Refund{ID: "rf_1", Status: status, Amount: Money{amount, "EUR"}}
}

// The rows of protocol section 6.8.
func TestActionsByState(t *testing.T) {
	tests := []struct {
		name    string
		session Session
		allowed string
	}{
		{"created", Session{Status: SessionCreated}, "start cancel"},
		{"in progress", Session{Status: SessionInProgress}, ""},
		{"waits for confirm", Session{Status: SessionInProgress, NextAction: NextConfirm}, "confirm cancel"},
		{"waits for capture", Session{Status: SessionInProgress, NextAction: NextCapture, Payments: []Operation{payment(OperationPending)}}, "cancel capture"},
		{"accepted payment", Session{Status: SessionAccepted, Payments: []Operation{payment(OperationSucceeded)}}, "refund"},
		{"accepted payout", Session{Status: SessionAccepted, Payouts: []Operation{{Status: OperationSucceeded}}}, ""},
		{"partly refunded", Session{Status: SessionAccepted, Payments: []Operation{payment(OperationSucceeded, refund(RefundAccepted, 400))}}, "refund"},
		{"wholly refunded", Session{Status: SessionAccepted, Payments: []Operation{payment(OperationSucceeded, refund(RefundAccepted, 400), refund(RefundInProgress, 600))}}, ""},
		{"refund declined", Session{Status: SessionAccepted, Payments: []Operation{payment(OperationSucceeded, refund(RefundDeclined, 1000))}}, "refund"},
		{"refund running", Session{Status: SessionInProgress, Payments: []Operation{payment(OperationSucceeded, refund(RefundInProgress, 1))}}, ""},
		{"cancelled", Session{Status: SessionCancelled}, ""},
		{"error", Session{Status: SessionError}, ""},
		{"odd", Session{Status: "odd", NextAction: NextConfirm}, ""},
		{"final that waits", Session{Status: SessionAccepted, NextAction: NextConfirm}, ""},
	}
	for _, test := range tests {
		got := ""
		for _, a := range Actions(&test.session) {
			if a.Allowed {
				got += " " + a.Name
			}
			assert.Equal(t, a.Allowed, a.Reason == "", "%s: %s", test.name, a.Name)
		}
		assert.Equal(t, test.allowed, trimSpace(got), test.name)
	}
	mixed := payment(OperationSucceeded, refund(RefundDeclined, 900), refund(RefundAccepted, 300), refund(RefundError, 100))
	left, ok := mixed.Refundable()
	assert.True(t, ok)
	assert.Equal(t, Money{600, "eur"}, left, "declined refunds take nothing, those in error may still")
	s := tests[6].session
	assert.Equal(t, &Money{600, "eur"}, s.Legal("refund").Most)
	assert.False(t, s.Legal("dance").Allowed)
	assert.Contains(t, (&Session{Status: SessionInProgress}).Legal("confirm").Reason, "not waiting")
}

func TestDeadlines(t *testing.T) {
	waiting := func(next NextAction, o Operation) *Session {
		return &Session{Status: SessionInProgress, UpdatedAt: day, NextAction: next, Payments: []Operation{o}}
	}
	for _, test := range []struct {
		session *Session
		what    string
		after   time.Duration
	}{
		{waiting(NextConfirm, payment(OperationPending)), "confirm", 240 * time.Minute},
		{waiting(NextCapture, payment(OperationPending)), "capture", 95 * time.Hour},
		{waiting("", Operation{Status: OperationPending, Interaction: &Interaction{}}), "payer", time.Hour},
	} {
		what, at, ok := Deadline(test.session)
		assert.True(t, ok)
		assert.Equal(t, test.what, what)
		assert.Equal(t, day.Add(test.after), at)
	}
	for _, s := range []*Session{{Status: SessionAccepted, UpdatedAt: day}, {Status: SessionInProgress, UpdatedAt: day}, {Status: SessionInProgress, NextAction: NextConfirm}} {
		_, _, ok := Deadline(s)
		assert.False(t, ok)
	}
}

func TestSupersedes(t *testing.T) {
	at := func(status SessionStatus, minutes int, payments ...Operation) *Session {
		s := &Session{ID: "ps_1", Status: status, Payments: payments}
		if minutes >= 0 {
			s.UpdatedAt = day.Add(time.Duration(minutes) * time.Minute)
		}
		return s
	}
	refunding := payment(OperationSucceeded, refund(RefundInProgress, 1))
	for name, test := range map[string]struct {
		old, next *Session
		want      bool
	}{
		"first":                          {nil, at(SessionCreated, 0), true},
		"newer":                          {at(SessionCreated, 0), at(SessionInProgress, 1), true},
		"older":                          {at(SessionInProgress, 1), at(SessionCreated, 0), false},
		"older though final":             {at(SessionInProgress, 2), at(SessionAccepted, 1), false},
		"the same again":                 {at(SessionInProgress, 1), at(SessionInProgress, 1), true},
		"same time, less far":            {at(SessionInProgress, 1), at(SessionCreated, 1), false},
		"same time, further":             {at(SessionInProgress, 1), at(SessionAccepted, 1), true},
		"final stays":                    {at(SessionAccepted, 1), at(SessionInProgress, 2), false},
		"cancelled stays":                {at(SessionCancelled, 1), at(SessionInProgress, 2, refunding), false},
		"accepted opens for a refund":    {at(SessionAccepted, 1), at(SessionInProgress, 2, refunding), true},
		"but not by an old notification": {at(SessionAccepted, 2), at(SessionInProgress, 1, refunding), false},
		"nor at the same time":           {at(SessionAccepted, 2), at(SessionInProgress, 2, refunding), false},
		"refund done":                    {at(SessionInProgress, 2, refunding), at(SessionAccepted, 3, payment(OperationSucceeded, refund(RefundAccepted, 1))), true},
		"error is not final":             {at(SessionError, 1), at(SessionAccepted, 2), true},
		"no times, final stays":          {at(SessionAccepted, -1), at(SessionInProgress, -1), false},
		"no times, further":              {at(SessionInProgress, -1), at(SessionAccepted, -1), true},
		"an operation goes back":         {at(SessionInProgress, 1, payment(OperationSucceeded)), at(SessionInProgress, 2, payment(OperationPending)), false},
		"another session":                {at(SessionCreated, 0), &Session{ID: "ps_2"}, false},
		"nothing":                        {at(SessionCreated, 0), nil, false},
	} {
		assert.Equal(t, test.want, Supersedes(test.old, test.next), name)
	}
}

// In whatever order reports arrive, and however often, a final state without refunds never ends.
func TestAFinalStateNeverEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		statuses := []SessionStatus{SessionCreated, SessionInProgress, SessionAccepted, SessionCancelled, SessionError}
		var known *Session
		final := false
		for range rapid.IntRange(1, 12).Draw(t, "reports") {
			next := &Session{ID: "ps_1", Status: rapid.SampledFrom(statuses).Draw(t, "status")}
			if rapid.Bool().Draw(t, "timed") {
				next.UpdatedAt = day.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "minute")) * time.Minute)
			}
			if Supersedes(known, next) {
				known = next
			}
			assert.False(t, final && !known.Status.Final())
			final = known.Status.Final()
		}
	})
}

func TestContradictions(t *testing.T) {
	fine := &Session{Status: SessionAccepted, CreatedAt: day, UpdatedAt: day.Add(time.Minute), Payments: []Operation{payment(OperationSucceeded, refund(RefundAccepted, 1000))}}
	assert.Empty(t, Contradictions(fine))
	for want, s := range map[string]*Session{
		"not a documented status":      {Status: "weird"},
		"not a documented next action": {Status: SessionInProgress, NextAction: "dance"},
		"waits for confirm although":   {Status: SessionAccepted, NextAction: NextConfirm},
		"only created":                 {Status: SessionCreated, Payments: []Operation{payment(OperationPending)}},
		"capture without a payment":    {Status: SessionInProgress, NextAction: NextCapture},
		"before it was created":        {Status: SessionCreated, CreatedAt: day, UpdatedAt: day.Add(-1)},
		"although the session is acce": {Status: SessionAccepted, Payments: []Operation{payment(OperationPending)}},
		"the session is cancelled":     {Status: SessionCancelled, Payments: []Operation{payment(OperationSucceeded)}},
		"has the error":                {Status: SessionAccepted, Payments: []Operation{{Status: OperationSucceeded, Error: &ErrorDetail{Code: "x"}}}},
		"has refunds although":         {Status: SessionInProgress, Payments: []Operation{payment(OperationPending, refund(RefundAccepted, 1))}},
		"gave back":                    {Status: SessionAccepted, Payments: []Operation{payment(OperationSucceeded, refund(RefundAccepted, 1001))}},
		"cannot be added up":           {Status: SessionAccepted, Payments: []Operation{payment(OperationSucceeded, Refund{Status: RefundAccepted, Amount: Money{1, "usd"}})}},
	} {
		got := Contradictions(s)
		found := false
		for _, sentence := range got {
			found = found || strings.Contains(sentence, want)
		}
		assert.True(t, found, "%s: %v", want, got)
	}
}
