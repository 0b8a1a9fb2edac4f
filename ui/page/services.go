package page

import (
	"context"
	"time"

	"pikedash/pikeapi"
)

// Services are the verbs of the whole program. ui/command implements them. All of them may take time:
// the App calls them from commands, never from its loop, except Environments.
type Services interface {
	// Environments lists what can be switched to. It does not block.
	Environments() []EnvInfo
	// Switch opens another environment: keys, journal, receiver. The old desk stays usable until
	// Leave; requests in flight on it end there.
	Switch(ctx context.Context, name string) (*Desk, error)
	// OpenKey opens the encrypted key of an environment, until the program ends. Switch says with a
	// *SealedKey that it must come first; OpenKey says so where the passphrase does not fit.
	OpenKey(ctx context.Context, name, passphrase string) error
	// Leave says that the App no longer uses d. It is called after a switch, and at the end.
	Leave(d *Desk)
	// SetVersion makes a desk that is d with another API version.
	SetVersion(ctx context.Context, d *Desk, v pikeapi.Version) (*Desk, error)
	// Watch waits until d's journal has changed, or ctx is done.
	Watch(ctx context.Context, d *Desk) error
	// Vitals reads what the status line shows.
	Vitals(ctx context.Context, d *Desk) (Vitals, error)
}

// SealedKey is the error of an environment whose key has a passphrase.
type SealedKey struct {
	Key   string // the file
	Wrong bool   // a passphrase was given, and it opens nothing
}

// Error implements error.
func (e *SealedKey) Error() string {
	if e.Wrong {
		return "the passphrase does not open " + e.Key
	}
	return "the key " + e.Key + " has a passphrase"
}

// EnvInfo is an environment that can be switched to.
type EnvInfo struct {
	Name    string
	Kind    pikeapi.EnvKind
	Project string
	Version pikeapi.Version
	BaseURL string
	Key     string // short fingerprint of the signing key; empty without one
	Problem string // why it cannot be used now, such as "no key file: see 7 Keys"; empty when it can
}

// Vitals are the numbers of the status line.
type Vitals struct {
	Unknown  int           // outcomes that nobody knows
	Waiting  int           // sessions that wait for the operator
	Latency  time.Duration // of the last answer; zero before the first
	Problem  string        // something that is wrong all the time, such as a full disk; empty when all is well
	Receiver ReceiverStatus
}

// Archive keeps what was learned of a session. ui/command implements it; it is called from commands.
type Archive interface {
	// Evidence writes the bundle for Pike's support and returns where it lies.
	Evidence(ctx context.Context, d *Desk, session string) (path string, err error)
	// SaveFlow writes the session as a flow of the user's own and returns where it lies.
	SaveFlow(ctx context.Context, d *Desk, session, name string) (path string, err error)
}
