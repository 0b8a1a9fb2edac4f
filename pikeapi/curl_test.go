package pikeapi

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCurlSendsExactlyTheBytes(t *testing.T) {
	body := "{\"session_id\":\"ps_1\",\n \"note\":\"it's $HOME `x` \\\\ é\"}\n"
	command := Curl("https://example.test/api/v2/session/status", http.Header{"X-Partner-Sign": {"a+b/c=="}}, []byte(body))
	// The shell itself says what the quoting means: curl is replaced by a function that prints its input.
	out, err := exec.Command("sh", "-c", "curl() { cat; }\n"+command).Output()
	require.NoError(t, err)
	require.Equal(t, body, string(out))
	require.Contains(t, command, "--data-binary @-")
}

func TestCurlHoldsNoCardData(t *testing.T) {
	body := `{"payout_details":{"type":"card","card":{"type":"bank_card","bank_card":{"number":"4242424242424242"}}}}`
	command := Curl("https://example.test/x", http.Header{}, []byte(body))
	require.NotContains(t, command, "4242424242424242")
	require.Contains(t, command, "--data-binary @request.json")
	require.True(t, strings.HasPrefix(command, "# "))
}
