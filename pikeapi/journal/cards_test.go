package journal

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A megabyte of brackets costs no multiple of itself, and hides neither a card number nor a security code.
func TestBracketsHideNothing(t *testing.T) {
	deep := bytes.Repeat([]byte(`[`), 1<<20)
	assert.False(t, holdsCardNumber(deep))
	assert.True(t, holdsCardNumber(slices.Concat(deep, []byte(`"\u0034242424242424242"`))))
	assert.True(t, HoldsSecurityCode(slices.Concat(deep, []byte(`{"cvv":"123"}`))))
	assert.ErrorIs(t, eachText(deep, 0, func(string, string) {}), errTooDeep)
	most := slices.Concat(bytes.Repeat([]byte(`[`), maxLevels), bytes.Repeat([]byte(`]`), maxLevels))
	assert.NoError(t, eachText(most, 0, func(string, string) {}))
}
