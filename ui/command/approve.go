package command

import (
	"context"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// approveFlags are the flags of approve.
type approveFlags struct {
	openKey   string
	authors   []string
	show      bool
	duplicate bool
	live      liveFlags
}

func (a *app) approveVerb() *cobra.Command {
	var f approveFlags
	cmd := &cobra.Command{
		Use: "approve FILE", Short: "Look at a sealed request and send it", Args: cobra.ExactArgs(1),
		Long: "Shows the summary and digest of a request that somebody prepared, and sends it: the same bytes with the same\n" +
			"idempotency key. It is refused when it was changed, has expired, was sent before, or when its author approves\n" +
			"it himself where the profile forbids that.",
		Example: "pikedash approve payout.sealed --show\npikedash approve payout.sealed --profile live --live --confirm-amount 150.00EUR",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.approve(cmd, args[0], &f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.openKey, "open-key", "", "private key `FILE` that it was sealed for (default: the profile's)")
	fl.StringArrayVar(&f.authors, "author-key", nil, "public key `FILE` of its author, where it is no key of the settings")
	fl.BoolVar(&f.show, "show", false, "show it and send nothing")
	fl.BoolVar(&f.duplicate, "allow-duplicate", false, "send although the same was sent before")
	group(cmd, "Input", "open-key", "author-key")
	group(cmd, "Safety", "show", "allow-duplicate")
	f.live.declare(cmd)
	exits(cmd, exitRefused, exitKey, exitNotSent, exitUnknown, exitBlocked)
	return cmd
}

func (a *app) approve(cmd *cobra.Command, file string, f *approveFlags) (err error) {
	s, err := a.openSealed(file)
	if err != nil {
		return err
	}
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = r.closeAfterCall(err) }()
	p := r.settings.Current()
	if err := r.checkSealed(cmd.Context(), s, p, f); err != nil {
		return err
	}
	if f.show {
		return a.sealedText(s, "not sent", file)
	}
	method, ok := pikeapi.LookupMethod(s.Method)
	if !ok {
		return usage("", "%s", pikeapi.ExplainMethod(s.Method))
	}
	env, j, err := r.openFor(cmd.Context(), p, method, &f.live)
	if err != nil {
		return err
	}
	if err := notApproved(cmd.Context(), j, s); err != nil {
		return err
	}
	body, err := r.openBody(cmd.Context(), s, env, f.openKey)
	if err != nil {
		return err
	}
	version, err := pikeapi.ParseVersion(s.Version)
	if err != nil {
		return err
	}
	call := pikeapi.Call{Method: s.Method, Version: version, Body: body, IdempotencyKey: s.IdempotencyKey}
	if s.IdempotencyKey != "" {
		call.FirstSent = s.Created
	}
	prepared, err := r.client.Prepare(cmd.Context(), env, call)
	if err != nil {
		return err
	}
	if sentence(prepared) != s.Summary {
		return blocked("changed", "have it prepared anew", "the summary %q is not that of the body: %q", s.Summary, sentence(prepared))
	}
	permit, err := livePermit(env, prepared, f.live.confirm, knownAmount(cmd.Context(), j, prepared))
	if err != nil {
		return err
	}
	if !a.flags.json {
		if err := a.sealedText(s, "approved", file); err != nil {
			return err
		}
	}
	// checkSealed has made sure of it where the profile wants two people.
	permit.Duplicate, permit.Approved = f.duplicate, true
	return a.result(r.client.Send(cmd.Context(), prepared, permit))
}

func (a *app) openSealed(file string) (s *sealed, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fileFault(nil, "reading %s: %v", file, plainFileError(err))
	}
	s, err = readSealed(f, file)
	return s, errors.Join(err, f.Close())
}

// checkSealed holds a sealed request against the profile, the clock, its seal and its author.
func (r *runtime) checkSealed(ctx context.Context, s *sealed, p *config.Profile, f *approveFlags) error {
	ring := r.authors(ctx, p)
	if signer, err := r.signers.signer(ctx, p); err == nil {
		ring = append(ring, keys.Known{Name: p.Name + " key", Environment: p.Name, Role: keys.RoleOwn, Public: signer.Public()})
	} else {
		return err
	}
	for _, file := range f.authors {
		pub, err := keys.ReadPublicFile(file)
		if err != nil {
			return keyFault(err, "", "reading the author's key")
		}
		ring = append(ring, keys.Known{Name: file, Public: pub.Key})
	}
	if err := s.checkSeal(ring); err != nil {
		return blocked("changed", "have it prepared anew", "the request is refused: %v", err)
	}
	now := r.app.now().UTC()
	me, err := whoami()
	if err != nil {
		return err
	}
	switch {
	case s.Kind != p.Kind.Value || s.Project != p.Project.Value:
		return blocked("other_environment", "choose that profile with --profile",
			"it was prepared for %s, project %s; the profile %s is %s, project %s", strings.ToUpper(s.Kind), s.Project, p.Name, strings.ToUpper(p.Kind.Value), p.Project.Value)
	case s.BaseURL != p.BaseURL.Value:
		return blocked("other_environment", "choose that profile with --profile", "it was prepared for the server %s; the profile %s speaks to %s",
			orEmbedded(s.BaseURL), p.Name, orEmbedded(p.BaseURL.Value))
	case s.Submerchant != p.Submerchant.Value:
		return blocked("other_environment", "choose that profile with --profile", "it was prepared for the submerchant %q; that of the profile %s is %q",
			s.Submerchant, p.Name, p.Submerchant.Value)
	case now.After(s.Expires):
		return blocked("expired", "have it prepared anew", "it could be approved until %s", s.Expires.Format(time.DateTime+" UTC"))
	case now.Before(s.Created.Add(-5 * time.Minute)):
		return blocked("expired", "compare the clocks of the two machines", "it was prepared in the future, at %s", s.Created.Format(time.DateTime+" UTC"))
	case !f.show && p.ForbidSelfApproval.Value && me.sameAs(s.Author):
		return blocked("self_approval", "somebody else must approve it", "%s at %s prepared it, and this profile forbids to approve one's own requests", s.Author.User, s.Author.Host)
	}
	return nil
}

// orEmbedded names a server.
func orEmbedded(url string) string {
	if url == "" {
		return "(embedded)"
	}
	return url
}

// authors are the keys that may seal a request for a profile without being named: those with which
// profiles of its kind sign. A key for demo is guarded less than one for live.
func (r *runtime) authors(ctx context.Context, p *config.Profile) keys.Ring {
	var ring keys.Ring
	for _, k := range r.signers.keysOf(ctx, r.settings) {
		if k.known != nil && k.Role == keys.RoleOwn && r.settings.Profiles[k.Profile].Kind.Value == p.Kind.Value {
			ring = append(ring, *k.known)
		}
	}
	return ring
}

// notApproved refuses a request that this journal knows as sent.
func notApproved(ctx context.Context, j *journal.Journal, s *sealed) error {
	digest, err := hex.DecodeString(s.Body.SHA256)
	if err != nil || len(digest) != len(pikeapi.Digest{}) {
		return blocked("changed", "have it prepared anew", "its digest cannot be read")
	}
	i, err := j.Used(ctx, s.IdempotencyKey, pikeapi.Digest(digest))
	if err != nil {
		return fileFault(err, "looking for an earlier sending")
	}
	if i != nil {
		return blocked("already_sent", "pikedash unknown list shows what is not settled", "it was sent before and is %s (operation %s)", i.State, i.OperationID)
	}
	return nil
}

// openBody decrypts the body with the profile's key or with the one that is named.
func (r *runtime) openBody(ctx context.Context, s *sealed, env *pikeapi.Environment, openKey string) ([]byte, error) {
	var private *rsa.PrivateKey
	if s.For != "" {
		if openKey == "" {
			openKey = r.settings.Current().Key.File.Value
		}
		if openKey != "" {
			key, err := keys.ReadPrivateFile(openKey, r.app.ask)
			if err != nil {
				return nil, keyFault(err, "", "reading the key that it was sealed for")
			}
			private = key.Key
		}
	}
	body, err := s.open(ctx, env.Signer, private)
	if err != nil {
		return nil, blocked("changed", "", "the request is refused: %v", err)
	}
	return body, nil
}
