package pikeapi

// A group is a value of four to six digits: as people write card numbers, so do some programs, one
// group for each member or element.
type group struct {
	digits   string
	from, to int // where it stands in the output
}

// maxGroups is how many groups a card number has at most.
const maxGroups = 5

// group looks whether a value ends a card number that is split over the values of one object or list,
// and hides all of them.
func (w *structureWalk) group(value string, from int) {
	if len(value) < 3 || len(value) > 6 || !allDigits(value) {
		w.groups = w.groups[:0]
		return
	}
	if len(w.groups) == maxGroups {
		w.groups = append(w.groups[:0], w.groups[1:]...)
	}
	w.groups = append(w.groups, group{value, from, len(w.out)})
	number := ""
	for first := len(w.groups) - 1; first >= 0; first-- {
		number = w.groups[first].digits + number
		if len(number) >= 13 && len(number) <= 19 && plausibleCard([]byte(number)) && LuhnValid(number) {
			w.hideGroups(w.groups[first:])
			w.groups = w.groups[:0]
			return
		}
	}
}

// hideGroups writes the end of the output anew, without the groups.
func (w *structureWalk) hideGroups(groups []group) {
	tail := append([]byte(nil), w.out[groups[0].from:]...)
	w.out = w.out[:groups[0].from]
	at := groups[0].from
	for _, g := range groups {
		w.out = append(w.out, tail[at-groups[0].from:g.from-groups[0].from]...)
		w.out = appendString(w.out, hidden)
		at = g.to
	}
	w.out = append(w.out, tail[at-groups[0].from:]...)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
