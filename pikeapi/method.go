package pikeapi

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
