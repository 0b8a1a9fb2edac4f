package signature

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/pikeapi/journal"
	"pikedash/ui/page"
	"pikedash/ui/widget"
)

const (
	readTime    = 20 * time.Second
	explainTime = 5 * time.Minute
	maxBody     = 64 << 20 // bytes of a body file
	maxSigFile  = 1 << 20  // bytes of a signature file
	menuRows    = 100      // recorded exchanges and webhooks that are offered
)

// The slots of stamps.
const (
	slotExplain = "signature.explain"
	slotLoad    = "signature.load"
	slotRing    = "signature.ring"
	slotMenu    = "signature.menu"
)

// ringRead brings the keys that are known.
type ringRead struct {
	page.Stamp
	ring keys.Ring
	err  error
}

// readRing gathers the keys of the environment and of every profile.
func readRing(stamp page.Stamp, own keys.Ring, all page.KeyStore) tea.Cmd {
	return func() tea.Msg {
		if all == nil {
			return ringRead{stamp, own, nil}
		}
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		list, err := all.Keys(ctx)
		return ringRead{stamp, append(slices.Clone(own), list.Ring()...), err}
	}
}

// recordLoaded brings an entry of the journal.
type recordLoaded struct {
	page.Stamp
	subject subject
	err     error
}

// loadRecord reads an entry of the journal, with the digests of all others.
func loadRecord(s store, stamp page.Stamp, r record) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		var out subject
		var err error
		if r.kind == exchangeRecord {
			out, err = readExchange(ctx, s, r)
		} else {
			out, err = readWebhook(ctx, s, r)
		}
		if err == nil {
			out.journal, err = s.Digests(ctx)
			delete(out.journal, out.digest)
		}
		if err != nil {
			err = fmt.Errorf("reading %s: %w", r, err)
		}
		return recordLoaded{stamp, out, err}
	}
}

func readExchange(ctx context.Context, s store, r record) (subject, error) {
	x, err := s.Exchange(ctx, r.id)
	if err != nil {
		return subject{}, err
	}
	out := subject{
		from: r, body: x.Body, hasBody: true, known: !x.BodyMasked, digest: x.Digest, bytes: x.RequestBytes, bodyFrom: r.String(),
		signature: x.Signature, hasSig: true, sigFrom: r.String(), role: keys.RoleOwn, signed: keys.Fingerprint(x.KeyFingerprint),
		context: forensics.Context{Method: "POST", URL: x.URL, Project: x.Project, IdempotencyKey: x.IdempotencyKey},
	}
	if u, err := url.Parse(x.URL); err == nil {
		out.context.Path = u.Path
	}
	return out, nil
}

func readWebhook(ctx context.Context, s store, r record) (subject, error) {
	w, err := s.Webhook(ctx, r.id)
	if err != nil {
		return subject{}, err
	}
	out := subject{
		from: r, body: w.Body, hasBody: true, known: !w.Masked, digest: w.Digest, bytes: w.Bytes, bodyFrom: r.String(),
		signature: w.Signature, hasSig: true, sigFrom: r.String(), role: keys.RolePike,
		context: forensics.Context{Method: "POST", ContentType: w.Header.Get("Content-Type"), Encoding: w.Header.Get("Content-Encoding")},
	}
	raw, err := w.Raw(ctx)
	switch {
	case err == nil:
		out.body, out.known = raw, true
	case !errors.Is(err, journal.ErrNoRaw):
		return subject{}, err
	}
	return out, nil
}

// progressed says how far a search is, and where to hear more.
type progressed struct {
	page.Stamp
	tried, total int
	more         <-chan progressed
}

// explained brings a report.
type explained struct {
	page.Stamp
	report   forensics.Report
	expected keys.Known // the key that should have signed
	pairs    []widget.BytePair
	at       [2]int // offsets of the first pair
	err      error
}

// explain searches in the background. The first command works, the second one hears how far it is.
func explain(ctx context.Context, stamp page.Stamp, s subject, ring keys.Ring, j store, environment string) tea.Cmd {
	news := make(chan progressed, 1)
	work := func() tea.Msg {
		defer close(news)
		ctx, cancel := context.WithTimeout(ctx, explainTime)
		defer cancel()
		expected, ok := s.expected(ring, environment)
		if !ok {
			return explained{Stamp: stamp, err: errNoKey(environment)}
		}
		e := s.evidence(ring, expected)
		var unread error
		if e.Journal == nil && keys.VerifyDigest(expected.Public, s.digest, s.signature) != nil {
			// What was brought by hand may belong to a recorded request all the same.
			e.Journal, unread = j.Digests(ctx)
			delete(e.Journal, s.digest)
		}
		e.Progress = func(tried, total int) {
			select {
			case news <- progressed{Stamp: stamp, tried: tried, total: total, more: news}:
			default: // the last news was not heard yet
			}
		}
		out := explained{Stamp: stamp, expected: expected, report: forensics.Explain(ctx, e)}
		if errors.Is(ctx.Err(), context.Canceled) {
			out.err = ctx.Err()
			return out
		}
		if unread != nil && !out.report.Valid {
			out.report.Notes = append(out.report.Notes, "the journal was left out: "+unread.Error())
		}
		if out.report.SignedKnown && !out.report.Valid && e.BodyKnown && !e.Masked {
			out.pairs, out.at = align(e.Body, out.report.SignedBytes)
		}
		return out
	}
	return tea.Batch(work, listen(news))
}

// listen waits for the next news of a search.
func listen(news <-chan progressed) tea.Cmd {
	return func() tea.Msg {
		if msg, open := <-news; open {
			return msg
		}
		return nil
	}
}

// menuRead brings the records that can be chosen from.
type menuRead struct {
	page.Stamp
	exchanges []journal.ExchangeRow
	webhooks  []journal.WebhookRow
	err       error
}

// readMenu lists the newest records.
func readMenu(s store, stamp page.Stamp) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		out := menuRead{Stamp: stamp}
		out.exchanges, out.err = s.Exchanges(ctx, journal.Query{}, nil, journal.Forward, menuRows)
		if out.err == nil {
			out.webhooks, out.err = s.Webhooks(ctx, journal.Query{}, nil, journal.Forward, menuRows)
		}
		return out
	}
}

// mostPairs bounds the comparison that is shown, in bytes of a side.
const mostPairs = 1 << 16

// align lays two byte strings beside each other around their first differences, and says where that
// begins. Equal bytes between two differences are kept, so that offsets stay true.
func align(received, signed []byte) (pairs []widget.BytePair, at [2]int) {
	for i, row := range forensics.Diff(received, signed) {
		if i == 0 {
			at = [2]int{row.ReceivedOffset, row.SignedOffset}
		} else if row.Skipped > 0 {
			if len(pairs)+row.Skipped > mostPairs {
				break
			}
			for _, b := range received[row.ReceivedOffset-row.Skipped : row.ReceivedOffset] {
				pairs = append(pairs, widget.BytePair{Left: int16(b), Right: int16(b)})
			}
		}
		for j := range row.Received {
			pairs = append(pairs, widget.BytePair{Left: cell(row.Received[j]), Right: cell(row.Signed[j])})
		}
	}
	return pairs, at
}

func cell(b forensics.DiffByte) int16 {
	if !b.Present {
		return -1
	}
	return int16(b.Value)
}

// hexDigest writes a digest in hex.
func hexDigest(d [32]byte) string { return hex.EncodeToString(d[:]) }
