package pikeapi

import (
	"fmt"
	"slices"
	"strings"
)

// Method is one of Pike's operations.
type Method struct {
	Name       string // path below /api/vN/
	Versions   []Version
	Mutates    bool // changes something at Pike
	MovesMoney bool // money may move because of it: init, start, confirm, capture, refund
	TakesKey   bool // takes an idempotency key
	NeedsID    bool // session_id is mandatory
	Purpose    string
}

// Speaks says whether the method exists in version v.
func (m Method) Speaks(v Version) bool { return slices.Contains(m.Versions, v) }

// takesAmount says whether Pike reads amount_details in the body of the method. Of confirm and cancel
// it is known that it does not; methods about tokens and readings move none.
func (m Method) takesAmount() bool {
	switch m.Name {
	case MethodCreate, MethodInitPayout, MethodInitPayment, MethodStartPayout, MethodStartPayment, MethodCapture, MethodRefund:
		return true
	}
	return false
}

// The names of Pike's methods.
const (
	MethodCreate           = "session/create"
	MethodInitPayout       = "session/init/payout"
	MethodInitPayment      = "session/init/payment"
	MethodStartPayout      = "session/start/payout"
	MethodStartPayment     = "session/start/payment"
	MethodConfirm          = "session/confirm"
	MethodCancel           = "session/cancel"
	MethodCapture          = "session/capture"
	MethodRefund           = "session/refund"
	MethodStatus           = "session/status"
	MethodToken            = "token"
	MethodTokenInfo        = "token/info"
	MethodTokenizeElements = "tokenize/elements"
	MethodRecurrentStatus  = "recurrent/status"
	MethodRecurrentDisable = "recurrent/disable"
	MethodWalletBalance    = "wallet/balance"
)

// Methods returns Pike's methods in the order in which an operator meets them. Which of them take
// an idempotency key is not published; the list follows the hints of the documentation and the
// platform's SDK, which offers the key on every session call that changes something.
func Methods() []Method {
	both, first := []Version{V1, V2}, []Version{V1}
	return []Method{
		{Name: MethodCreate, Versions: both, Mutates: true, TakesKey: true, Purpose: "make a session, empty or with what is known already"},
		{Name: MethodInitPayout, Versions: both, Mutates: true, MovesMoney: true, TakesKey: true, Purpose: "make a session and start a payout in it"},
		{Name: MethodInitPayment, Versions: both, Mutates: true, MovesMoney: true, TakesKey: true, Purpose: "make a session and start a payment in it"},
		{Name: MethodStartPayout, Versions: both, Mutates: true, MovesMoney: true, TakesKey: true, NeedsID: true, Purpose: "start a payout in a session"},
		{Name: MethodStartPayment, Versions: both, Mutates: true, MovesMoney: true, TakesKey: true, NeedsID: true, Purpose: "start a payment in a session"},
		{Name: MethodConfirm, Versions: both, Mutates: true, MovesMoney: true, TakesKey: true, NeedsID: true, Purpose: "let a session that is ready go ahead"},
		{Name: MethodCancel, Versions: both, Mutates: true, TakesKey: true, NeedsID: true, Purpose: "stop a session that waits"},
		{Name: MethodCapture, Versions: both, Mutates: true, MovesMoney: true, TakesKey: true, NeedsID: true, Purpose: "debit money that is held, all or part"},
		{Name: MethodRefund, Versions: both, Mutates: true, MovesMoney: true, TakesKey: true, NeedsID: true, Purpose: "give back a payment, all or part"},
		{Name: MethodStatus, Versions: both, NeedsID: true, Purpose: "read a session and its operations"},
		{Name: MethodToken, Versions: first, Mutates: true, Purpose: "make a public token for a widget"},
		{Name: MethodTokenInfo, Versions: first, Purpose: "read what lies behind a token"},
		{Name: MethodTokenizeElements, Versions: first, Mutates: true, Purpose: "turn a card into a token without a widget (experimental: its body is not published)"},
		{Name: MethodRecurrentStatus, Versions: first, Purpose: "read a recurring token"},
		{Name: MethodRecurrentDisable, Versions: first, Mutates: true, Purpose: "switch a recurring token off"},
		{Name: MethodWalletBalance, Versions: first, Purpose: "read the balance of the deposit"},
	}
}

// LookupMethod returns Pike's method of the given name. When there is none, ExplainMethod says why.
func LookupMethod(name string) (Method, bool) {
	for _, m := range Methods() {
		if m.Name == name {
			return m, true
		}
	}
	return Method{}, false
}

// sisterMethods are known from other brands of the same platform; nothing says that Pike has them.
func sisterMethods() map[string]string {
	return map[string]string{
		"session/init/payout/fiscalization":  "a payout with a tax receipt for the self-employed",
		"session/start/payout/fiscalization": "a payout with a tax receipt for the self-employed",
		"session/chargeback":                 "a chargeback (at Pike it arrives only as a notification)",
		"session/multi/init":                 "a session with several operations",
		"fps/banks":                          "a list of banks of another country's transfer system",
		"fps/customer_verification":          "a check of a recipient in another country's transfer system",
		"fiscalization":                      "a tax receipt without a payout",
		"subscription/cancel":                "the end of a subscription",
		"subscription/restore":               "the return of a subscription",
		"sberpay/push":                       "a push message of another wallet",
	}
}

// ExplainMethod says in one sentence why name is not a method of Pike: a sister brand's, a
// misspelling with the nearest name, or a path that was pasted whole. It returns "" for a known name.
func ExplainMethod(name string) string {
	if _, ok := LookupMethod(name); ok {
		return ""
	}
	if name == "" {
		return "the method is missing: name one such as session/init/payout"
	}
	if what, ok := sisterMethods()[name]; ok {
		return fmt.Sprintf("%s is not one of Pike's methods: it is %s of a sister brand", name, what)
	}
	switch name {
	case "session/start":
		return "session/start is a slip in the documentation: use session/start/payout or session/start/payment"
	case "tokenized/elements":
		return "tokenized/elements is a slip in the documentation: use tokenize/elements"
	}
	bare := name
	if i := strings.Index(bare, "/api/v"); i >= 0 {
		if _, rest, ok := strings.Cut(bare[i+len("/api/v"):], "/"); ok {
			bare = rest
		}
	}
	bare = strings.Trim(strings.ToLower(strings.TrimSpace(bare)), "/")
	best, far := "", 1<<30
	for _, m := range Methods() {
		if d := distance(bare, m.Name); d < far {
			best, far = m.Name, d
		}
	}
	if far <= 4 {
		return fmt.Sprintf("%q is not one of Pike's methods: did you mean %s?", name, best)
	}
	return fmt.Sprintf("%q is not one of Pike's methods, such as %s or %s", name, MethodInitPayout, MethodStatus)
}

// distance is the Levenshtein distance between two short strings, in bytes; long ones are far away.
func distance(a, b string) int {
	if len(a) > 64 {
		return 1 << 20
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
