package payouts

// Session returns the id of the session whose payout is under the cursor; see page.Pointer.
func (m *Model) Session() string {
	if row, ok := m.list.Current(); ok {
		return row.SessionID
	}
	return ""
}
