package journal

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestWaysOutOfAnUnknownOutcome(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	open := IntentRow{State: StateUnknown, Method: "session/init/payout", TakesKey: true, HasBody: true, Created: now.Add(-time.Hour), SessionID: "ps_1"}
	for name, c := range map[string]struct {
		change       func(*IntentRow)
		resend, next string // a part of the reason; empty when it may be sent again
	}{
		"fresh":            {func(*IntentRow) {}, "", "Ask for the session's status first"},
		"no session":       {func(i *IntentRow) { i.SessionID = "" }, "", "Send the same bytes with the same key"},
		"still busy":       {func(i *IntentRow) { i.ErrorCode = keyExists }, "", "still busy with the first request under this key. Wait a minute, then ask for"},
		"busy, no session": {func(i *IntentRow) { i.ErrorCode, i.SessionID = keyExists, "" }, "", "then send the same bytes with the same key again; never take a new key"},
		"other bytes":      {func(i *IntentRow) { i.ErrorCode = keyMismatch }, "Pike has other bytes under this key", "Compare the digests"},
		"key refused":      {func(i *IntentRow) { i.ErrorCode = keyRefused }, "could be carried out twice", "nothing protects a repeat: ask for"},
		"refused, lost":    {func(i *IntentRow) { i.ErrorCode, i.SessionID = keyRefused, "" }, "could be carried out twice", "look at Pike whether"},
		"no key":           {func(i *IntentRow) { i.TakesKey, i.SessionID = false, "" }, "takes no idempotency key", "then resolve it by hand"},
		"just in time":     {func(i *IntentRow) { i.Created = now.Add(-23*time.Hour + time.Second) }, "", "Ask for"},
		"too old":          {func(i *IntentRow) { i.Created, i.SessionID = now.Add(-23*time.Hour), "" }, "older than 23 hours", "resolve it by hand"},
		"clock set back":   {func(i *IntentRow) { i.Created = now.Add(time.Hour) }, "the clock was set back", "Ask for"},
		"body gone":        {func(i *IntentRow) { i.HasBody, i.SessionID = false, "" }, "no longer kept", "resolve it by hand"},
		"settled":          {func(i *IntentRow) { i.State = StateResolved }, "it is resolved", ""},
	} {
		i := open
		c.change(&i)
		if c.resend == "" {
			assert.Empty(t, i.ResendOff(now), name)
		} else {
			assert.Contains(t, i.ResendOff(now), c.resend, name)
		}
		assert.Contains(t, i.NextStep(now), c.next, name)
	}
}
