package pikeapi

import (
	"fmt"
	"strings"
	"time"

	"pikedash/keys"
)

// Version is a version of Pike's API; it is part of the URL and decides the field names.
type Version int

// The versions that Pike supports. Source: Pike's page "API interaction".
const (
	V1 Version = 1
	V2 Version = 2
)

// String returns "v1" or "v2".
func (v Version) String() string { return fmt.Sprintf("v%d", int(v)) }

// ParseVersion reads "v1", "v2", "1" or "2".
func ParseVersion(s string) (Version, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "v1", "1":
		return V1, nil
	case "v2", "2":
		return V2, nil
	}
	return 0, fmt.Errorf("API version %q is not known: use v1 or v2", s)
}

// EnvKind decides how dangerous an environment is.
type EnvKind string

// The kinds of environments.
const (
	Sandbox EnvKind = "sandbox" // the embedded Pike
	Demo    EnvKind = "demo"    // Pike's test server
	Live    EnvKind = "live"    // real money
)

// The servers of Pike. Source: Pike's page "API interaction".
const (
	DemoURL = "https://proxy-demo.pikepayments.com"
	LiveURL = "https://proxy.pikepayments.com"
)

// Policy limits what an environment may be asked to do. Zero values mean no limit.
type Policy struct {
	MaxAmount      map[string]int64 // largest single amount in minor units, by lower-case currency
	MaxPerHour     map[string]int64 // largest sum over 60 minutes, in minor units, by lower-case currency
	MaxPerDay      map[string]int64 // largest sum over 24 hours, in minor units, by lower-case currency
	Currencies     []string         // allowed currencies, lower case; empty allows all
	Methods        []string         // allowed mutating methods; empty allows all
	DuplicateAfter time.Duration    // a payout like an earlier one within this time is warned about
	ForbidSelf     bool             // money moves only by a request that one person prepared and another one approved
}

// Environment is one place where Pike is spoken to: where, as whom, with which keys, under which
// rules. It is immutable once it is used; switching makes a new one with a higher Epoch.
type Environment struct {
	Name        string // the profile's name
	Kind        EnvKind
	BaseURL     string // scheme and host, without a trailing slash
	Project     string // X-PARTNER-PROJECT
	Submerchant string // X-PARTNER-SUBMERCHANT; empty sends no header
	Version     Version
	Signer      keys.Signer
	PikeKeys    keys.Ring // keys with which Pike signs its notifications here
	Policy      Policy
	Epoch       uint64 // grows with every switch; results carry it
	Recorder    Recorder
}
