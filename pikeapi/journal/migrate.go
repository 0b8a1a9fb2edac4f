package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// migrate brings the schema to the given version, in one transaction. Two programs may do it at the
// same moment: the second finds nothing left to do.
func migrate(ctx context.Context, db *sql.DB, path string, now time.Time, want int) error {
	have, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	if have > want {
		return &SchemaError{Path: path, Found: have, Known: want}
	}
	if have == want {
		return nil
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	if _, err = conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return errors.Join(err, conn.Close())
	}
	if err = runMigrations(ctx, conn, now, want); err == nil {
		_, err = conn.ExecContext(ctx, `COMMIT`)
	}
	if err != nil {
		// The first error is the one that tells. A full disk has ended the transaction already, and any
		// other ends with the connection.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		return errors.Join(fmt.Errorf("updating the journal's schema: %w", err), conn.Close())
	}
	return conn.Close()
}

func runMigrations(ctx context.Context, conn *sql.Conn, now time.Time, want int) error {
	const table = `CREATE TABLE IF NOT EXISTS schema_migrations(version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)`
	if _, err := conn.ExecContext(ctx, table); err != nil {
		return err
	}
	var have int
	if err := conn.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_migrations`).Scan(&have); err != nil {
		return err
	}
	for n, m := range migrations() {
		version := n + 1
		if version <= have || version > want {
			continue
		}
		for _, statement := range m.sql {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("step %d (%s): %w", version, m.name, err)
			}
		}
		if _, err := conn.ExecContext(ctx, `INSERT INTO schema_migrations(version, name, applied_at) VALUES(?, ?, ?)`, version, m.name, micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// schemaVersion is 0 for an empty file.
func schemaVersion(ctx context.Context, db *sql.DB) (int, error) {
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'`).Scan(&tables); err != nil {
		return 0, err
	}
	if tables == 0 {
		return 0, nil
	}
	var version int
	err := db.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_migrations`).Scan(&version)
	return version, err
}
