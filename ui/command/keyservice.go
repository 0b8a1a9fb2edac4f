package command

import (
	"context"
	"crypto/rsa"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/ui/page"
)

var _ page.KeyStore = (*services)(nil)

// Keys lists every key that the settings name, and Pike's key of the embedded sandbox.
func (s *services) Keys(ctx context.Context) (page.KeyList, error) {
	var out page.KeyList
	settings := s.profiles()
	list := s.signers.keysOf(ctx, settings)
	for _, k := range list {
		out.Keys = append(out.Keys, s.keyInfo(settings, k))
	}
	for _, k := range s.sandboxRing(ctx) {
		out.Keys = append(out.Keys, page.KeyInfo{
			Known: k, Kind: pikeapi.Sandbox, Where: "the embedded sandbox", Form: "PKIX PEM",
			Bits: k.Public.N.BitLen(), Fingerprint: keys.FingerprintOf(k.Public),
		})
	}
	for _, n := range settings.Names() {
		if err := refuseShared(settings, list, settings.Profiles[n]); err != nil {
			out.Shared = err.Error()
		}
	}
	return out, ctx.Err()
}

// keyInfo is a key of the settings as screens see it.
func (s *services) keyInfo(settings *config.Settings, k keyOf) page.KeyInfo {
	out := page.KeyInfo{
		Known: keys.Known{Name: k.Name, Environment: k.Profile, Role: k.Role},
		Where: k.Where, Form: k.Form, Mode: k.Mode, Bits: k.Bits, Fingerprint: k.Fingerprint, Problem: k.Problem,
	}
	if k.known != nil {
		out.Public = k.known.Public
	}
	if named, ok := strings.CutPrefix(k.Where, "file "); ok {
		out.Where = "file " + s.signers.short(named)
	}
	p := settings.Profiles[k.Profile]
	out.Kind, out.File = pikeapi.EnvKind(p.Kind.Value), s.fileOf(p, k)
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
func (s *services) fileOf(p *config.Profile, k keyOf) string {
	named, ok := strings.CutPrefix(k.Where, "file ")
	switch {
	case !ok:
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

// KeyFile proposes a path for the private key of a profile.
func (s *services) KeyFile(profile string) string {
	return filepath.Join(s.settings.Paths.Keys(), profile+".pem")
}

// TrustPike adds a key of Pike to the settings file and to what notifications are checked with from
// now on.
func (s *services) TrustPike(ctx context.Context, profile, name string, pub *rsa.PublicKey) error {
	text, err := keys.EncodePublic(pub)
	if err != nil {
		return err
	}
	err = s.rewrite(ctx, profile, "adding Pike's key to the settings",
		func(file string) error { return config.AddPikeKey(file, profile, name, string(text)) },
		func(now, read *config.Profile) { now.PikeKeys = read.PikeKeys })
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trusted = append(s.trusted, keys.Known{Name: name, Environment: profile, Role: keys.RolePike, Public: pub})
	return nil
}

// trustedIn returns the keys of Pike that were added for a profile since the start: the environments
// that are open do not know them.
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
func (s *services) UseKey(ctx context.Context, profile, path string) error {
	err := s.rewrite(ctx, profile, "naming the key file in the settings",
		func(file string) error { return config.Set(file, []string{"profiles", profile, "key", "file"}, path) },
		func(now, read *config.Profile) { now.Key = read.Key })
	if err == nil {
		s.signers.forget(profile)
	}
	return err
}

// SetProject names the project of a profile in the settings file.
func (s *services) SetProject(ctx context.Context, profile, project string) error {
	return s.rewrite(ctx, profile, "naming the project in the settings",
		func(file string) error { return config.Set(file, []string{"profiles", profile, "project"}, project) },
		func(now, read *config.Profile) { now.Project = read.Project })
}

// rewrite changes the settings file, then takes over what it says of a profile now. Environments that
// are open stay as they are: the next switch sees the change. What flags set for this run stays, save
// what take replaces.
func (s *services) rewrite(ctx context.Context, profile, doing string, write func(file string) error, take func(now, read *config.Profile)) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	old, err := s.profiles().Find(profile)
	if err != nil {
		return err
	}
	file := s.settings.File.Value
	if err := write(file); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	read, err := config.Load(config.Options{Paths: s.settings.Paths, Getenv: s.app.getenv, Flags: map[string]string{"config": file}, AllowHost: s.app.flags.allowHost})
	if err != nil {
		return fmt.Errorf("%s: it is written, but cannot be read again: %w", doing, err)
	}
	fresh, err := read.Find(profile)
	if err != nil {
		return err
	}
	changed := *old
	take(&changed, fresh)
	next := *s.profiles()
	next.Profiles = maps.Clone(next.Profiles)
	next.Profiles[profile] = &changed
	s.rewritten.Store(&next)
	s.remake(ctx)
	s.Environments() // here, so that the dashboard's loop finds them read
	return nil
}
