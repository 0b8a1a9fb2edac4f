package journal

import "context"

// sumSpan is the span of the sums that are kept, in microseconds. The statements below say it in figures:
// a migration that was released does not change.
const sumSpan = 300000000

// What counts against the limits per hour and day is kept added up, so that a call costs the same
// whether ten or ten thousand were sent since yesterday. The view says of every intent whether it
// counts and with what; triggers keep the tables equal to it, whoever writes, within the same commit.
//
//	counted   the view's rows
//	moved     their sums by currency and span of 5 minutes, in two halves that cannot overflow
var sumStatements = []string{
	`CREATE TABLE counted(intent INTEGER PRIMARY KEY, created INTEGER NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL)`,
	`CREATE INDEX counted_created ON counted(currency, created)`,
	`CREATE TABLE moved(currency TEXT NOT NULL, span INTEGER NOT NULL, calls INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL,
		PRIMARY KEY(currency, span)) WITHOUT ROWID`,

	// A confirmation counts when its session was begun by somebody else, so that it was not counted yet.
	// An amount that the call does not name is its session's. (The + keeps a lookup by session one.)
	`CREATE VIEW counting AS SELECT i.id AS intent, i.session_id, i.created,
			CASE WHEN i.has_amount THEN i.currency ELSE coalesce((SELECT s.currency FROM sessions s WHERE s.session_id = i.session_id), '') END AS currency,
			CASE WHEN i.has_amount THEN i.amount ELSE coalesce((SELECT s.amount FROM sessions s WHERE s.session_id = i.session_id), 0) END AS amount
		FROM intents i WHERE i.moves_money AND +i.state IN ('sent', 'accepted', 'unknown', 'resolved')
			AND (+i.method IN ('session/init/payout', 'session/init/payment', 'session/start/payout', 'session/start/payment', 'session/refund')
				OR +i.method = 'session/confirm' AND NOT EXISTS (SELECT 1 FROM intents k WHERE k.session_id = i.session_id AND k.session_id <> ''
					AND +k.method IN ('session/init/payout', 'session/init/payment', 'session/start/payout', 'session/start/payment', 'session/refund')
					AND +k.state IN ('sent', 'accepted', 'unknown', 'resolved')))`,

	`CREATE TRIGGER counted_more AFTER INSERT ON counted BEGIN
		INSERT INTO moved VALUES(new.currency, new.created / 300000000, 1, new.amount >> 20, new.amount & 1048575)
			ON CONFLICT(currency, span) DO UPDATE SET calls = calls + 1, high = high + excluded.high, low = low + excluded.low;
	END`,
	`CREATE TRIGGER counted_less AFTER DELETE ON counted BEGIN
		UPDATE moved SET calls = calls - 1, high = high - (old.amount >> 20), low = low - (old.amount & 1048575)
			WHERE currency = old.currency AND span = old.created / 300000000;
		DELETE FROM moved WHERE currency = old.currency AND span = old.created / 300000000 AND calls = 0;
	END`,

	// Whether a confirmation counts depends on the other calls of its session. Most calls have none yet.
	`CREATE TRIGGER intents_counted_new AFTER INSERT ON intents WHEN new.moves_money AND new.session_id = '' BEGIN ` + countIntent + ` END`,
	`CREATE TRIGGER intents_counted_more AFTER INSERT ON intents WHEN new.moves_money AND new.session_id <> '' BEGIN ` + recountSession("new") + ` END`,
	`CREATE TRIGGER intents_counted_state AFTER UPDATE OF state ON intents
		WHEN new.moves_money AND new.session_id = '' AND old.session_id = ''
			AND (new.state IN ('sent', 'accepted', 'unknown', 'resolved')) <> (old.state IN ('sent', 'accepted', 'unknown', 'resolved')) BEGIN
		DELETE FROM counted WHERE intent = new.id; ` + countIntent + ` END`,
	`CREATE TRIGGER intents_counted_session AFTER UPDATE OF state, session_id ON intents
		WHEN new.moves_money AND new.session_id <> '' AND (new.session_id <> old.session_id
			OR (new.state IN ('sent', 'accepted', 'unknown', 'resolved')) <> (old.state IN ('sent', 'accepted', 'unknown', 'resolved'))) BEGIN ` +
		recountSession("new") + ` END`,
	`CREATE TRIGGER intents_counted_left AFTER UPDATE OF session_id ON intents
		WHEN new.moves_money AND old.session_id <> '' AND new.session_id <> old.session_id BEGIN
		DELETE FROM counted WHERE intent = new.id; ` + countIntent + recountSession("old") + ` END`,
	`CREATE TRIGGER intents_counted_gone AFTER DELETE ON intents WHEN old.moves_money BEGIN
		DELETE FROM counted WHERE intent = old.id; ` + recountSession("old") + ` END`,
	newSessionTrigger,
	`CREATE TRIGGER sessions_counted_changed AFTER UPDATE OF amount, currency ON sessions
		WHEN new.amount <> old.amount OR new.currency <> old.currency BEGIN ` + recountSession("new") + ` END`,

	countAll,
}

// A bulk load into an empty journal does without what every new session costs, and counts afterwards.
var newSessionTrigger = `CREATE TRIGGER sessions_counted_new AFTER INSERT ON sessions
	WHEN new.currency <> '' AND EXISTS (SELECT 1 FROM intents WHERE session_id = new.session_id AND session_id <> '' AND NOT has_amount) BEGIN ` +
	recountSession("new") + ` END`

const countAll = `INSERT INTO counted SELECT intent, created, currency, amount FROM counting`

// countIntent counts one intent that is not counted.
const countIntent = `INSERT INTO counted SELECT intent, created, currency, amount FROM counting WHERE intent = new.id;`

// recountSession brings the intents of a row's session up to the view.
func recountSession(row string) string {
	of := `session_id = ` + row + `.session_id AND session_id <> ''`
	return ` DELETE FROM counted WHERE intent IN (SELECT id FROM intents WHERE ` + of + `);
		INSERT INTO counted SELECT intent, created, currency, amount FROM counting WHERE ` + of + `;`
}

// checkCounted holds the sums of the limits against the intents that they were made from.
func checkCounted(ctx context.Context, q querier, v *Verification) error {
	for _, one := range []struct{ what, query string }{
		{"requests", `SELECT count(*) FROM (
			SELECT * FROM (SELECT intent, created, currency, amount FROM counting EXCEPT SELECT intent, created, currency, amount FROM counted)
			UNION ALL SELECT * FROM (SELECT intent, created, currency, amount FROM counted EXCEPT SELECT intent, created, currency, amount FROM counting))`},
		{"spans of time", `WITH sums AS (SELECT currency, created / 300000000 AS span, count(*) AS calls, sum(amount >> 20) AS high, sum(amount & 1048575) AS low FROM counted GROUP BY 1, 2)
			SELECT count(*) FROM (SELECT * FROM (SELECT * FROM sums EXCEPT SELECT currency, span, calls, high, low FROM moved)
				UNION ALL SELECT * FROM (SELECT currency, span, calls, high, low FROM moved EXCEPT SELECT * FROM sums))`},
	} {
		var n int
		if err := q.QueryRowContext(ctx, one.query).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			v.problem("record", 0, "what counts against the limits per hour and day is not what was sent: %d differences in %s", n, one.what)
			return nil
		}
	}
	return nil
}
