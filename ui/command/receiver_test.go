package command

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/keys"
	"pikedash/pikeapi/journal"
)

// A replay is the very bytes with the very signature, or the same bytes signed anew.
func TestReplaySendsTheTrueBytesAndSignature(t *testing.T) {
	var bodies, signatures []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		assert.NoError(t, err)
		bodies, signatures = append(bodies, string(body)), append(signatures, q.Header.Get("X-PARTNER-SIGN"))
		w.WriteHeader(http.StatusNoContent)
	}))
	defer s.Close()
	signer, err := keys.NewSigner(testKeys()[0], "the sandbox's own key")
	require.NoError(t, err)
	j := openJournal(t, "sandbox", time.Now)
	r, err := startReceiver(t.Context(), "", "", s.URL, time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.hook.Close()) })
	r.enter("sandbox", func() keys.Ring { return nil }, j)
	d := deskReceiver{receiver: r, name: "sandbox", journal: j}

	body := `{"type":"ready_to_confirm","session":{"id":"ps_1","recipient":{"full_name":"Jane Roe"}}}`
	sign, err := keys.SignBase64(t.Context(), signer, []byte(body))
	require.NoError(t, err)
	w, err := j.RecordWebhook(t.Context(), journal.Webhook{
		Received: time.Now(), Body: []byte(body), Signature: sign, Badge: journal.BadgeVerified,
		Header: http.Header{"X-Partner-Sign": {sign}, "Content-Type": {"application/json"}},
	})
	require.NoError(t, err)
	kept, err := j.Webhook(t.Context(), w.ID)
	require.NoError(t, err)
	require.NotEqual(t, sign, kept.Header.Get("X-Partner-Sign"), "the recorded header is masked")

	status, err := d.Replay(t.Context(), w.ID, false)
	require.NoError(t, err)
	assert.Equal(t, http.StatusNoContent, status)
	_, err = d.Replay(t.Context(), w.ID, true)
	require.Error(t, err, "only the embedded sandbox's can be signed anew")
	d.signer = func() (keys.Signer, error) { return signer, nil }
	_, err = d.Replay(t.Context(), w.ID, true)
	require.NoError(t, err)

	assert.Equal(t, []string{body, body}, bodies)
	assert.Equal(t, []string{sign, sign}, signatures, "the padding has no chance in it: the same key makes the same signature")
}
