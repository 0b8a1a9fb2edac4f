package page

import (
	"pikedash/keys"
	"pikedash/pikeapi"
)

// Version is a version of Pike's API.
type Version = pikeapi.Version

// Versions returns the versions that can be chosen.
func Versions() []Version { return []Version{pikeapi.V1, pikeapi.V2} }

// Live says that real money moves here.
func (d *Desk) Live() bool { return d != nil && d.Env != nil && d.Env.Kind == pikeapi.Live }

// Kind returns sandbox, demo or live.
func (d *Desk) Kind() string {
	if d == nil || d.Env == nil {
		return ""
	}
	return string(d.Env.Kind)
}

// KeyShort returns the short fingerprint of the signing key; empty without one.
func (d *Desk) KeyShort() string {
	if d.Env.Signer == nil {
		return ""
	}
	return keys.FingerprintOf(d.Env.Signer.Public()).Short()
}

// ShortKey is a fingerprint in the form that is shown on screen: its first and last four digits.
func ShortKey(fingerprint string) string { return keys.Fingerprint(fingerprint).Short() }

// Live says that real money moves there.
func (e EnvInfo) Live() bool { return e.Kind == pikeapi.Live }

// Mask hides card numbers and tokens in free text.
func Mask(text string) string { return pikeapi.MaskText(text) }
