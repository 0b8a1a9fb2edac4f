package command

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/term"

	"pikedash/config"
	"pikedash/keys"
)

// signers makes and keeps the signers of the profiles. Each key is opened once for each run.
type signers struct {
	paths  config.Paths
	getenv func(string) string
	ask    keys.Passphrase // nil: encrypted keys cannot be opened
	warn   func(string)

	mu   sync.Mutex
	made map[string]keys.Signer
}

// signer returns the signer of a profile. The sandbox gets a key of its own on first use; other
// profiles must name one.
func (s *signers) signer(ctx context.Context, p *config.Profile) (keys.Signer, error) {
	if made := s.known(p.Name); made != nil {
		return made, nil
	}
	return s.make(ctx, p, s.ask)
}

// make opens the key of a profile and keeps it.
func (s *signers) make(ctx context.Context, p *config.Profile, ask keys.Passphrase) (keys.Signer, error) {
	made, err := s.open(ctx, p, ask)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[p.Name] = made
	return made, nil
}

// known returns the signer of a profile that was opened before, or nil.
func (s *signers) known(profile string) keys.Signer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made[profile]
}

// forget lets the key of a profile be opened anew: the settings name another one.
func (s *signers) forget(profile string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.made, profile)
}

func (s *signers) open(ctx context.Context, p *config.Profile, ask keys.Passphrase) (keys.Signer, error) {
	switch k := p.Key; {
	case k.File.Value != "":
		return s.fromFile(p.Name, k.File.Value, ask)
	case k.Agent.Value != "":
		return s.fromAgent(ctx, p)
	case len(k.Command.Value) > 0:
		return s.fromCommand(p)
	case p.Kind.Value == config.Sandbox:
		return s.sandboxKey(ctx)
	}
	return nil, keyFault(nil, fmt.Sprintf("make one with pikedash keys generate, then set profiles.%s.key.file in the settings file", p.Name),
		"the profile %s has no signing key", p.Name)
}

// fromFile opens a private key file, asking for its passphrase where it has one.
func (s *signers) fromFile(profile, path string, ask keys.Passphrase) (keys.Signer, error) {
	key, err := keys.ReadPrivateFile(path, ask)
	if err != nil {
		return nil, keyFault(err, "pikedash keys doctor "+shellWord(path)+" says more", "the key of the profile %s", profile)
	}
	for _, w := range key.Warnings {
		s.warn("the key " + path + ": " + w)
	}
	signer, err := keys.NewSigner(key.Key, "file "+s.short(path))
	if err != nil {
		return nil, keyFault(err, "", "the key of the profile %s", profile)
	}
	return signer, nil
}

// fromAgent finds the key in the agent by fingerprint, ours or OpenSSH's, or by its public half.
func (s *signers) fromAgent(ctx context.Context, p *config.Profile) (keys.Signer, error) {
	socket := s.getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, keyFault(nil, startAgent,
			"the key of the profile %s lives in an ssh-agent, but SSH_AUTH_SOCK is not set", p.Name)
	}
	pub, err := s.agentPublic(ctx, socket, p)
	if err != nil {
		return nil, keyFault(err, agentHint(err), "the key of the profile %s", p.Name)
	}
	signer, err := keys.NewAgentSigner(ctx, socket, pub)
	if err != nil {
		return nil, keyFault(err, agentHint(err), "the key of the profile %s", p.Name)
	}
	return signer, nil
}

const startAgent = "start one with eval \"$(ssh-agent)\" and add the key with ssh-add"

// agentHint says what to do when an agent did not help.
func agentHint(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return startAgent
	}
	return "ssh-add -l lists what the agent holds"
}

// agentPublic returns the public half that the agent shall sign with.
func (s *signers) agentPublic(ctx context.Context, socket string, p *config.Profile) (*rsa.PublicKey, error) {
	wanted := p.Key.Agent.Value
	if file := p.Key.Public.Value; file != "" {
		pub, err := keys.ReadPublicFile(file)
		if err != nil {
			return nil, err
		}
		if !matches(keys.FingerprintOf(pub.Key), wanted) && !strings.HasPrefix(wanted, "SHA256:") {
			return nil, fmt.Errorf("%s has the fingerprint %s, the profile names %s", file, keys.FingerprintOf(pub.Key), wanted)
		}
		return pub.Key, nil
	}
	held, err := keys.AgentKeys(ctx, socket)
	if err != nil {
		return nil, err
	}
	var found []keys.AgentKey
	for _, k := range held {
		if matches(k.Fingerprint, wanted) || k.SSH == wanted {
			found = append(found, k)
		}
	}
	switch len(found) {
	case 1:
		return found[0].Public, nil
	case 0:
		return nil, fmt.Errorf("the agent holds %d RSA keys, none with the fingerprint %s", len(held), wanted)
	}
	return nil, fmt.Errorf("%d keys of the agent begin with %s: write more of the fingerprint", len(found), wanted)
}

// minFingerprint is the fewest hex digits that name a key in the settings.
const minFingerprint = 8

// matches says whether wanted is the fingerprint f, whole or by its first digits.
func matches(f keys.Fingerprint, wanted string) bool {
	w := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(wanted))
	return len(w) >= minFingerprint && strings.HasPrefix(string(f), w)
}

// fromCommand makes a signer that runs a program.
func (s *signers) fromCommand(p *config.Profile) (keys.Signer, error) {
	pub, err := keys.ReadPublicFile(p.Key.Public.Value)
	if err == nil {
		var signer keys.Signer
		if signer, err = keys.NewCommandSigner(p.Key.Command.Value, pub.Key); err == nil {
			return signer, nil
		}
	}
	return nil, keyFault(err, "", "the key of the profile %s", p.Name)
}

// sandboxKey returns the sandbox's own partner key, made when it is first needed. Two programs that
// start at the same time end with the same key: the file is never overwritten.
func (s *signers) sandboxKey(ctx context.Context) (keys.Signer, error) {
	private, public := s.sandboxKeyFiles()
	if _, err := os.Stat(private); errors.Is(err, os.ErrNotExist) {
		if err := s.makeKey(ctx, private, public); err != nil {
			return nil, err
		}
	}
	return s.fromFile(config.Sandbox, private, s.ask)
}

func (s *signers) sandboxKeyFiles() (private, public string) {
	return filepath.Join(s.paths.Keys(), "sandbox.pem"), filepath.Join(s.paths.Keys(), "sandbox.pub.pem")
}

func (s *signers) makeKey(ctx context.Context, private, public string) error {
	for _, dir := range []string{s.paths.Config, s.paths.Keys()} {
		if err := config.MakeDir(dir); err != nil {
			return fileFault(err, "making room for the sandbox's key")
		}
	}
	key, err := keys.Generate(ctx, keys.MinBits)
	if err != nil {
		return keyFault(err, "", "making the sandbox's key")
	}
	err = keys.WritePrivateFile(private, key)
	var p *keys.Problem
	switch {
	case errors.As(err, &p) && p.Code == keys.CodeExists:
		// Another program was faster; its key counts.
		return nil
	case err != nil:
		return fileFault(err, "writing the sandbox's key")
	}
	if err := keys.WritePublicFile(public, &key.PublicKey); err != nil && !errors.As(err, &p) {
		return fileFault(err, "writing the public half of the sandbox's key")
	}
	return nil
}

// short writes the home folder as ~.
func (s *signers) short(path string) string {
	if rest, ok := strings.CutPrefix(path, s.paths.Home+string(filepath.Separator)); ok && s.paths.Home != "" {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}

// shellWord quotes a path for a command line that is shown.
func shellWord(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-~", r)
	}) || s == "" {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// askTerminal asks for a passphrase on the controlling terminal, with nothing shown. It is never
// read from stdin, which may be a request's body.
func askTerminal(prompt string) ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, errors.New("a passphrase is needed and there is no terminal to ask on; an ssh-agent can hold the key instead")
	}
	secret, err := readSecret(tty, prompt)
	return secret, errors.Join(err, tty.Close())
}

func readSecret(tty *os.File, prompt string) ([]byte, error) {
	if _, err := io.WriteString(tty, clean(prompt)+": "); err != nil {
		return nil, fmt.Errorf("asking for the passphrase: %w", err)
	}
	secret, err := term.ReadPassword(int(tty.Fd()))
	_, endErr := io.WriteString(tty, "\n")
	if err = errors.Join(err, endErr); err != nil {
		return nil, fmt.Errorf("reading the passphrase: %w", err)
	}
	return secret, nil
}
