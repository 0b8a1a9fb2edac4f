package command

import (
	"context"
	"crypto/rsa"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/ui/page"
)

var _ page.KeyStore = (*services)(nil)

// Keys lists every key that the settings name, those that were added since the start, and Pike's key
// of the embedded sandbox.
func (s *services) Keys(ctx context.Context) (page.KeyList, error) {
	var out page.KeyList
	list := s.signers.keysOf(ctx, s.settings)
	for _, k := range list {
		out.Keys = append(out.Keys, s.keyInfo(k))
	}
	s.mu.Lock()
	for _, k := range s.trusted {
		out.Keys = append(out.Keys, s.pikeInfo(k, "file "+s.signers.short(s.settings.File.Value)))
	}
	s.mu.Unlock()
	for _, k := range s.sandboxRing(ctx) {
		out.Keys = append(out.Keys, s.pikeInfo(k, "the embedded sandbox"))
	}
	for _, n := range s.settings.Names() {
		if err := refuseShared(s.settings, list, s.settings.Profiles[n]); err != nil {
			out.Shared = err.Error()
		}
	}
	return out, ctx.Err()
}

// keyInfo is a key of the settings as screens see it.
func (s *services) keyInfo(k keyOf) page.KeyInfo {
	out := page.KeyInfo{
		Known: keys.Known{Name: k.Name, Environment: k.Profile, Role: k.Role}, Kind: s.kindOf(k.Profile),
		Where: k.Where, Form: k.Form, Mode: k.Mode, Bits: k.Bits, Fingerprint: k.Fingerprint, Problem: k.Problem,
	}
	if k.known != nil {
		out.Public = k.known.Public
	}
	out.File = s.fileOf(k)
	if out.File != "" {
		for _, p := range keys.DoctorFile(out.File).Problems {
			if text := p.Error(); text != k.Problem {
				out.Warnings = append(out.Warnings, text)
			}
		}
	}
	return out
}

// fileOf returns the path of a key that lies in a file of its own.
func (s *services) fileOf(k keyOf) string {
	p := s.settings.Profiles[k.Profile]
	named, ok := strings.CutPrefix(k.Where, "file ")
	switch {
	case p == nil || !ok:
		return ""
	case k.Role != keys.RoleOwn:
		own := slices.Concat(p.RetiredKeys, p.PikeKeys)
		if !slices.ContainsFunc(own, func(pub config.PublicKey) bool { return pub.File == named }) {
			return "" // it stands in the settings file itself
		}
		return named
	case p.Key.File.Value != "":
		return p.Key.File.Value
	}
	private, _ := s.signers.sandboxKeyFiles()
	return private
}

func (s *services) kindOf(profile string) pikeapi.EnvKind {
	if p := s.settings.Profiles[profile]; p != nil {
		return pikeapi.EnvKind(p.Kind.Value)
	}
	return ""
}

// pikeInfo is a key of Pike that the settings did not name at the start.
func (s *services) pikeInfo(k keys.Known, where string) page.KeyInfo {
	return page.KeyInfo{
		Known: k, Kind: s.kindOf(k.Environment), Where: where, Form: "PKIX PEM",
		Bits: k.Public.N.BitLen(), Fingerprint: keys.FingerprintOf(k.Public),
	}
}

// KeyFile proposes a path for the private key of a profile.
func (s *services) KeyFile(profile string) string {
	return filepath.Join(s.settings.Paths.Keys(), profile+".pem")
}

// TrustPike adds a key of Pike to the settings file and to what notifications are checked with from
// now on.
func (s *services) TrustPike(_ context.Context, profile, name string, pub *rsa.PublicKey) error {
	if _, err := s.settings.Find(profile); err != nil {
		return err
	}
	text, err := keys.EncodePublic(pub)
	if err != nil {
		return err
	}
	if err := config.AddPikeKey(s.settings.File.Value, profile, name, string(text)); err != nil {
		return fmt.Errorf("adding Pike's key to the settings: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trusted = append(s.trusted, keys.Known{Name: name, Environment: profile, Role: keys.RolePike, Public: pub})
	return nil
}

// trustedIn returns the keys of Pike that were added for a profile since the start.
func (s *services) trustedIn(profile string) keys.Ring {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ring keys.Ring
	for _, k := range s.trusted {
		if k.Environment == profile {
			ring = append(ring, k)
		}
	}
	return ring
}

// UseKey names the key file of a profile in the settings file.
func (s *services) UseKey(_ context.Context, profile, file string) error {
	return s.setProfile(profile, "naming the key file in the settings", file, "key", "file")
}

// SetProject names the project of a profile in the settings file.
func (s *services) SetProject(_ context.Context, profile, project string) error {
	return s.setProfile(profile, "naming the project in the settings", project, "project")
}

func (s *services) setProfile(profile, doing, value string, path ...string) error {
	if _, err := s.settings.Find(profile); err != nil {
		return err
	}
	if err := config.Set(s.settings.File.Value, append([]string{"profiles", profile}, path...), value); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
