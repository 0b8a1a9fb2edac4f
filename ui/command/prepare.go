package command

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
	"pikedash/pikeapi/sandbox"
)

// defaultSealLife is how long a prepared request may be approved; Pike forgets a key after 24 h, and
// a request may be sent until 23 h after its key was made.
const defaultSealLife = 8 * time.Hour

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// prepareFlags are the flags of prepare.
type prepareFlags struct {
	send        sendFlags
	out, forKey string
	life        time.Duration
}

func (a *app) prepareVerb() *cobra.Command {
	var p prepareFlags
	cmd := &cobra.Command{
		Use: "prepare METHOD", Short: "Write a sealed request for a second person to send", Args: cobra.ExactArgs(1), ValidArgs: methodNames(),
		Long: "Writes a sealed request: its digest, a summary, the author and an end in clear, its body encrypted. Somebody\n" +
			"else looks at the summary and sends it with pikedash approve. Nothing is sent now.",
		Example: "pikedash prepare session/init/payout --profile live --body payout.json --out payout.sealed\n" +
			"pikedash prepare session/confirm --session ps_70120 --out confirm.sealed --for colleague.pub.pem",
		RunE: func(cmd *cobra.Command, args []string) error { return a.prepare(cmd, args[0], &p) },
	}
	f := cmd.Flags()
	f.StringVar(&p.send.body, "body", "", "`FILE` with the body, - for stdin; its bytes are not touched")
	f.StringVar(&p.send.session, "session", "", "session `ID` instead of --body, for methods that need no more")
	f.StringVar(&p.send.key, "idempotency-key", "", "idempotency key of 4 to 64 characters (default: a new one)")
	f.StringVarP(&p.out, "out", "o", "", "`FILE` to write")
	f.StringVar(&p.forKey, "for", "", "public key `FILE` of the one person who can open it (default: holders of the same signing key)")
	f.DurationVar(&p.life, "valid", defaultSealLife, "how long it may be approved, at most 23h")
	group(cmd, "Input", "body", "session", "idempotency-key")
	group(cmd, "Output", "out", "for", "valid")
	exits(cmd, exitKey, exitBlocked)
	return cmd
}

func (a *app) prepare(cmd *cobra.Command, name string, f *prepareFlags) (err error) {
	method, ok := pikeapi.LookupMethod(name)
	switch {
	case !ok:
		return usage("pikedash send --help lists them", "%s", pikeapi.ExplainMethod(name))
	case f.out == "":
		return usage("name the file to write", "--out is missing")
	case f.life <= 0 || f.life > pikeapi.ResendLimit:
		return usage("write a time such as 8h", "--valid is between 1s and %s", pikeapi.ResendLimit)
	}
	if _, err := os.Lstat(f.out); err == nil {
		return usage("choose another name", "%s exists and is not overwritten", f.out)
	}
	r, err := a.runtime(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	body, err := a.sendBody(method, &f.send)
	if err != nil {
		return err
	}
	if journal.HoldsSecurityCode(body) {
		return blocked("security_code", "leave the security code out, or send it at once with pikedash send",
			"the body holds a card's security code, which is never written to a file, not even encrypted")
	}
	recipient, err := recipientKey(f.forKey)
	if err != nil {
		return err
	}
	env, err := r.environment(cmd.Context(), r.settings.Current())
	if err != nil {
		return err
	}
	j, err := r.journal(cmd.Context(), env.Name)
	if err != nil {
		return err
	}
	if env.BaseURL == "" {
		env.BaseURL = "http://" + sandbox.DefaultAddr
	}
	prepared, err := r.client.Prepare(cmd.Context(), env, speak(env, a.flags.api,
		pikeapi.Call{Method: name, Body: body, IdempotencyKey: f.send.key}))
	if err != nil {
		return err
	}
	s, err := sealOf(cmd.Context(), r.settings.Current(), prepared, f.life, recipient)
	if err != nil {
		return err
	}
	// The file is what the second person gets; it is recorded before it exists.
	if err := j.RecordPrepared(cmd.Context(), prepared); err != nil {
		return fileFault(err, "recording the request")
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the request: %w", err)
	}
	if err := config.WriteFile(f.out, append(text, '\n')); err != nil {
		return fileFault(err, "writing the request")
	}
	return a.sealedText(s, "prepared", f.out)
}

func recipientKey(file string) (*rsa.PublicKey, error) {
	if file == "" {
		return nil, nil
	}
	pub, err := keys.ReadPublicFile(file)
	if err != nil {
		return nil, keyFault(err, "pikedash keys doctor "+shellWord(file)+" says more", "reading the recipient's key")
	}
	return pub.Key, nil
}

// sealOf makes the sealed form of a prepared request.
func sealOf(ctx context.Context, p *config.Profile, prepared *pikeapi.Prepared, life time.Duration, recipient *rsa.PublicKey) (*sealed, error) {
	author, err := whoami()
	if err != nil {
		return nil, err
	}
	author.Key = keys.Fingerprint(prepared.KeyFingerprint)
	env := prepared.Env
	s := &sealed{
		Schema: sealedSchema, About: sealedAbout, Profile: env.Name, Kind: string(env.Kind), BaseURL: p.BaseURL.Value,
		Project: env.Project, Submerchant: env.Submerchant, Method: prepared.Method.Name, Version: prepared.Version.String(),
		IdempotencyKey: prepared.IdempotencyKey, Summary: sentence(prepared), Operation: prepared.ID, Author: author,
		Body:    bodyFacts{len(prepared.Body), prepared.Digest.String()},
		Created: prepared.CreatedAt.UTC(), Expires: prepared.CreatedAt.UTC().Add(life),
	}
	if prepared.Summary.Amount != nil {
		s.Amount = prepared.Summary.Amount.Format()
	}
	if err := s.sealBody(ctx, env.Signer, recipient, prepared.Body); err != nil {
		return nil, keyFault(err, "", "sealing the request")
	}
	return s, nil
}

// sealedText shows what people compare: the summary and the digest.
func (a *app) sealedText(s *sealed, word, file string) error {
	if a.flags.json {
		a.out.object(struct {
			Schema  int          `json:"schema"`
			State   string       `json:"state"`
			File    string       `json:"file"`
			Summary string       `json:"summary"`
			Body    bodyFacts    `json:"body"`
			Author  sealedAuthor `json:"author"`
			Expires time.Time    `json:"expires"`
		}{1, word, file, s.Summary, s.Body, s.Author, s.Expires})
		return nil
	}
	a.out.line("%s", s.Summary)
	a.out.line("%d bytes, sha256 %s", s.Body.Bytes, s.Body.SHA256)
	a.out.line("by %s at %s, key %s; to be approved before %s", s.Author.User, s.Author.Host, s.Author.Key.Short(), s.Expires.Format(time.DateTime+" UTC"))
	a.out.line("%s: %s", word, file)
	return nil
}
