package journal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"pikedash/pikeapi"
)

// RuleOtherKind is the BlockedError rule for a call in an environment of another kind than the one that
// the journal belongs to.
const RuleOtherKind = "other_kind"

// checkKind keeps a journal to environments of one kind. A profile that was demo and is live now would
// else take what is unknown in demo to live, and its sums and look-alikes with it.
func (t *txn) checkKind(b *beginning) error {
	if b.p.Env == nil || b.p.Env.Kind == "" {
		return nil
	}
	kind, was := string(b.p.Env.Kind), ""
	found, err := t.get([]any{&was}, `SELECT value FROM meta WHERE key = 'kind'`)
	switch {
	case err != nil || found && was == kind:
		return err
	case !found:
		return t.exec(`INSERT INTO meta(key, value) VALUES('kind', ?)`, kind)
	}
	return &pikeapi.BlockedError{Rule: RuleOtherKind, Reason: fmt.Sprintf(
		"the journal of %s is that of a profile that was %s, and now it is %s: give the profile another name, so that the two do not share what was sent",
		b.p.Env.Name, strings.ToUpper(was), strings.ToUpper(kind))}
}

// elsewhere says why a resend would not go where the first attempt went; empty when it does. The address
// of an embedded sandbox changes with every start.
func (t *txn) elsewhere(b *beginning, exchange int64) (string, error) {
	var url, header string
	found, err := t.get([]any{&url, &header}, `SELECT url, request_header FROM exchanges WHERE id = ?`, exchange)
	if err != nil || !found {
		return "", err
	}
	p := b.p
	if url != p.URL && (p.Env == nil || p.Env.Kind != pikeapi.Sandbox) {
		return fmt.Sprintf("the first attempt went to %s, this one would go to %s, where its key is not known", url, p.URL), nil
	}
	var was http.Header
	if err := json.Unmarshal([]byte(header), &was); err != nil {
		return "", fmt.Errorf("reading the headers of the first attempt: %w", err)
	}
	if was.Get(pikeapi.HeaderSubmerchant) != pikeapi.MaskHeader(p.Header).Get(pikeapi.HeaderSubmerchant) {
		return "the first attempt was sent for another submerchant", nil
	}
	return "", nil
}
