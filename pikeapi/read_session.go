package pikeapi

import (
	"encoding/json"
	"strings"
	"time"
)

// session reads a session object; nil for null and for what is not an object.
func (rd *reader) session(raw json.RawMessage) *Session {
	all, ok := members(raw)
	if !ok || len(all) == 0 {
		if !isNull(raw) {
			rd.doubt("session", raw)
		}
		return nil
	}
	s := &Session{Raw: clone(raw)}
	lists := map[string]json.RawMessage{}
	for _, m := range all {
		switch m.name {
		case "id":
			s.ID = identifier(text(m.value))
		case "status":
			s.Status = SessionStatus(oneSpelling(text(m.value)))
		case "created_at":
			s.CreatedAt = rd.moment("created_at", m.value)
		case "updated_at":
			s.UpdatedAt = rd.moment("updated_at", m.value)
		case "finished_at":
			s.FinishedAt = rd.moment("finished_at", m.value)
		case "next_action":
			s.NextAction = NextAction(strings.ToLower(text(m.value)))
		case "error":
			s.Error = rd.errorDetail(m.value)
		case "actions":
			s.Actions = rd.moments(m.value)
		case "payout_list", "payments", "payment_list", "acquiring_payments":
			lists[m.name] = m.value
		default:
			keep(&s.Extra, m)
		}
	}
	s.Payouts = rd.either(s, lists, Payout, "payout_list", "payments")
	s.Payments = rd.either(s, lists, Payment, "payment_list", "acquiring_payments")
	s.Doubts = rd.doubts
	return s
}

// oneSpelling reads the status that prose spells with one l as the enumeration's.
func oneSpelling(status string) string {
	status = strings.ToLower(status)
	if status == "canceled" {
		return string(SessionCancelled)
	}
	return status
}

// either reads the list of operations in the second version's spelling or else in the first's. A
// list that is there in both is read once; the other is kept as it came.
func (rd *reader) either(s *Session, lists map[string]json.RawMessage, kind Kind, second, first string) []Operation {
	name, version := second, V2
	if raw, ok := lists[second]; !ok || (isNull(raw) && !isNull(lists[first])) {
		name, version = first, V1
	}
	raw, ok := lists[name]
	if !ok {
		return nil
	}
	if s.Version < version {
		s.Version = version
	}
	if name == second && !isNull(lists[first]) {
		keep(&s.Extra, member{first, lists[first]})
	}
	items, ok := elements(raw)
	if !ok {
		if !isNull(raw) {
			rd.doubt(name, raw)
		}
		return nil
	}
	operations := make([]Operation, 0, len(items))
	for _, item := range items {
		if fields, ok := members(item); ok {
			operations = append(operations, rd.operation(kind, item, fields))
		} else {
			rd.doubt(name, item)
		}
	}
	return operations
}

func (rd *reader) operation(kind Kind, raw json.RawMessage, fields []member) Operation {
	o := Operation{Kind: kind, Raw: clone(raw)}
	for _, m := range fields {
		switch m.name {
		case "id":
			o.ID = identifier(text(m.value))
		case "status":
			o.Status = OperationStatus(strings.ToLower(text(m.value)))
		case "created_at":
			o.CreatedAt = rd.moment(string(kind)+".created_at", m.value)
		case "finished_at":
			o.FinishedAt = rd.moment(string(kind)+".finished_at", m.value)
		case "amount_details":
			o.Amount = rd.amount(string(kind)+".amount_details", m.value)
		case "amounts":
			o.Fee = rd.fee(m.value)
		case "payout_details", "payment_method", "payment_details":
			o.Method, o.Card = instrumentSeen(m.value)
		case "participant_details":
			o.Recipient = participantName(field(m.value, "recipient"))
		case "customer":
			o.Customer = fieldText(m.value, "reference")
		case "metadata":
			o.Metadata = clone(m.value)
		case "error":
			o.Error = rd.errorDetail(m.value)
		case "refunds":
			o.Refunds = rd.refunds(m.value)
		case "customer_interaction":
			o.Interaction = interaction(m.value)
		case "transaction_info":
			o.RRN, o.AuthCode = fieldText(m.value, "rrn"), fieldText(m.value, "auth_code")
		case "recurrent":
			o.Recurrent = rd.recurrent(m.value)
		default:
			keep(&o.Extra, m)
		}
	}
	return o
}

// fee reads amounts.fee.merchant_fee.
func (rd *reader) fee(raw json.RawMessage) *Money {
	inner := field(field(raw, "fee"), "merchant_fee")
	if isNull(inner) {
		return nil
	}
	m := rd.amount("amounts.fee.merchant_fee", inner)
	return &m
}

// instrumentSeen reads what Pike tells of a payout target or a payment source.
func instrumentSeen(raw json.RawMessage) (kind string, card *Card) {
	kind = fieldText(raw, "type")
	c := field(raw, "card")
	if isNull(c) {
		return kind, nil
	}
	return kind, &Card{
		Brand: fieldText(c, "brand"), Last4: fieldText(c, "last4"), BIN: fieldText(c, "bin"),
		CardID: fieldText(c, "card_id"), Country: fieldText(c, "country_iso3"),
	}
}

// participantName is the full name, else the parts of it, else the company's.
func participantName(raw json.RawMessage) string {
	if name := fieldText(raw, "full_name"); name != "" {
		return name
	}
	parts := strings.Join([]string{fieldText(raw, "first_name"), fieldText(raw, "middle_name"), fieldText(raw, "last_name")}, " ")
	if name := strings.Join(strings.Fields(parts), " "); name != "" {
		return name
	}
	return fieldText(raw, "company_name")
}

func (rd *reader) refunds(raw json.RawMessage) []Refund {
	items, ok := elements(raw)
	if !ok && !isNull(raw) {
		rd.doubt("refunds", raw)
	}
	var all []Refund
	for _, item := range items {
		fields, ok := members(item)
		if !ok {
			rd.doubt("refunds", item)
			continue
		}
		var r Refund
		for _, m := range fields {
			switch m.name {
			case "id":
				r.ID = identifier(text(m.value))
			case "status":
				r.Status = RefundStatus(strings.ToLower(text(m.value)))
			case "created_at":
				r.CreatedAt = rd.moment("refund.created_at", m.value)
			case "finished_at":
				r.FinishedAt = rd.moment("refund.finished_at", m.value)
			case "amount_details":
				r.Amount = rd.amount("refund.amount_details", m.value)
			case "is_chargeback":
				r.Chargeback = isTrue(m.value)
			case "metadata":
				r.Metadata = clone(m.value)
			default:
				keep(&r.Extra, m)
			}
		}
		all = append(all, r)
	}
	return all
}

func isTrue(raw json.RawMessage) bool { return string(raw) == "true" || text(raw) == "true" }

func interaction(raw json.RawMessage) *Interaction {
	if isNull(raw) {
		return nil
	}
	if _, ok := members(raw); !ok {
		return nil
	}
	return &Interaction{
		Type: fieldText(raw, "type"), URL: fieldText(raw, "redirect", "url"),
		Method: fieldText(raw, "redirect", "method"), Raw: clone(raw),
	}
}

func (rd *reader) recurrent(raw json.RawMessage) *Recurrent {
	if isNull(raw) {
		return nil
	}
	if _, ok := members(raw); !ok {
		rd.doubt("recurrent", raw)
		return nil
	}
	return &Recurrent{
		Token: fieldText(raw, "token"), CreatedAt: rd.moment("recurrent.created_at", field(raw, "created_at")),
		FinishedAt: rd.moment("recurrent.finished_at", field(raw, "finished_at")), Active: isTrue(field(raw, "is_active")),
	}
}

func (rd *reader) errorDetail(raw json.RawMessage) *ErrorDetail {
	if isNull(raw) {
		return nil
	}
	all, ok := members(raw)
	if !ok {
		return &ErrorDetail{Description: text(raw), Extra: map[string]json.RawMessage{"error": clone(raw)}}
	}
	d := &ErrorDetail{}
	for _, m := range all {
		switch m.name {
		case "code":
			d.Code = text(m.value)
		case "description":
			d.Description = text(m.value)
		case "reject_reasons":
			reasons, _ := elements(m.value)
			for _, r := range reasons {
				d.RejectReasons = append(d.RejectReasons, RejectReason{
					RuleAlias: fieldText(r, "rule_alias"), ListAlias: fieldText(r, "list_alias"), ExpirationDate: fieldText(r, "expiration_date"),
				})
			}
		default:
			keep(&d.Extra, m)
		}
	}
	return d
}

func (rd *reader) wallets(raw json.RawMessage) []Wallet {
	items, _ := elements(raw)
	var all []Wallet
	for _, item := range items {
		all = append(all, Wallet{ID: fieldText(item, "id"), Balance: rd.amount("wallet.amount_details", field(item, "amount_details"))})
	}
	return all
}

// moments reads an object of timestamps.
func (rd *reader) moments(raw json.RawMessage) map[string]time.Time {
	all, _ := members(raw)
	if len(all) == 0 {
		return nil
	}
	times := make(map[string]time.Time, len(all))
	for _, m := range all {
		if t := rd.moment("actions."+m.name, m.value); !t.IsZero() {
			times[m.name] = t
		}
	}
	return times
}
