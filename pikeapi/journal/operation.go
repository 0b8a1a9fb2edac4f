package journal

import (
	"strings"

	"pikedash/pikeapi"
)

func (t *txn) saveOperation(f operationFields, row int64) error {
	return t.exec(insertOperation+` ON CONFLICT(op_id, session_id) DO UPDATE SET
			kind = ?4, status = ?5, finished = ?7, updated = ?8, amount = ?9, currency = ?10, fee = coalesce(?11, fee),
			fee_currency = CASE WHEN ?12 <> '' THEN ?12 ELSE fee_currency END, method = CASE WHEN ?13 <> '' THEN ?13 ELSE method END,
			brand = CASE WHEN ?14 <> '' THEN ?14 ELSE brand END, bin = CASE WHEN ?15 <> '' THEN ?15 ELSE bin END,
			last4 = CASE WHEN ?16 <> '' THEN ?16 ELSE last4 END, card_id = CASE WHEN ?17 <> '' THEN ?17 ELSE card_id END,
			country = CASE WHEN ?18 <> '' THEN ?18 ELSE country END, recipient = ?19,
			recipient_key = ?20, customer = ?21,
			customer_key = ?22, metadata = ?23,
			error_code = ?24, error_text = ?25, rrn = CASE WHEN ?26 <> '' THEN ?26 ELSE rrn END,
			auth_code = CASE WHEN ?27 <> '' THEN ?27 ELSE auth_code END, refunds = max(refunds, ?28), refunded = max(refunded, ?29),
			version = ?30, next_action = ?31, interaction = ?32, text = ?33`,
		f.args(row)...)
}

const insertOperation = `INSERT INTO operations(op_id, session_row, session_id, kind, status, created, finished, updated, amount, currency,
			fee, fee_currency, method, brand, bin, last4, card_id, country, recipient, recipient_key, customer, customer_key, metadata,
			error_code, error_text, rrn, auth_code, refunds, refunded, version, next_action, interaction, text)
		VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30,?31,?32,?33)`

// operationFields are the values of an operation's row.
type operationFields struct {
	o         *observation
	op        pikeapi.Operation
	recipient string
	customer  string
	metadata  string
	code      string
	text      string
}

// fieldsOf fills in what an answer leaves out from what was known before.
func fieldsOf(o *observation, op pikeapi.Operation, have knownOperation) operationFields {
	f := operationFields{o: o, op: op, metadata: have.metadata,
		recipient: firstOf(op.Recipient, o.recipient, have.recipient), customer: firstOf(op.Customer, have.customer)}
	if len(op.Metadata) > 0 && string(op.Metadata) != "null" {
		masked, _ := pikeapi.MaskJSON(op.Metadata)
		f.metadata = pikeapi.MaskText(string(masked))
	}
	if op.Error != nil {
		f.code, f.text = op.Error.Code, pikeapi.MaskText(op.Error.Description)
	}
	return f
}

func (f operationFields) searchText() string {
	return searchText(f.op.ID, f.o.s.ID, f.recipient, f.customer, f.code, f.text, f.metadata)
}

func (f operationFields) args(row int64) []any {
	op, s := f.op, f.o.s
	var fee any
	var feeCurrency string
	if op.Fee != nil {
		fee, feeCurrency = op.Fee.Amount, strings.ToLower(op.Fee.Currency)
	}
	var card pikeapi.Card
	if op.Card != nil {
		card = *op.Card
	}
	var refunded int64
	for _, r := range op.Refunds {
		if r.Status == pikeapi.RefundAccepted && r.Amount.Amount > 0 && refunded <= 1<<62 {
			refunded += r.Amount.Amount
		}
	}
	created := op.CreatedAt
	if created.IsZero() {
		created = s.CreatedAt
	}
	var interaction string
	if op.Interaction != nil && op.Status == pikeapi.OperationPending {
		interaction = op.Interaction.Type
	}
	return []any{op.ID, row, s.ID, string(op.Kind), string(op.Status), micros(created), micros(op.FinishedAt), micros(s.UpdatedAt),
		op.Amount.Amount, strings.ToLower(op.Amount.Currency), fee, feeCurrency, op.Method, card.Brand, card.BIN, card.Last4, card.CardID, card.Country,
		f.recipient, fold(f.recipient), f.customer, fold(f.customer), f.metadata, f.code, f.text, op.RRN, op.AuthCode,
		len(op.Refunds), refunded, int(f.o.version), string(s.NextAction), interaction,
		f.searchText()}
}

func (t *txn) saveRefund(o *observation, op string, r pikeapi.Refund) error {
	var metadata string
	if len(r.Metadata) > 0 && string(r.Metadata) != "null" {
		masked, _ := pikeapi.MaskJSON(r.Metadata)
		metadata = string(masked)
	}
	created := r.CreatedAt
	if created.IsZero() {
		created = o.s.UpdatedAt
	}
	return t.exec(`INSERT INTO refunds(refund_id, op_id, session_id, status, created, finished, updated, amount, currency, chargeback, metadata)
		VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)
		ON CONFLICT(refund_id, session_id) DO UPDATE SET
			status = CASE WHEN status IN ('accepted', 'declined') THEN status ELSE ?4 END,
			finished = CASE WHEN ?6 <> 0 THEN ?6 ELSE finished END, updated = ?7, amount = ?8, currency = ?9, chargeback = max(chargeback, ?10)`,
		r.ID, op, o.s.ID, string(r.Status), micros(created), micros(r.FinishedAt), micros(o.s.UpdatedAt),
		r.Amount.Amount, strings.ToLower(r.Amount.Currency), boolInt(r.Chargeback), metadata)
}
