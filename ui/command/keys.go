package command

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"pikedash/config"
	"pikedash/keys"
)

// signersFor returns the signers of this run.
func (a *app) signersFor(s *config.Settings) *signers {
	if a.signers == nil {
		a.signers = &signers{paths: s.Paths, getenv: a.getenv, ask: a.ask, made: map[string]keys.Signer{},
			warn: func(text string) { a.err.line("pikedash: %s", text) }}
	}
	return a.signers
}

func (a *app) keysVerb() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "Make, list, show and examine keys",
		Example: "pikedash keys generate --out private.pem\npikedash keys doctor private.pem\npikedash keys export --profile demo"}
	cmd.AddCommand(a.keysGenerate(), a.keysShow(), a.keysList(), a.keysDoctor(), a.keysExport())
	return cmd
}

func (a *app) keysGenerate() *cobra.Command {
	var out, public string
	bits := keys.MinBits
	cmd := &cobra.Command{
		Use: "generate", Short: "Make a key pair", Args: cobra.NoArgs,
		Long: "Makes an RSA key pair: the private half with mode 0600, and beside it the public half that Pike's\n" +
			"manager needs. A file that exists is never overwritten.",
		Example: "pikedash keys generate --out ~/pike/demo.pem\npikedash keys generate --profile live --bits 4096",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.config(cmd)
			if err != nil {
				return err
			}
			if out == "" {
				out = filepath.Join(s.Paths.Keys(), s.Profile.Value+".pem")
				if err := config.MakeDir(s.Paths.Keys()); err != nil {
					return fileFault(err, "making room for the key")
				}
			}
			if public == "" {
				public = strings.TrimSuffix(out, ".pem") + ".pub.pem"
			}
			return a.generate(cmd, out, public, bits)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "out", "o", "", "`FILE` of the private key (default: the profile's name in the settings folder)")
	f.StringVar(&public, "public", "", "`FILE` of the public key (default: beside the private one, .pub.pem)")
	f.IntVar(&bits, "bits", bits, "2048, 3072 or 4096")
	group(cmd, "Output", "out", "public")
	exits(cmd, exitKey)
	return cmd
}

func (a *app) generate(cmd *cobra.Command, out, public string, bits int) error {
	key, err := keys.Generate(cmd.Context(), bits)
	if err != nil {
		return keyFault(err, "", "making a key pair")
	}
	if err := keys.WritePair(out, public, key); err != nil {
		return keyFault(err, "", "writing the key pair")
	}
	fingerprint := keys.FingerprintOf(&key.PublicKey)
	if a.flags.json {
		a.out.object(struct {
			Schema      int              `json:"schema"`
			Private     string           `json:"private"`
			Public      string           `json:"public"`
			Bits        int              `json:"bits"`
			Fingerprint keys.Fingerprint `json:"fingerprint"`
		}{1, out, public, bits, fingerprint})
		return nil
	}
	a.out.line("private key  %s  (mode 0600: keep it)", out)
	a.out.line("public key   %s  (give this one to Pike's manager)", public)
	a.out.line("fingerprint  %s", fingerprint)
	return nil
}

// keyReport is what show prints.
type keyReport struct {
	Schema      int              `json:"schema"`
	Where       string           `json:"where"`
	Bits        int              `json:"bits"`
	Fingerprint keys.Fingerprint `json:"fingerprint"`
	Short       string           `json:"short"`
	PublicPEM   string           `json:"public_pem"`
	Warnings    []string         `json:"warnings,omitempty"`
}

func (a *app) keysShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show [FILE]", Short: "Show the public half and fingerprint of a key", Args: cobra.MaximumNArgs(1),
		Long:    "Shows size, fingerprint and public half of a key: of a file, or without one of the profile's signing key.",
		Example: "pikedash keys show private.pem\npikedash keys show --profile demo --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := a.publicHalf(cmd, args)
			if err != nil {
				return err
			}
			if a.flags.json {
				a.out.object(r)
				return nil
			}
			a.out.line("where        %s", r.Where)
			a.out.line("size         RSA-%d", r.Bits)
			a.out.line("fingerprint  %s  (%s)", r.Fingerprint, r.Short)
			for _, w := range r.Warnings {
				a.out.line("warning      %s", w)
			}
			a.out.raw("\n")
			a.out.block(r.PublicPEM)
			return nil
		},
	}
	exits(cmd, exitKey)
	return cmd
}

// publicHalf reads the public half of a file, private or public, or of the profile's signing key.
func (a *app) publicHalf(cmd *cobra.Command, args []string) (*keyReport, error) {
	r := &keyReport{Schema: 1}
	known := keys.Known{}
	if len(args) == 1 {
		r.Where = "file " + args[0]
		pub, pubErr := keys.ReadPublicFile(args[0])
		if pubErr == nil {
			known.Public, r.Warnings = pub.Key, pub.Warnings
		} else {
			private, err := keys.ReadPrivateFile(args[0], a.ask)
			if err != nil {
				return nil, keyFault(err, "pikedash keys doctor "+shellWord(args[0])+" says more", "reading the key")
			}
			known.Public, r.Warnings = &private.Key.PublicKey, private.Warnings
		}
	} else {
		s, err := a.config(cmd)
		if err != nil {
			return nil, err
		}
		signer, err := a.signersFor(s).signer(cmd.Context(), s.Current())
		if err != nil {
			return nil, err
		}
		known.Public, r.Where = signer.Public(), signer.Describe()
	}
	text, err := keys.EncodePublic(known.Public)
	if err != nil {
		return nil, keyFault(err, "", "writing the public half")
	}
	r.PublicPEM, r.Bits = string(text), known.Public.N.BitLen()
	r.Fingerprint = keys.FingerprintOf(known.Public)
	r.Short = r.Fingerprint.Short()
	return r, nil
}

func (a *app) keysExport() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "export [FILE]", Short: "Write the public half of a key for Pike's manager", Args: cobra.MaximumNArgs(1),
		Long:    "Writes the public half of a key as PEM, the form that Pike's manager needs. Private halves never leave their file.",
		Example: "pikedash keys export --profile demo > demo.pub.pem\npikedash keys export private.pem --out public.pem",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := a.publicHalf(cmd, args)
			if err != nil {
				return err
			}
			if out != "" {
				pub, err := keys.ParsePublic([]byte(r.PublicPEM))
				if err != nil {
					return keyFault(err, "", "writing the public half")
				}
				if err := keys.WritePublicFile(out, pub.Key); err != nil {
					return keyFault(err, "", "writing the public half")
				}
				a.err.line("wrote %s, fingerprint %s", out, r.Fingerprint)
			}
			switch {
			case a.flags.json:
				a.out.object(r)
			case out == "":
				a.out.block(r.PublicPEM)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "`FILE` instead of stdout")
	group(cmd, "Output", "out")
	exits(cmd, exitKey)
	return cmd
}

func (a *app) keysList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List every key that the settings name", Args: cobra.NoArgs,
		Long:    "Lists the signing, retired and Pike keys of every profile with fingerprint, size, form and file mode,\nand says when demo and live share a key.",
		Example: "pikedash keys list\npikedash keys list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.config(cmd)
			if err != nil {
				return err
			}
			list := a.signersFor(s).keysOf(cmd.Context(), s)
			shared := ""
			for _, n := range s.Names() {
				if err := refuseShared(s, list, s.Profiles[n]); err != nil {
					shared = err.Error()
				}
			}
			if a.flags.json {
				a.out.object(struct {
					Schema int     `json:"schema"`
					Keys   []keyOf `json:"keys"`
					Shared string  `json:"shared,omitempty"`
				}{1, list, shared})
			} else {
				a.keyTable(list)
			}
			if shared != "" {
				return shown{keyFault(nil, "make a key pair for each", "%s", shared)}
			}
			return nil
		},
	}
	exits(cmd, exitKey)
	return cmd
}

func (a *app) keyTable(list []keyOf) {
	rows := [][]string{{"PROFILE", "ROLE", "NAME", "FINGERPRINT", "SIZE", "FORM", "MODE", "WHERE"}}
	var problems []string
	for _, k := range list {
		size := ""
		if k.Bits > 0 {
			size = fmt.Sprintf("RSA-%d", k.Bits)
		}
		rows = append(rows, []string{k.Profile, string(k.Role), k.Name, k.Fingerprint.Short(), size, k.Form, k.Mode, k.Where})
		if k.Problem != "" {
			problems = append(problems, k.Name+": "+k.Problem)
		}
	}
	a.out.table(rows)
	for _, p := range problems {
		a.out.line("%s", p)
	}
}

func (a *app) keysDoctor() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor FILE...", Short: "Say what a key file is, what is wrong with it and how to convert it", Args: cobra.MinimumNArgs(1),
		Long: "Examines files that should be keys: certificate, SSH key, DER, public for private, escaped newlines,\n" +
			"encryption, size, exponent, permissions. With --pair FILE it also says whether two halves fit.",
		Example: "pikedash keys doctor private.pem\npikedash keys doctor private.pem --pair public.pem",
	}
	pair := cmd.Flags().String("pair", "", "public key `FILE` that shall fit the private one")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return a.doctor(args, *pair)
	}
	group(cmd, "Input", "pair")
	exits(cmd, exitKey)
	return cmd
}

// doctor ends with the key's exit code when a file cannot be used.
func (a *app) doctor(files []string, pair string) error {
	usable := true
	var all []keys.Diagnosis
	for _, file := range files {
		d := keys.DoctorFile(file)
		usable = usable && d.UsableAs != ""
		all = append(all, d)
		if !a.flags.json {
			a.diagnosis(d)
		}
	}
	var pairErr error
	if pair != "" {
		pairErr = a.checkPair(files[0], pair)
	}
	if a.flags.json {
		out := struct {
			Schema int              `json:"schema"`
			Files  []keys.Diagnosis `json:"files"`
			Pair   string           `json:"pair,omitempty"`
		}{1, all, ""}
		if pair != "" {
			out.Pair = "fits"
		}
		if pairErr != nil {
			out.Pair = pairErr.Error()
		}
		a.out.object(out)
	} else if pair != "" && pairErr == nil {
		a.out.line("%s and %s belong together", files[0], pair)
	}
	switch {
	case pairErr != nil:
		return shown{keyFault(pairErr, "", "comparing the two halves")}
	case !usable:
		return silent{exitKey}
	}
	return nil
}

func (a *app) checkPair(private, public string) error {
	priv, err := keys.ReadPrivateFile(private, a.ask)
	if err != nil {
		return err
	}
	pub, err := keys.ReadPublicFile(public)
	if err != nil {
		return err
	}
	return keys.Pair(priv.Key, pub.Key)
}

func (a *app) diagnosis(d keys.Diagnosis) {
	a.out.line("%s: %s", d.Name, d.Sentence)
	if d.Fingerprint != "" {
		a.out.line("  fingerprint  %s", d.Fingerprint)
	}
	if d.UsableAs != "" {
		a.out.line("  usable       as the %s key", d.UsableAs)
	} else {
		a.out.line("  usable       no")
	}
	fixes := d.Fixes()
	for i, p := range d.Problems {
		word := "note"
		if p.Refused {
			word = "problem"
		}
		a.out.line("  %-11s  %s", word, p.Sentence)
		if fixes[i] != "" {
			a.out.line("  %-11s  %s", "", fixes[i])
		}
	}
	if d.Convert != "" {
		a.out.line("  convert      %s", d.Convert)
	}
}
