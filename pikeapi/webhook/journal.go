package webhook

import (
	"context"

	"pikedash/pikeapi/journal"
)

// InJournal makes the journal the store of a receiver.
func InJournal(j *journal.Journal) Store { return inJournal{j} }

type inJournal struct{ j *journal.Journal }

func (s inJournal) Record(ctx context.Context, r *Received) (Stored, error) {
	w, err := s.j.RecordWebhook(ctx, journal.Webhook{
		Received: r.At, Header: r.Header, Body: r.Body, Signature: r.Signature, Badge: journal.Badge(r.Badge),
		Cause: r.Cause, Key: r.Key, Version: r.Version, Remote: r.Remote, Problem: r.Problem, Parsed: r.Parsed,
		ReplyStatus: r.Reply,
	})
	if err != nil {
		return Stored{}, err
	}
	return Stored{ID: w.ID, Duplicate: w.DuplicateOf != 0, Late: w.Late}, nil
}

func (s inJournal) Forwarded(ctx context.Context, id int64, f Forward) error {
	return s.j.RecordForward(ctx, id, journal.Forwarding{URL: f.URL, At: f.At, Status: f.Status, Latency: f.Latency, Error: f.Error})
}
