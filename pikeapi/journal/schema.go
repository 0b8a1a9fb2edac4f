package journal

import "slices"

// A migration brings the schema from version n-1 to n. A migration that was released is never changed.
type migration struct {
	name string
	sql  []string
}

// migrations returns every step, in order; the schema version of a file is how many it has seen.
func migrations() []migration {
	return []migration{
		{name: "tables", sql: append(append([]string{}, tableStatements...), baseIndexes...)},
		{name: "list indexes and text search", sql: slices.Concat(keptListIndexes, []string{
			`CREATE INDEX operations_status_currency ON operations(kind, status, currency, created)`,
			`CREATE INDEX operations_totals ON operations(kind, status, currency, created, amount)`,
		}, searchStatements)},
		{name: "intents by key and session", sql: []string{
			`CREATE INDEX intents_key ON intents(idem_key) WHERE idem_key <> ''`,
			`CREATE INDEX intents_session ON intents(session_id) WHERE session_id <> ''`,
		}},
		{name: "notifications that were seen before", sql: []string{
			`CREATE INDEX webhooks_same ON webhooks(session_id, session_updated, type, badge) WHERE session_id <> ''`,
			`CREATE INDEX webhooks_digest ON webhooks(digest, badge) WHERE session_id = ''`,
		}},
		{name: "sums of what was moved", sql: sumStatements},
		{name: "indexes for filters and totals, and for hits of a search", sql: []string{
			`DROP INDEX IF EXISTS operations_status_currency`, `DROP INDEX IF EXISTS operations_totals`, statusCurrencyIndex,
			`DROP INDEX operations_session`,
			`CREATE INDEX operations_session ON operations(session_row, created)`, // hits of a search, in the order of lists
		}},
	}
}

// Columns that lists read come first and text last, so that a walk over a table need not read on.
var tableStatements = []string{
	`CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID`,

	// Bodies lie apart from the narrow rows that lists walk over.
	`CREATE TABLE bodies(id INTEGER PRIMARY KEY, data BLOB NOT NULL)`,

	`CREATE TABLE exchanges(
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		op_id TEXT NOT NULL, intent INTEGER NOT NULL DEFAULT 0,
		method TEXT NOT NULL, version INTEGER NOT NULL,
		started INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0, latency INTEGER NOT NULL DEFAULT 0,
		clock INTEGER NOT NULL,
		outcome TEXT NOT NULL DEFAULT '', http_status INTEGER NOT NULL DEFAULT 0,
		error_code TEXT NOT NULL DEFAULT '', error_text TEXT NOT NULL DEFAULT '',
		session_id TEXT NOT NULL DEFAULT '', mutates INTEGER NOT NULL, masked INTEGER NOT NULL,
		kind TEXT NOT NULL DEFAULT '', amount INTEGER NOT NULL DEFAULT 0, currency TEXT NOT NULL DEFAULT '',
		request_bytes INTEGER NOT NULL, response_bytes INTEGER NOT NULL DEFAULT 0,
		key_fp TEXT NOT NULL DEFAULT '', idem_key TEXT NOT NULL DEFAULT '', epoch INTEGER NOT NULL DEFAULT 0,
		owner TEXT NOT NULL DEFAULT '',
		project TEXT NOT NULL DEFAULT '', url TEXT NOT NULL, signature TEXT NOT NULL,
		request_digest BLOB NOT NULL, response_digest BLOB,
		request_body INTEGER NOT NULL DEFAULT 0, response_body INTEGER NOT NULL DEFAULT 0,
		request_header TEXT NOT NULL DEFAULT '', response_header TEXT NOT NULL DEFAULT '',
		text TEXT NOT NULL DEFAULT '')`,

	`CREATE TABLE intents(
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		op_id TEXT NOT NULL UNIQUE, exchange INTEGER NOT NULL DEFAULT 0,
		state TEXT NOT NULL, method TEXT NOT NULL, version INTEGER NOT NULL,
		kind TEXT NOT NULL DEFAULT '', project TEXT NOT NULL, session_id TEXT NOT NULL DEFAULT '',
		has_amount INTEGER NOT NULL DEFAULT 0, amount INTEGER NOT NULL DEFAULT 0, currency TEXT NOT NULL DEFAULT '',
		recipient TEXT NOT NULL DEFAULT '', recipient_key TEXT NOT NULL DEFAULT '',
		target TEXT NOT NULL DEFAULT '', target_key TEXT NOT NULL DEFAULT '',
		digest BLOB NOT NULL, idem_key TEXT NOT NULL DEFAULT '', takes_key INTEGER NOT NULL, moves_money INTEGER NOT NULL,
		created INTEGER NOT NULL, sent_at INTEGER NOT NULL DEFAULT 0, settled_at INTEGER NOT NULL DEFAULT 0,
		expires INTEGER NOT NULL DEFAULT 0, clock INTEGER NOT NULL,
		attempts INTEGER NOT NULL DEFAULT 0, http_status INTEGER NOT NULL DEFAULT 0,
		error_code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
		owner TEXT NOT NULL DEFAULT '', sealed INTEGER NOT NULL DEFAULT 0, text TEXT NOT NULL DEFAULT '')`,

	`CREATE TABLE sessions(
		id INTEGER PRIMARY KEY,
		session_id TEXT NOT NULL, status TEXT NOT NULL DEFAULT '', next_action TEXT NOT NULL DEFAULT '',
		kind TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL, updated INTEGER NOT NULL DEFAULT 0,
		finished INTEGER NOT NULL DEFAULT 0, observed INTEGER NOT NULL,
		amount INTEGER NOT NULL DEFAULT 0, currency TEXT NOT NULL DEFAULT '',
		recipient TEXT NOT NULL DEFAULT '', recipient_key TEXT NOT NULL DEFAULT '',
		customer TEXT NOT NULL DEFAULT '', customer_key TEXT NOT NULL DEFAULT '',
		operations INTEGER NOT NULL DEFAULT 0, refunds INTEGER NOT NULL DEFAULT 0,
		error_code TEXT NOT NULL DEFAULT '', error_text TEXT NOT NULL DEFAULT '', version INTEGER NOT NULL DEFAULT 0,
		since INTEGER NOT NULL DEFAULT 0, deadline INTEGER NOT NULL DEFAULT 0,
		flag TEXT NOT NULL DEFAULT '', body INTEGER NOT NULL DEFAULT 0, text TEXT NOT NULL DEFAULT '')`,

	`CREATE TABLE operations(
		id INTEGER PRIMARY KEY,
		op_id TEXT NOT NULL, session_row INTEGER NOT NULL, session_id TEXT NOT NULL,
		kind TEXT NOT NULL, status TEXT NOT NULL, created INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0,
		updated INTEGER NOT NULL DEFAULT 0, amount INTEGER NOT NULL, currency TEXT NOT NULL,
		fee INTEGER, fee_currency TEXT NOT NULL DEFAULT '', method TEXT NOT NULL DEFAULT '',
		brand TEXT NOT NULL DEFAULT '', bin TEXT NOT NULL DEFAULT '', last4 TEXT NOT NULL DEFAULT '',
		card_id TEXT NOT NULL DEFAULT '', country TEXT NOT NULL DEFAULT '',
		recipient TEXT NOT NULL DEFAULT '', recipient_key TEXT NOT NULL DEFAULT '',
		customer TEXT NOT NULL DEFAULT '', customer_key TEXT NOT NULL DEFAULT '', metadata TEXT NOT NULL DEFAULT '',
		error_code TEXT NOT NULL DEFAULT '', error_text TEXT NOT NULL DEFAULT '',
		rrn TEXT NOT NULL DEFAULT '', auth_code TEXT NOT NULL DEFAULT '',
		refunds INTEGER NOT NULL DEFAULT 0, refunded INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 0,
		next_action TEXT NOT NULL DEFAULT '', interaction TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '')`,

	`CREATE TABLE refunds(
		id INTEGER PRIMARY KEY,
		refund_id TEXT NOT NULL, op_id TEXT NOT NULL, session_id TEXT NOT NULL, status TEXT NOT NULL,
		created INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0, updated INTEGER NOT NULL DEFAULT 0,
		amount INTEGER NOT NULL, currency TEXT NOT NULL, chargeback INTEGER NOT NULL DEFAULT 0,
		metadata TEXT NOT NULL DEFAULT '')`,

	`CREATE TABLE webhooks(
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		received INTEGER NOT NULL, type TEXT NOT NULL, session_id TEXT NOT NULL, session_status TEXT NOT NULL,
		session_updated INTEGER NOT NULL DEFAULT 0, badge TEXT NOT NULL, cause TEXT NOT NULL DEFAULT '',
		key_name TEXT NOT NULL DEFAULT '', duplicate_of INTEGER NOT NULL DEFAULT 0, late INTEGER NOT NULL DEFAULT 0,
		applied INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL, masked INTEGER NOT NULL,
		reply INTEGER NOT NULL DEFAULT 0, forward_status INTEGER NOT NULL DEFAULT 0, forward_error TEXT NOT NULL DEFAULT '',
		problem TEXT NOT NULL DEFAULT '', version INTEGER NOT NULL DEFAULT 0, error_code TEXT NOT NULL DEFAULT '',
		kind TEXT NOT NULL DEFAULT '', amount INTEGER NOT NULL DEFAULT 0, currency TEXT NOT NULL DEFAULT '',
		signature TEXT NOT NULL DEFAULT '', digest BLOB NOT NULL, header TEXT NOT NULL DEFAULT '',
		remote TEXT NOT NULL DEFAULT '', forward_url TEXT NOT NULL DEFAULT '', forward_at INTEGER NOT NULL DEFAULT 0,
		forward_latency INTEGER NOT NULL DEFAULT 0,
		body INTEGER NOT NULL DEFAULT 0, sealed INTEGER NOT NULL DEFAULT 0, text TEXT NOT NULL DEFAULT '')`,

	`CREATE TABLE history(
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		session_id TEXT NOT NULL, object TEXT NOT NULL, object_id TEXT NOT NULL,
		was TEXT NOT NULL, became TEXT NOT NULL, next_action TEXT NOT NULL DEFAULT '',
		at INTEGER NOT NULL, observed INTEGER NOT NULL, source TEXT NOT NULL, flag TEXT NOT NULL DEFAULT '')`,

	// The audit chain: hash = SHA-256(prev, entry), mac = HMAC(journal key, hash).
	`CREATE TABLE audit(
		seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, entry TEXT NOT NULL,
		prev BLOB NOT NULL, hash BLOB NOT NULL, mac BLOB NOT NULL)`,
	`CREATE TABLE checkpoint(
		only INTEGER PRIMARY KEY CHECK(only = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL,
		pruned_before INTEGER NOT NULL, mac BLOB NOT NULL)`,
}

// baseIndexes are needed by writes and by the first page; a bulk load keeps them.
var baseIndexes = []string{
	`CREATE INDEX exchanges_started ON exchanges(started)`,
	`CREATE INDEX exchanges_session ON exchanges(session_id, started) WHERE session_id <> ''`,
	`CREATE INDEX exchanges_open ON exchanges(owner) WHERE outcome = ''`,
	`CREATE INDEX intents_created ON intents(created)`,
	`CREATE INDEX intents_open ON intents(state) WHERE state IN ('sent', 'unknown')`,
	`CREATE INDEX intents_sealed ON intents(expires) WHERE sealed <> 0`,
	`CREATE INDEX intents_target ON intents(target_key, created) WHERE target_key <> ''`,
	`CREATE INDEX intents_digest ON intents(digest)`,
	`CREATE UNIQUE INDEX sessions_id ON sessions(session_id)`,
	`CREATE INDEX sessions_created ON sessions(created)`,
	`CREATE INDEX sessions_waiting ON sessions(deadline) WHERE next_action <> ''`,
	`CREATE UNIQUE INDEX operations_id ON operations(op_id, session_id)`,
	`CREATE INDEX operations_session ON operations(session_row)`,
	`CREATE INDEX operations_all ON operations(created)`,
	`CREATE INDEX operations_created ON operations(kind, created)`,
	`CREATE UNIQUE INDEX refunds_id ON refunds(refund_id, session_id)`,
	`CREATE INDEX refunds_session ON refunds(session_id)`,
	`CREATE INDEX webhooks_received ON webhooks(received)`,
	`CREATE INDEX webhooks_session ON webhooks(session_id, received) WHERE session_id <> ''`,
	`CREATE INDEX history_session ON history(session_id)`,
}

// listIndexes serve filters and sorts. A bulk load into an empty journal builds them afterwards.
var listIndexes = append([]string{statusCurrencyIndex}, keptListIndexes...)

// statusCurrencyIndex serves filters, in the order of lists, and holds all that totals need.
const statusCurrencyIndex = `CREATE INDEX operations_status_currency ON operations(kind, status, currency, created, id, amount)`

// keptListIndexes are those that lists have had from the beginning.
var keptListIndexes = []string{
	`CREATE INDEX operations_status ON operations(kind, status, created)`,
	`CREATE INDEX operations_currency ON operations(kind, currency, created)`,
	`CREATE INDEX operations_error ON operations(kind, error_code, created) WHERE error_code <> ''`,
	`CREATE INDEX operations_refunded ON operations(kind, created) WHERE refunds > 0`,
	`CREATE INDEX operations_amount ON operations(kind, amount)`,
	`CREATE INDEX operations_recipient ON operations(kind, recipient_key, created)`,
	`CREATE INDEX operations_updated ON operations(kind, updated)`,
	`CREATE INDEX operations_stats ON operations(created, kind, status, currency, amount)`,
	`CREATE INDEX sessions_status ON sessions(status, created)`,
	`CREATE INDEX sessions_updated ON sessions(updated)`,
	`CREATE INDEX sessions_amount ON sessions(amount)`,
	`CREATE INDEX sessions_recipient ON sessions(recipient_key, created)`,
	`CREATE INDEX exchanges_outcome ON exchanges(outcome, started)`,
	`CREATE INDEX exchanges_method ON exchanges(method, started)`,
	`CREATE INDEX exchanges_latency ON exchanges(latency)`,
	`CREATE INDEX exchanges_stats ON exchanges(started, latency, outcome)`,
	`CREATE INDEX webhooks_type ON webhooks(type, received)`,
	`CREATE INDEX webhooks_badge ON webhooks(badge, received)`,
	`CREATE INDEX intents_state ON intents(state, created)`,
	`CREATE INDEX intents_amount ON intents(amount)`,
	`CREATE INDEX intents_method ON intents(method, created)`,
}

// searchStatements make the text search: one document per session, of its own text and that of its
// operations, cut into trigrams. It keeps no second copy of the text and no positions.
var searchStatements = []string{
	`CREATE VIRTUAL TABLE search USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1')`,
	`INSERT INTO search(rowid, text)
		SELECT s.id, s.text || char(10) || coalesce((SELECT group_concat(o.text, char(10)) FROM operations o WHERE o.session_row = s.id), '')
		FROM sessions s`,
}
