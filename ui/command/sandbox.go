package command

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/listen"
	"pikedash/pikeapi/sandbox"
	"pikedash/pikeapi/webhook"
)

// sandboxFlags are the flags of sandbox.
type sandboxFlags struct {
	listen, state, hook, keyOut string
	partnerKeys, faults         []string
	wallets                     []string
	speed                       float64
	noControl                   bool
	config                      sandbox.Config // the switches
}

func (a *app) sandboxVerb() *cobra.Command {
	var s sandboxFlags
	cmd := &cobra.Command{
		Use: "sandbox", Short: "Run the embedded Pike by itself", Args: cobra.NoArgs,
		Long: "Serves an embedded Pike on this machine: it checks signatures, keeps sessions, answers in both versions and\n" +
			"sends signed webhooks. With --partner-key it serves a project of your own; without, it serves the sandbox that\n" +
			"the dashboard and the other verbs use. It runs until it is interrupted.\n\n" +
			"Faults: " + strings.Join(faultKinds(), ", "),
		Example: "pikedash sandbox\n" +
			"pikedash sandbox --listen 127.0.0.1:8131 --project shop --partner-key public.pem --webhook-url http://127.0.0.1:9000/hook --pike-key-out pike.pem\n" +
			"pikedash sandbox --project shop --partner-key public.pem --fault lost_answer:session/init/payout:1 --speed 60",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sandbox(cmd, &s) },
	}
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", sandbox.DefaultAddr, "`ADDRESS` to listen at")
	f.StringArrayVar(&s.partnerKeys, "partner-key", nil, "public key `FILE` of the partner; may be repeated")
	f.StringVar(&s.hook, "webhook-url", "", "`URL` that notifications are sent to")
	f.StringVar(&s.keyOut, "pike-key-out", "", "`FILE` to write the key to that signs the notifications")
	f.StringVar(&s.state, "state", "", "`FOLDER` that keeps the state across restarts (default with --partner-key: memory)")
	f.StringArrayVar(&s.wallets, "wallet", nil, "deposit such as \"1000.00 EUR\"; may be repeated (default: a million in eur, usd, gbp, rub)")
	f.Float64Var(&s.speed, "speed", 1, "how many times as fast the sandbox's clock runs")
	f.BoolVar(&s.config.Strict, "strict", false, "refuse unknown keys, wrong-version names and doubtful forms")
	f.BoolVar(&s.config.AutoConfirm, "auto-confirm", false, "operations go on without ready_to_confirm")
	f.BoolVar(&s.config.Hold, "hold", false, "payments are held until session/capture")
	f.StringArrayVar(&s.faults, "fault", nil, "`KIND[:METHOD[:COUNT[:DELAY]]]` of a fault from the start; may be repeated")
	f.BoolVar(&s.noControl, "no-control", false, "switch the test controls below /_sandbox/ off")
	f.BoolVar(&s.config.AllowRemote, "allow-remote", false, "listen where other machines can reach it: they can then use the sandbox")
	f.BoolVar(&s.config.AuthStatus, "auth-status", false, "401 and 403 instead of 400 for errors about who is asking")
	f.BoolVar(&s.config.ErrorsAs200, "errors-as-200", false, "refusals answer HTTP 200")
	f.BoolVar(&s.config.Accept2xx, "accept-2xx", false, "any 2xx answer to a webhook counts as delivered, not only 200")
	f.BoolVar(&s.config.SignResponses, "sign-responses", false, "sign the answers too")
	group(cmd, "Input", "partner-key", "state", "wallet")
	group(cmd, "Output", "pike-key-out", "webhook-url")
	group(cmd, "Safety", "allow-remote", "no-control")
	exits(cmd, exitKey)
	cmd.AddCommand(a.sandboxState(), a.sandboxAdvance(), a.sandboxAct(), a.sandboxFault(), a.sandboxClock())
	return cmd
}

// sandbox serves until the context ends, which is how it is meant to end.
func (a *app) sandbox(cmd *cobra.Command, s *sandboxFlags) (err error) {
	settings, err := a.config(cmd)
	if err != nil {
		return err
	}
	p := settings.Profiles[config.Sandbox]
	c := s.config
	c.Project, c.WebhookURL, c.Speed, c.Control, c.StateDir = p.Project.Value, s.hook, s.speed, !s.noControl, s.state
	if a.flags.project != "" {
		c.Project = a.flags.project
	}
	c.Log = slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: maskAttr}))
	if c.Faults, err = parseFaults(s.faults); err != nil {
		return err
	}
	if c.Wallets, err = parseWallets(s.wallets); err != nil {
		return err
	}
	fixed := cmd.Flags().Changed("listen")
	if len(s.partnerKeys) == 0 {
		return a.serveEmbedded(cmd, settings, s, c, fixed)
	}
	for _, file := range s.partnerKeys {
		pub, err := keys.ReadPublicFile(file)
		if err != nil {
			return keyFault(err, "pikedash keys doctor "+shellWord(file)+" says more", "reading the partner's key")
		}
		c.PartnerKeys = append(c.PartnerKeys, keys.Known{Name: filepath.Base(file), Role: keys.RoleOwn, Public: pub.Key})
	}
	if err := c.Check(); err != nil {
		return usage("", "%v", err)
	}
	if c.StateDir != "" {
		if err := config.MakeDir(c.StateDir); err != nil {
			return fileFault(err, "making room for the state")
		}
	}
	return a.serveOwn(cmd.Context(), s, c)
}

// serveOwn serves a sandbox for a partner of its own.
func (a *app) serveOwn(ctx context.Context, s *sandboxFlags, c sandbox.Config) (err error) {
	server, err := sandbox.New(c)
	if err != nil {
		return &fault{exit: exitFailure, category: "internal", code: "sandbox", message: err.Error()}
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	// The key first: who waits for the port wants to read it then.
	key := keys.Known{Name: "Pike's sandbox key", Public: server.PublicKey()}
	if err := writeKey(s.keyOut, key); err != nil {
		return err
	}
	running, err := server.Listen(ctx, s.listen)
	if err != nil {
		return listenFault(err)
	}
	if err := a.announce(c, running.URL, key); err != nil {
		return err
	}
	return running.Wait()
}

// serveEmbedded serves the sandbox that the dashboard and the other verbs use.
func (a *app) serveEmbedded(cmd *cobra.Command, settings *config.Settings, s *sandboxFlags, c sandbox.Config, fixed bool) (err error) {
	signer, err := a.signersFor(settings).signer(cmd.Context(), settings.Profiles[config.Sandbox])
	if err != nil {
		return err
	}
	if c.StateDir == "" {
		c.StateDir = settings.Paths.Sandbox()
	}
	r := runtime{settings: settings}
	if c.WebhookURL == "" {
		c.WebhookURL = r.hookURL()
	}
	c.PartnerKeys = keys.Ring{{Name: "sandbox key", Environment: config.Sandbox, Role: keys.RoleOwn, Public: signer.Public()}}
	if err := c.Check(); err != nil {
		return usage("", "%v", err)
	}
	h, err := startHost(cmd.Context(), hostOptions{config: c, listen: s.listen, fixed: fixed, stays: true, log: c.Log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if !h.here() {
		return &fault{exit: exitFailure, category: "user_input", code: "sandbox",
			message: "another pikedash serves the embedded sandbox already, at " + h.url,
			hint:    "use that one, or serve one of your own with --partner-key"}
	}
	if err := writeKey(s.keyOut, h.pikeKey()); err != nil {
		return err
	}
	if err := a.announce(c, h.url, h.pikeKey()); err != nil {
		return err
	}
	<-cmd.Context().Done()
	return nil
}

// listenFault says why nothing can listen, and what to change.
func listenFault(err error) error {
	f := &fault{exit: exitFailure, category: "network", code: "listen", message: err.Error(), hint: "choose another address with --listen"}
	switch {
	case errors.Is(err, listen.ErrRemote):
		f.hint = "listen at 127.0.0.1, or let others in on purpose with --allow-remote"
	case errors.Is(err, webhook.ErrLoop):
		f.hint = "name the address of your own server with --forward"
	}
	return f
}

// writeKey writes the key that signs the notifications, where a file is named.
func writeKey(path string, key keys.Known) error {
	if path == "" {
		return nil
	}
	text, err := keys.EncodePublic(key.Public)
	if err != nil {
		return keyFault(err, "", "writing the sandbox's public key")
	}
	if err := config.WriteFile(path, text); err != nil {
		return fileFault(err, "writing the sandbox's public key")
	}
	return nil
}

// announce says where the sandbox is and with which key it signs.
func (a *app) announce(c sandbox.Config, url string, key keys.Known) error {
	text, err := keys.EncodePublic(key.Public)
	if err != nil {
		return keyFault(err, "", "writing the sandbox's public key")
	}
	fingerprint := keys.FingerprintOf(key.Public)
	if a.flags.json {
		a.out.object(struct {
			Schema  int    `json:"schema"`
			URL     string `json:"url"`
			Project string `json:"project"`
			Webhook string `json:"webhook_url,omitempty"`
			PikeKey struct {
				Fingerprint keys.Fingerprint `json:"fingerprint"`
				PEM         string           `json:"pem"`
			} `json:"pike_key"`
		}{Schema: 1, URL: url, Project: c.Project, Webhook: c.WebhookURL, PikeKey: struct {
			Fingerprint keys.Fingerprint `json:"fingerprint"`
			PEM         string           `json:"pem"`
		}{fingerprint, string(text)}})
		return nil
	}
	a.out.line("the sandbox listens at %s, project %s; stop it with ctrl+c", url, c.Project)
	a.out.line("it signs notifications with %s", fingerprint)
	if c.WebhookURL != "" {
		a.out.line("it sends them to %s", c.WebhookURL)
	}
	return nil
}

// parseWallets reads --wallet values.
func parseWallets(list []string) ([]sandbox.Wallet, error) {
	var out []sandbox.Wallet
	for _, text := range list {
		m, err := pikeapi.ParseAmount(text)
		if err != nil {
			return nil, usage(`write an amount such as "1000.00 EUR"`, "--wallet %s: %v", text, err)
		}
		out = append(out, sandbox.Wallet{Currency: strings.ToLower(m.Currency), Balance: m.Amount})
	}
	return out, nil
}

// controlClient finds the sandbox whose test controls are meant: --at, else the embedded one that
// runs, else the usual address.
func (a *app) controlClient(cmd *cobra.Command, at string) (*sandbox.Control, error) {
	if at == "" {
		s, err := a.config(cmd)
		if err != nil {
			return nil, err
		}
		at = "http://" + sandbox.DefaultAddr
		if base := s.Profiles[config.Sandbox].BaseURL.Value; base != "" {
			at = base
		} else if kept, ok := readAddress(s.Paths.Sandbox()); ok {
			if _, own := answersAt(cmd.Context(), s.Paths.Sandbox(), kept.URL); own {
				at = kept.URL
			}
		}
	}
	if !strings.Contains(at, "://") {
		at = "http://" + at
	}
	u, err := url.Parse(at)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, usage("write it like http://"+sandbox.DefaultAddr, "--at %q is no address of a sandbox", at)
	}
	// The controls are no method of Pike: a slip must not post them to its servers.
	if host := u.Hostname(); !config.IsLoopback(host) && !slices.Contains(a.flags.allowHost, host) {
		return nil, usage("add --allow-host "+host+" when a sandbox of yours runs there", "%s is not on this machine", host)
	}
	return sandbox.NewControl(at, nil), nil
}

// readAddress reads where the embedded sandbox is served.
func readAddress(dir string) (address, bool) {
	data, err := os.ReadFile(filepath.Join(dir, addressFile))
	if err != nil {
		return address{}, false
	}
	return parseAddress(data)
}
