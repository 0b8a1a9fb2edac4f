package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"pikedash/pikeapi/journal"
)

func TestTablesLineUp(t *testing.T) {
	var out bytes.Buffer
	rows := [][]string{
		{"ID", "AMOUNT", "TO", "WHY"},
		{"po_1", "1,500.00 EUR", "王小明", "x"},
		{"po_2", "900 JPY", "Zoe\u0308 \x1b[31mRoe", "y"},
		{"po_3", "0.125 BHD", "", "z"},
		{"po_4", "5 minor units of XYZ", "Jane", ""},
	}
	alignAmounts(rows, 1)
	(&printer{w: &out}).table(rows)
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	require.Len(t, lines, 5)
	column := func(line, part string) int {
		at := strings.Index(line, part)
		require.GreaterOrEqual(t, at, 0, "%q in %q", part, line)
		return ansi.StringWidth(line[:at])
	}
	for i, why := range []string{"x", "y", "z"} {
		assert.Equal(t, column(lines[0], "WHY"), column(lines[i+1], why), "wide and combining characters count as they are drawn")
	}
	assert.Equal(t, column(lines[1], ".00"), column(lines[3], ".125"), "points stand below each other")
	assert.Equal(t, column(lines[1], "EUR"), column(lines[2], "JPY"))
	assert.NotContains(t, out.String(), "\x1b")
}

// What goes wrong while rows are written is part of the one value.
func TestAnErrorMidwayStaysInTheOneValue(t *testing.T) {
	for name, cause := range map[string]error{"file": errors.New("the disk is gone"), "interrupted": context.Canceled} {
		var out, errs bytes.Buffer
		a := &app{out: &printer{w: &out}, err: &printer{w: &errs}}
		a.flags.json = true
		w, err := a.rowWriter(journal.ListOperations, &listFlags{}, []string{"ID"})
		require.NoError(t, err)
		require.NoError(t, w.add(map[string]string{"id": "po_1"}, nil))
		code := a.report(w.end(false, cause))
		v := said{code, out.String(), errs.String()}.object(t)
		assert.Len(t, v["payouts"], 1, name)
		assert.Equal(t, true, v["more"], "not everything was read")
		assert.Equal(t, code, map[string]int{"file": exitFailure, "interrupted": exitInterrupted}[name])
		assert.Equal(t, name, at(v, "error", "code"))
	}
}

func TestAnEmptyTableSaysWhy(t *testing.T) {
	m := newMachine(t)
	assert.Contains(t, m.ok("payouts").err, "no payouts are known in this profile's journal")
	assert.Contains(t, m.ok("sessions", "--filter", "status:failed").err, "no sessions fit the filter")
	s := m.ok("payouts", "--json")
	assert.Empty(t, s.err)
	assert.True(t, json.Valid([]byte(s.out)))
}

func TestTheHelpOfTheListsHoldsTheFilterLanguage(t *testing.T) {
	m := newMachine(t)
	help := m.ok("payouts", "--help").out
	for _, f := range journal.FilterFields(journal.ListOperations) {
		assert.Contains(t, help, "\n  "+f.Name+" ")
	}
	assert.Contains(t, help, "in_progress, pending, succeeded, failed")
	assert.NotContains(t, help, "\n  badge ", "only what the list has")
}

func TestSeveralErrorsOfOneMessageStayApart(t *testing.T) {
	var errs bytes.Buffer
	a := &app{out: &printer{w: &errs}, err: &printer{w: &errs}}
	assert.Equal(t, exitFailure, a.report(errors.Join(errors.New("no terminal sends the key \"foo\""), errors.New("key x means both"))))
	assert.Contains(t, errs.String(), `the key "foo"; key x means both`)
}
