package pikeapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// summarise says what a body asks for, in the terms of an operator. It reads either version's names. A
// body that cannot be read gives an empty summary.
func summarise(project string, method Method, body []byte) Summary {
	var s Summary
	switch method.Name {
	case MethodInitPayout, MethodStartPayout:
		s.Kind = Payout
	case MethodInitPayment, MethodStartPayment, MethodCapture, MethodRefund:
		s.Kind = Payment
	}
	if len(body) == 0 && !method.MovesMoney {
		return s // Pike takes it for {}
	}
	raw, err := checkJSON(body)
	if err != nil {
		s.Ambiguous = "it is not a JSON value: " + err.Error()
		return s
	}
	if _, ok := members(raw); !ok {
		s.Ambiguous = "it is not a JSON object"
		return s
	}
	s.Ambiguous = ambiguity(raw, 0)
	s.SessionID = oneLine(MaskText(fieldText(raw, "session_id")))
	if details := field(raw, "amount_details"); !isNull(details) && !method.takesAmount() {
		// It would stand for the amount of the session in limits and confirmations, and Pike ignores it.
		if s.Ambiguous == "" {
			s.Ambiguous = method.Name + " takes no amount, and this one names one"
		}
	} else if !isNull(details) {
		rd := &reader{}
		m := rd.amount("amount_details", details)
		switch {
		// A negative amount would lower what was counted so far.
		case len(rd.doubts) == 0 && field(details, "amount") != nil && m.Amount >= 0 && len(m.Currency) == 3 && isLetters(m.Code()):
			s.Amount = &m
		case s.Ambiguous == "":
			s.Ambiguous = "its amount cannot be read as whole minor units of a currency"
		}
	}
	s.Recipient = oneLine(MaskText(participantName(field(field(raw, "participant_details"), "recipient"))))
	s.target(project, raw)
	return s
}

// target fills Kind where only the body tells, and where the money goes to or comes from.
func (s *Summary) target(project string, raw json.RawMessage) {
	second, first := field(raw, "payout_details"), field(raw, "payment_method")
	payout := second
	if isNull(payout) {
		payout = first
	}
	if !isNull(second) && !isNull(first) && s.Ambiguous == "" {
		s.Ambiguous = "it names where the money goes twice: in payout_details and in payment_method"
	}
	details := payout
	switch {
	case !isNull(payout) && s.Kind == "":
		s.Kind = Payout
	case s.Kind != Payout:
		if source := field(raw, "payment_details"); source != nil {
			details = source
			if s.Kind == "" {
				s.Kind = Payment
			}
		}
	}
	shown, secret := describeTarget(details)
	if secret == "" {
		return
	}
	s.Target = shown
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s:%s", len(project), project, secret))
	s.TargetKey = hex.EncodeToString(sum[:])
}

// describeTarget returns an instrument as it may be shown, and as it is compared.
func describeTarget(raw json.RawMessage) (shown, secret string) {
	kind := fieldText(raw, "type")
	inner := field(raw, kind)
	switch kind {
	case "":
		return "", ""
	case "card":
		form := fieldText(inner, "type")
		card := field(inner, form)
		switch form {
		case "bank_card":
			number := CleanCardNumber(fieldText(card, "number"))
			return strings.TrimPrefix(CardBrand(number)+" ", "unknown ") + MaskPAN(number), "card:" + number
		case "tokenized_card":
			return "token " + maskTail(fieldText(card, "token")), "token:" + fieldText(card, "token")
		case "encrypted_card":
			return "card hash " + maskTail(fieldText(card, "number_hash")), "hash:" + fieldText(card, "number_hash")
		}
	case "recurrent":
		return "recurrent " + maskTail(fieldText(inner, "token")), "recurrent:" + fieldText(inner, "token")
	}
	return oneLine(MaskText(kind)), kind + ":" + string(canonical(raw))
}

// canonical writes a value so that two spellings of the same one are equal: without white space, escapes
// and the order of names; letters in lower case and blanks within texts left out.
func canonical(raw json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw
	}
	text, err := json.Marshal(v) // sorts the names
	if err != nil {
		return raw
	}
	return bytes.ToLower(bytes.ReplaceAll(text, []byte(" "), nil))
}

// ambiguity finds names that occur twice in one object, or that differ only in case, blanks or what
// cannot be seen: programs disagree on which of them counts.
func ambiguity(raw json.RawMessage, depth int) string {
	if depth > maxDepth {
		return "it is nested too deeply"
	}
	if items, ok := elements(raw); ok {
		for _, item := range items {
			if why := ambiguity(item, depth+1); why != "" {
				return why
			}
		}
	}
	all, ok := members(raw)
	if !ok {
		return ""
	}
	seen := make([]string, 0, len(all))
	for _, m := range all {
		folded := lenientName(m.name)
		if slices.Contains(seen, folded) {
			return fmt.Sprintf("the name %q occurs twice", oneLine(clip(m.name)))
		}
		seen = append(seen, folded)
		if why := ambiguity(m.value, depth+1); why != "" {
			return why
		}
	}
	return ""
}

// lenientName is what the most lenient program may take a name for. Upper case first: some letters, such as
// the long s, have no lower case of their own and are still compared as equal to one.
func lenientName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToLower(strings.ToUpper(strings.ToValidUTF8(name, ""))))
}
