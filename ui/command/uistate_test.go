package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/config"
)

// TestAFilterIsKeptWithoutTheCardInIt: who looks for a payout by the number of its card leaves no number.
func TestAFilterIsKeptWithoutTheCardInIt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ui.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"old":"[\"4000056655665556\"]"}`), 0o600))
	s := loadUIState(config.Paths{State: dir})
	assert.NotContains(t, s.Kept("old"), "4000056655665556", "what an older program kept is not shown again")
	require.NoError(t, s.Keep("payouts.recent", `["status:failed","4242 4242 4242 4242"]`))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(data), "4000056655665556")
	assert.NotContains(t, string(data), "4242 4242 4242")
	again := loadUIState(config.Paths{State: dir})
	assert.Contains(t, again.Kept("payouts.recent"), "status:failed")
	assert.Contains(t, again.Kept("payouts.recent"), "4242")
}
