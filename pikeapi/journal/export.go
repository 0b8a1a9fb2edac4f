package journal

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Format is the form of an export.
type Format string

// The formats. In CSV, a text that a spreadsheet would take for a formula is written with an
// apostrophe before it.
const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
)

func scanAction(rows *sql.Rows) (Action, error) {
	var text string
	var a Action
	if err := rows.Scan(&text); err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(text), &a.Entry); err != nil {
		return a, fmt.Errorf("reading an audit entry: %w", err)
	}
	var err error
	if a.At, err = time.Parse(time.RFC3339Nano, a.Entry.At); err != nil {
		err = fmt.Errorf("reading an audit entry: %w", err)
	}
	return a, err
}

// Export writes the audit chain from since until before until, in order, with each link's hash and,
// at the end, the chain's head. Zero times mean no bound. Nothing in it needs masking.
func (j *Journal) Export(ctx context.Context, w io.Writer, format Format, since, until time.Time) error {
	if format != JSONL && format != CSV {
		return fmt.Errorf("format %q is not known: use %s or %s", format, JSONL, CSV)
	}
	end := int64(1<<63 - 1)
	if !until.IsZero() {
		end = micros(until)
	}
	tx, err := j.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return j.readError(ctx, "exporting", err)
	}
	out := bufio.NewWriter(w)
	err = exportChain(ctx, tx, out, format, micros(since), end)
	if rerr := tx.Rollback(); err == nil && rerr != nil {
		err = rerr
	}
	if err != nil {
		return j.readError(ctx, "exporting", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	return nil
}

// exportHead is the last line of an export.
type exportHead struct {
	Head    string `json:"head"`
	Seq     int64  `json:"head_seq"`
	Entries int64  `json:"entries"`
}

func exportChain(ctx context.Context, tx *sql.Tx, out io.Writer, format Format, since, until int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT entry, hash FROM audit WHERE at >= ? AND at < ? ORDER BY seq`, since, until)
	if err != nil {
		return err
	}
	write := exportJSONL(out)
	var sheet *csv.Writer
	if format == CSV {
		sheet = csv.NewWriter(out)
		if err := sheet.Write([]string{"seq", "at", "event", "operation", "exchange", "state", "method", "version", "project", "session", "amount_minor", "currency", "target", "body_sha256", "key", "http_status", "error", "note", "hash"}); err != nil {
			return errors.Join(err, rows.Close())
		}
		write = exportCSV(sheet)
	}
	var n int64
	if err := eachRow(rows, func(rows *sql.Rows) error {
		var entry string
		var hash []byte
		if err := rows.Scan(&entry, &hash); err != nil {
			return err
		}
		n++
		return write(entry, hex.EncodeToString(hash))
	}); err != nil {
		return err
	}
	head := exportHead{Entries: n}
	var hash []byte
	err = tx.QueryRowContext(ctx, `SELECT seq, hash FROM (SELECT seq, hash FROM audit UNION ALL SELECT seq, hash FROM checkpoint) ORDER BY seq DESC LIMIT 1`).Scan(&head.Seq, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	head.Head = hex.EncodeToString(hash)
	if sheet == nil {
		return json.NewEncoder(out).Encode(head)
	}
	row := make([]string, 19)
	row[0], row[2], row[17], row[18] = strconv.FormatInt(head.Seq, 10), "head", fmt.Sprintf("%d entries", n), head.Head
	if err := sheet.Write(row); err != nil {
		return err
	}
	sheet.Flush()
	return sheet.Error()
}

// exportJSONL writes an entry as it was chained, with its hash as one more member.
func exportJSONL(out io.Writer) func(entry, hash string) error {
	return func(entry, hash string) error {
		_, err := fmt.Fprintf(out, "%s,\"hash\":%q}\n", strings.TrimSuffix(entry, "}"), hash)
		return err
	}
}

func exportCSV(sheet *csv.Writer) func(entry, hash string) error {
	return func(entry, hash string) error {
		var e AuditEntry
		if err := json.Unmarshal([]byte(entry), &e); err != nil {
			return fmt.Errorf("reading an audit entry: %w", err)
		}
		number := func(n int64) string {
			if n == 0 {
				return ""
			}
			return strconv.FormatInt(n, 10)
		}
		amount := ""
		if e.Amount != nil {
			amount = strconv.FormatInt(*e.Amount, 10)
		}
		row := []string{number(e.Seq), e.At, e.Event, e.OperationID, number(e.ExchangeID), e.State, e.Method, e.Version, e.Project, e.SessionID, amount,
			e.Currency, e.Target, e.Digest, e.KeyFingerprint, number(int64(e.HTTPStatus)), e.ErrorCode, e.Note, hash}
		for i := range row {
			row[i] = SafeCell(row[i])
		}
		return sheet.Write(row)
	}
}

// SafeCell returns a text that no spreadsheet takes for a formula.
func SafeCell(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
