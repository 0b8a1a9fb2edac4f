package command

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/keys"
)

// evidenceFlags are what verify and explain are given.
type evidenceFlags struct {
	body      string
	signature signatureFlags
	keys      []string
	expect    string
}

func (e *evidenceFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&e.body, "body", "", "`FILE` with the body, - for stdin; its bytes are not touched")
	f.StringVar(&e.signature.value, "signature", "", "`VALUE` of X-PARTNER-SIGN")
	f.StringVar(&e.signature.file, "signature-file", "", "`FILE` that holds it")
	f.StringArrayVar(&e.keys, "key", nil, "public key `FILE`; may be repeated, the first is the expected one")
	group(cmd, "Input", "body", "signature", "signature-file", "key")
}

// read returns the signature and the body, each as it was given.
func (a *app) read(e *evidenceFlags) (signature string, body []byte, err error) {
	if e.body == "-" && e.signature.file == "-" {
		return "", nil, usage("put one of them into a file", "--body and --signature-file cannot both come from stdin")
	}
	if signature, err = a.signature(e.signature); err != nil {
		return "", nil, err
	}
	body, err = a.body(e.body)
	return signature, body, err
}

// ring reads the keys that were named: the expected one, and the others. Without any, they are
// those of the settings, and the chosen profile's own key is the expected one.
func (a *app) ring(cmd *cobra.Command, e *evidenceFlags) (expected keys.Known, ring keys.Ring, err error) {
	files := e.keys
	if e.expect != "" {
		files = append([]string{e.expect}, files...)
	}
	if len(files) > 0 {
		for _, file := range files {
			pub, err := keys.InspectPublicFile(file)
			if err != nil {
				return expected, nil, keyFault(err, "pikedash keys doctor "+shellWord(file)+" says more", "reading the key")
			}
			ring = append(ring, keys.Known{Name: filepath.Base(file), Public: pub.Key})
		}
		known := a.settingsRing(cmd)
		for i, k := range ring {
			// A file with a key of Pike's is one of Pike's, so that the advice is for whom checks.
			if same, ok := known.Find(keys.FingerprintOf(k.Public)); ok && same.Role == keys.RolePike {
				ring[i].Role = same.Role
			}
		}
		return ring[0], append(ring[1:], known...), nil
	}
	s, err := a.config(cmd)
	if err != nil {
		return expected, nil, err
	}
	all := ringOf(a.signersFor(s).keysOf(cmd.Context(), s))
	i := ownOf(all, s.Current())
	if i < 0 {
		return expected, nil, usage("name a public key with --key", "no key was given and the profile %s has none that can be read", s.Profile.Value)
	}
	return all[i], append(all[:i:i], all[i+1:]...), nil
}

// ownOf returns the index of a profile's own key in a ring, or -1.
func ownOf(ring keys.Ring, p *config.Profile) int {
	for i, k := range ring {
		if k.Environment == p.Name && k.Role == keys.RoleOwn {
			return i
		}
	}
	return -1
}

// settingsRing returns the keys of the settings, which give a foreign signature its name. Broken
// settings must not keep anybody from examining a signature.
func (a *app) settingsRing(cmd *cobra.Command) keys.Ring {
	s, err := a.config(cmd)
	if err != nil {
		a.err.line("pikedash: the keys of the settings are left out: %v", err)
		return nil
	}
	return ringOf(a.signersFor(s).keysOf(cmd.Context(), s))
}

func (a *app) verifyVerb() *cobra.Command {
	var e evidenceFlags
	cmd := &cobra.Command{
		Use: "verify", Short: "Check a signature; the short answer", Args: cobra.NoArgs,
		Long: "Checks a signature over the exact bytes of a body. It says valid or invalid; pikedash explain says why.",
		Example: "pikedash verify --body body.json --signature-file sig.b64 --key public.pem\n" +
			"pikedash verify --body - --signature \"$SIGN\" --key pike.pem < webhook.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			signature, body, err := a.read(&e)
			if err != nil {
				return err
			}
			expected, _, err := a.ring(cmd, &e)
			if err != nil {
				return err
			}
			return a.verify(body, signature, expected)
		},
	}
	e.declare(cmd)
	exits(cmd, exitInvalid, exitKey)
	return cmd
}

func (a *app) verify(body []byte, signature string, expected keys.Known) error {
	err := keys.Verify(expected.Public, body, signature)
	sum := sha256.Sum256(body)
	fingerprint := keys.FingerprintOf(expected.Public)
	if a.flags.json {
		out := struct {
			Schema int              `json:"schema"`
			Valid  bool             `json:"valid"`
			Reason string           `json:"reason,omitempty"`
			Body   bodyFacts        `json:"body"`
			Key    keys.Fingerprint `json:"key"`
		}{1, err == nil, "", bodyFacts{len(body), hex.EncodeToString(sum[:])}, fingerprint}
		if err != nil {
			out.Reason = err.Error()
		}
		a.out.object(out)
	} else if err == nil {
		a.out.line("valid: made by %s (%s) over these %d bytes", expected.Name, fingerprint.Short(), len(body))
	}
	if err == nil {
		return nil
	}
	reason := "pikedash explain, with the same flags, says why"
	if !errors.Is(err, keys.ErrSignature) {
		reason = "pikedash explain, with the same flags, says how to repair it"
	}
	return shown{&fault{exit: exitInvalid, category: "auth", code: "signature_invalid", message: "invalid: " + err.Error(), hint: reason}}
}
