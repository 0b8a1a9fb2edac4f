package page

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"pikedash/pikeapi"
)

func TestStamps(t *testing.T) {
	place := NewPlace(&Desk{Env: &pikeapi.Environment{Epoch: 1}})
	s := NewStamps(place)
	a, b, money := s.Next("list"), s.Next("list"), s.Now()
	other := s.Next("detail")
	check := func(st Stamp, fresh, foreign bool) {
		t.Helper()
		f, g := s.Fresh(st)
		assert.Equal(t, fresh, f)
		assert.Equal(t, foreign, g)
	}
	check(a, false, false)
	check(b, true, false)
	check(other, true, false)
	check(money, true, false)
	s.Cancel("list")
	check(b, false, false)
	place.Set(&Desk{Env: &pikeapi.Environment{Epoch: 2}})
	check(other, false, true)
	check(money, false, true)
	check(s.Now(), true, false)
}

func TestLockedSaysHowToUnlock(t *testing.T) {
	live := &Desk{Env: &pikeapi.Environment{Kind: pikeapi.Live, Name: "live", Project: "shop"}, Lock: pikeapi.NewLock(nil)}
	reason, locked := live.Locked("U")
	assert.True(t, locked)
	assert.Contains(t, reason, "U unlocks it")
	assert.True(t, live.Live())
	demo := &Desk{Env: &pikeapi.Environment{Kind: pikeapi.Demo}, Lock: pikeapi.NewLock(nil)}
	_, locked = demo.Locked("U")
	assert.False(t, locked)
	assert.False(t, (*Desk)(nil).Live())
}

func TestHintLabels(t *testing.T) {
	assert.Equal(t, "pay", Hint{Name: "pay"}.Label())
	assert.True(t, Rarely(Hint{}.Key)[0].Rare)
	assert.False(t, On(Hint{}.Key)[0].Rare)
}
