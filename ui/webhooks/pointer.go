package webhooks

// Session returns the id of the session that the webhook under the cursor is about; see page.Pointer.
func (m *Model) Session() string {
	_, session := m.chosen()
	return session
}
