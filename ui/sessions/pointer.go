package sessions

// Session returns the id of the session that is shown or under the cursor; see page.Pointer.
func (m *Model) Session() string {
	if m.detail != nil {
		return m.detail.id
	}
	if row, ok := m.list.Current(); ok {
		return row.SessionID
	}
	return ""
}
