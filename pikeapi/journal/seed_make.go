package journal

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// A seedRow is one session with one operation, made up.
type seedRow struct {
	n                      int // from 0, the oldest first
	number                 string
	sessionID, operationID string
	raw                    []byte // the session's object
	row, body              int64  // row numbers of the session and of raw
	payout                 bool
	created                time.Time
	finished               time.Time // zero while under way
	status                 string    // of the operation
	session                string    // status of the session
	next                   string
	currency               string
	amount                 int64
	recipient              string
	customer               string
	metadata               string
	errorCode              string
	card                   seedCard
	refund                 int64 // minor units given back; 0 for none
	version                int
	traffic                *seedCalls // nil for older rows
}

// A generator makes rows from a seed, the oldest first.
type generator struct {
	o      SeedOptions
	random *rand.Rand
	made   int
	at     time.Time
	gap    time.Duration
	base   int // first number in the ids, after those of earlier seeds
	first  []string
	last   []string
	money  []weighted
	faults []weighted
	cards  []seedCard
}

// seedSpan is how far back the data reaches at least.
const seedSpan = 3 * 24 * time.Hour

func newGenerator(o SeedOptions) *generator {
	gap := max(30*time.Second, seedSpan/time.Duration(o.Rows))
	return &generator{
		o: o, random: rand.New(rand.NewPCG(o.Seed, 0x70696b65)), gap: gap,
		at:    o.Now.UTC().Truncate(time.Microsecond).Add(-gap * time.Duration(o.Rows)),
		base:  100000 + int(o.Seed%89)*10000000,
		first: seedFirstNames(), last: seedLastNames(), money: seedCurrencies(), faults: seedErrors(), cards: seedCards(),
	}
}

func (g *generator) batch(n int) ([]*seedRow, error) {
	rows := make([]*seedRow, n)
	for i := range rows {
		rows[i] = g.row()
		rows[i].raw = g.sessionJSON(rows[i], rows[i].session, rows[i].next, rows[i].status, rows[i].updated())
		if left := g.o.Rows - g.made; left < g.o.Traffic {
			err := g.addTraffic(rows[i])
			if err == nil {
				err = g.signHooks(rows[i])
			}
			if err != nil {
				return nil, err
			}
		}
		g.made++
	}
	return rows, nil
}

// row makes the next session. The newest ones are still under way.
func (g *generator) row() *seedRow {
	r := g.random
	left := g.o.Rows - g.made // 1 for the newest
	// Within one gap before its place, so that order and span hold whatever the dice say.
	created := g.at.Add(g.gap*time.Duration(g.made) + time.Duration(r.Int64N(int64(g.gap)*9/10))).Truncate(time.Microsecond)
	row := &seedRow{
		n: g.made, payout: r.IntN(10) < 7, created: created, version: 1 + r.IntN(2),
		currency: pick(g.money, r.Uint64()), card: g.cards[r.IntN(len(g.cards))],
		recipient: g.first[r.IntN(len(g.first))] + " " + g.last[r.IntN(len(g.last))],
		customer:  "buyer-" + strconv.Itoa(r.IntN(5000)),
	}
	if r.IntN(4) > 0 {
		row.metadata = `{"order":` + strconv.Itoa(10000+g.made) + `}`
	}
	row.amount = seedAmount(r, row.currency)
	row.number = strconv.Itoa(g.base + row.n)
	row.sessionID, row.operationID = "ps_"+row.number, "pm_"+row.number
	if row.payout {
		row.operationID = "po_" + row.number
	}
	g.decide(row, r.IntN(1000), left)
	return row
}

// seedAmount is mostly small, sometimes large, often round.
func seedAmount(r *rand.Rand, currency string) int64 {
	amount := int64(500 + r.IntN(30000))
	if r.IntN(5) == 0 {
		amount *= int64(2 + r.IntN(40))
	}
	if r.IntN(3) > 0 {
		amount -= amount % 500
	}
	if currency == "bhd" {
		amount *= 10
	}
	return max(amount, 100)
}

// decide gives a row its end. dice lies between 0 and 999.
func (g *generator) decide(row *seedRow, dice, left int) {
	switch {
	case left <= 30 && dice < 300:
		row.status, row.session = "in_progress", "in_progress"
	case left <= 30 && dice < 550:
		row.status, row.session, row.next = "pending", "in_progress", "confirm"
		if !row.payout && dice < 400 {
			row.next = "capture"
		}
	case dice < 870:
		row.status, row.session = "succeeded", "accepted"
		if !row.payout && dice < 80 && row.created.Add(2*time.Hour).Before(g.o.Now) {
			row.refund = row.amount / int64(1+dice%3)
		}
	case dice < 990:
		row.status, row.session, row.errorCode = "failed", "cancelled", pick(g.faults, g.random.Uint64())
	case dice < 997:
		row.status, row.session, row.errorCode = "failed", "cancelled", "session_cancelled_by_partner"
	default:
		row.status, row.session, row.errorCode = "failed", "error", "provider_internal_error"
	}
	if row.status == "succeeded" || row.status == "failed" {
		row.finished = row.created.Add(time.Duration(1500+g.random.IntN(8000)) * time.Millisecond)
	}
}

// receipt returns what a bank gives to a success.
func (r *seedRow) receipt() (rrn, auth string) {
	if r.status != "succeeded" {
		return "", ""
	}
	return strconv.Itoa(501500000000 + r.n), fmt.Sprintf("%06X", r.n&0xffffff)
}

func (r *seedRow) kind() string {
	if r.payout {
		return "payout"
	}
	return "payment"
}

func (r *seedRow) updated() time.Time {
	if r.finished.IsZero() {
		return r.created.Add(900 * time.Millisecond)
	}
	return r.finished
}

// stamp is a time as Pike writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// sessionJSON writes the session's object as Pike would, masked as the journal keeps it.
func (g *generator) sessionJSON(row *seedRow, status, next, operation string, updated time.Time) []byte {
	list, target := "payout_list", "payout_details"
	switch {
	case row.payout && row.version == 1:
		list, target = "payments", "payment_method"
	case !row.payout && row.version == 1:
		list, target = "acquiring_payments", "payment_details"
	case !row.payout:
		list, target = "payment_list", "payment_details"
	}
	b := make([]byte, 0, 700)
	b = fmt.Appendf(b, `{"id":"%s","status":"%s","created_at":"%s","updated_at":"%s"`, row.sessionID, status, stamp(row.created), stamp(updated))
	if next != "" {
		b = fmt.Appendf(b, `,"next_action":"%s"`, next)
	}
	b = fmt.Appendf(b, `,"%s":[{"id":"%s","status":"%s","created_at":"%s"`, list, row.operationID, operation, stamp(row.created.Add(200*time.Millisecond)))
	done := operation == "succeeded" || operation == "failed"
	if done {
		b = fmt.Appendf(b, `,"finished_at":"%s"`, stamp(row.finished))
	}
	b = fmt.Appendf(b, `,"%s":{"type":"card","card":{"brand":"%s","last4":"%s","bin":"%s","country_iso3":"%s"}},"amount_details":{"amount":%d,"currency":"%s"}`,
		target, row.card.brand, row.card.last4, row.card.bin, row.card.country, row.amount, row.currency)
	b = fmt.Appendf(b, `,"customer":{"reference":"%s"},"participant_details":{"recipient":{"full_name":"***"}}`, row.customer)
	if row.metadata != "" {
		b = append(append(b, `,"metadata":`...), row.metadata...)
	}
	switch {
	case done && row.errorCode != "":
		b = fmt.Appendf(b, `,"error":{"code":"%s","description":"%s"}`, row.errorCode, seedErrorText)
	case done:
		b = fmt.Appendf(b, `,"transaction_info":{"rrn":"%012d","auth_code":"%06X"}`, 501500000000+row.n, row.n&0xffffff)
	}
	if done && row.refund > 0 {
		b = fmt.Appendf(b, `,"refunds":[{"id":"rf_%s","status":"accepted","created_at":"%s","finished_at":"%s","amount_details":{"amount":%d,"currency":"%s"}}]`,
			row.number, stamp(row.finished.Add(time.Hour)), stamp(row.finished.Add(time.Hour+time.Second)), row.refund, row.currency)
	}
	return append(b, `}]}`...)
}

// seedErrorText is the description that made-up failures carry.
const seedErrorText = "made up for a demonstration"
