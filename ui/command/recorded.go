package command

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pikedash/keys"
	"pikedash/keys/forensics"
	"pikedash/pikeapi/journal"
)

// recordedEvidence takes the evidence from the journal: a request that was sent, or a webhook.
func (a *app) recordedEvidence(cmd *cobra.Command, e *explainFlags) (evidence forensics.Evidence, err error) {
	r, err := a.runtime(cmd)
	if err != nil {
		return evidence, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	ctx := cmd.Context()
	j, err := r.journal(ctx, r.settings.Profile.Value)
	if err != nil {
		return evidence, err
	}
	ring := ringOf(r.signers.keysOf(ctx, r.settings))
	if e.exchange != 0 {
		evidence, err = exchangeEvidence(ctx, j, e.exchange)
	} else {
		evidence, err = webhookEvidence(ctx, j, e.webhook)
		ring = append(ring, r.sandboxRing(ctx)...)
	}
	if err != nil {
		return evidence, fileFault(err, "reading the record")
	}
	if len(e.evidence.keys) > 0 || e.evidence.expect != "" {
		evidence.Expected, evidence.Ring, err = a.ring(cmd, &e.evidence)
		return evidence, err
	}
	i := signerOf(ring, r.settings.Profile.Value, e.webhook != 0, &evidence)
	if i < 0 {
		return evidence, usage("name it with --key", "the profile %s has no public key that should have made this signature", r.settings.Profile.Value)
	}
	evidence.Expected, evidence.Ring = ring[i], append(ring[:i:i], ring[i+1:]...)
	return evidence, nil
}

// signerOf finds the key of a profile that should have signed a record: of several (the partner's present
// and retired ones, or all of Pike's) the one that fits, else the one that signed other bytes, else the
// first. It returns -1 when there is none.
func signerOf(ring keys.Ring, profile string, webhook bool, e *forensics.Evidence) int {
	var candidates []int
	var group keys.Ring
	for i, k := range ring {
		if k.Environment != profile || (k.Role == keys.RolePike) != webhook {
			continue
		}
		digest := e.Digest
		if e.BodyKnown && !e.Masked {
			digest = sha256.Sum256(e.Body)
		}
		if keys.VerifyDigest(k.Public, digest, e.Signature) == nil {
			return i
		}
		candidates, group = append(candidates, i), append(group, k)
	}
	if len(candidates) == 0 {
		return -1
	}
	return candidates[max(0, forensics.Signer(e.Signature, group))]
}

// otherBodies names the bodies that the profile's journal knows, so that the signature of another request
// gets its name. A journal that is not there or cannot be read must not keep anybody from examining a
// signature.
func (a *app) otherBodies(cmd *cobra.Command, body []byte) (digests map[[32]byte]string) {
	s, err := a.config(cmd)
	if err != nil {
		return nil // which was said when the keys were gathered
	}
	if _, err := os.Stat(filepath.Join(s.Paths.Journals(), s.Profile.Value, "journal.db")); err != nil {
		return nil
	}
	err = a.withJournal(cmd, func(ctx context.Context, j *journal.Journal) (err error) {
		digests, err = j.Digests(ctx)
		return err
	})
	if err != nil {
		a.err.line("pikedash: the journal is left out: %v", err)
	}
	delete(digests, sha256.Sum256(body))
	return digests
}

// The files of the embedded sandbox's own key in its state folder.
const (
	sandboxPublic  = "pike-public.pem"
	sandboxPrivate = "pike-private.pem"
)

// sandboxRing is the embedded sandbox's own key, when its folder holds one.
func (r *runtime) sandboxRing(context.Context) keys.Ring {
	pub, err := keys.ReadPublicFile(filepath.Join(r.settings.Paths.Sandbox(), sandboxPublic))
	if err != nil {
		return nil
	}
	return keys.Ring{{Name: "Pike's sandbox key", Environment: "sandbox", Role: keys.RolePike, Public: pub.Key}}
}

func exchangeEvidence(ctx context.Context, j *journal.Journal, id int64) (forensics.Evidence, error) {
	x, err := j.Exchange(ctx, id)
	if err != nil {
		return forensics.Evidence{}, err
	}
	digests, err := j.Digests(ctx)
	if err != nil {
		return forensics.Evidence{}, err
	}
	delete(digests, x.Digest)
	e := forensics.Evidence{Body: x.Body, BodyKnown: !x.BodyMasked, Digest: x.Digest, Masked: x.BodyMasked, Signature: x.Signature, Journal: digests,
		Context: forensics.Context{Method: "POST", URL: x.URL, Project: x.Project, IdempotencyKey: x.IdempotencyKey}}
	if u, err := url.Parse(x.URL); err == nil {
		e.Context.Path = u.Path
	}
	return e, nil
}

func webhookEvidence(ctx context.Context, j *journal.Journal, id int64) (forensics.Evidence, error) {
	w, err := j.Webhook(ctx, id)
	if err != nil {
		return forensics.Evidence{}, err
	}
	digests, err := j.Digests(ctx)
	if err != nil {
		return forensics.Evidence{}, err
	}
	delete(digests, w.Digest)
	e := forensics.Evidence{Body: w.Body, BodyKnown: !w.Masked, Digest: w.Digest, Masked: w.Masked, Signature: w.Signature, Journal: digests,
		Context: forensics.Context{Method: "POST", ContentType: w.Header.Get("Content-Type"), Encoding: w.Header.Get("Content-Encoding")}}
	raw, err := w.Raw(ctx)
	switch {
	case err == nil:
		e.Body, e.BodyKnown, e.Masked = raw, true, false
	case !errors.Is(err, journal.ErrNoRaw):
		return e, err
	}
	return e, nil
}
