package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi"
	"pikedash/pikeapi/journal"
)

// The exit codes. They are a promise to scripts: only added to, never changed.
const (
	exitDone        = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInvalid     = 3
	exitRefused     = 4
	exitKey         = 5
	exitNotSent     = 6
	exitUnknown     = 7
	exitBlocked     = 8
	exitInterrupted = 130
)

// exitMeanings are the sentences of the help.
var exitMeanings = map[int]string{
	exitDone:        "done",
	exitFailure:     "failure",
	exitUsage:       "usage: a flag, an argument or a setting is wrong",
	exitInvalid:     "the signature is invalid",
	exitRefused:     "Pike refused the call",
	exitKey:         "a key or the authentication is wrong",
	exitNotSent:     "provably not sent: it is safe to try again",
	exitUnknown:     "outcome unknown: do not send it anew, see pikedash unknown",
	exitBlocked:     "blocked by a safety rule; nothing was sent",
	exitInterrupted: "interrupted",
}

// fault is an error with everything that a user and a script need: an exit code, a stable code, and
// what to do about it.
type fault struct {
	exit     int
	category string // user_input, auth, network, api, filesystem, safety or internal
	code     string // stable
	message  string
	hint     string // what to do; may be empty
	cause    error
}

// Error returns the message and its cause.
func (f *fault) Error() string {
	if f.cause == nil {
		return f.message
	}
	if f.message == "" {
		return f.cause.Error()
	}
	return f.message + ": " + f.cause.Error()
}

// Unwrap returns the cause.
func (f *fault) Unwrap() error { return f.cause }

// usage says that the command line is wrong.
func usage(hint, format string, args ...any) error {
	return &fault{exit: exitUsage, category: "user_input", code: "usage", message: fmt.Sprintf(format, args...), hint: hint}
}

// keyFault says that a key cannot be used.
func keyFault(err error, hint, format string, args ...any) error {
	return &fault{exit: exitKey, category: "auth", code: "key", message: fmt.Sprintf(format, args...), hint: hint, cause: err}
}

// fileFault says that a file cannot be read or written.
func fileFault(err error, format string, args ...any) error {
	return &fault{exit: exitFailure, category: "filesystem", code: "file", message: fmt.Sprintf(format, args...), cause: err}
}

// blocked says that a safety rule forbids the call.
func blocked(rule, hint, format string, args ...any) error {
	return &fault{exit: exitBlocked, category: "safety", code: rule, message: fmt.Sprintf(format, args...), hint: hint}
}

// silent ends with an exit code when everything has been said already.
type silent struct{ exit int }

func (s silent) Error() string { return fmt.Sprintf("exit code %d", s.exit) }

// asFault gives every error its exit code, code and hint.
func asFault(err error) *fault {
	var f *fault
	var settings *config.Error
	var block *pikeapi.BlockedError
	var api *pikeapi.APIError
	var transport *pikeapi.TransportError
	var call *pikeapi.CallError
	var sign *pikeapi.SignError
	var key *keys.Problem
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &settings):
		exit := exitUsage
		if settings.Key == "" && settings.Line == 0 { // the file itself: it cannot be read, or must not be
			exit = exitFailure
		}
		return &fault{exit: exit, category: "user_input", code: "config", message: err.Error()}
	case errors.As(err, &block):
		return &fault{exit: exitBlocked, category: "safety", code: block.Rule, message: block.Reason, hint: blockHint(block)}
	case errors.As(err, &api):
		return apiFault(api)
	case errors.As(err, &transport):
		return transportFault(transport)
	case errors.As(err, &call):
		return &fault{exit: exitUsage, category: "user_input", code: call.Field, message: call.Reason}
	case errors.As(err, &sign):
		return &fault{exit: exitKey, category: "auth", code: "sign", message: err.Error()}
	case errors.As(err, &key):
		return &fault{exit: exitKey, category: "auth", code: key.Code, message: key.Sentence, hint: key.Fix}
	case errors.Is(err, context.Canceled):
		return &fault{exit: exitInterrupted, category: "user_input", code: "interrupted", message: "interrupted"}
	}
	return &fault{exit: exitFailure, category: "internal", code: "failure", message: err.Error()}
}

// apiFault sorts Pike's refusals: those about who is asking are a matter of keys.
func apiFault(e *pikeapi.APIError) *fault {
	f := &fault{exit: exitRefused, category: "api", code: e.Code, message: strings.TrimSuffix(e.Error(), ". "+e.Advice), hint: e.Advice}
	if e.Auth() {
		f.exit, f.category = exitKey, "auth"
	}
	return f
}

// transportFault tells what never left from what may have arrived.
func transportFault(e *pikeapi.TransportError) *fault {
	if e.Sent {
		return &fault{exit: exitUnknown, category: "network", code: "outcome_unknown", message: e.Error(),
			hint: "it may have been carried out: run pikedash unknown list and do not send it anew"}
	}
	return &fault{exit: exitNotSent, category: "network", code: "not_sent", message: e.Error(), hint: "nothing reached the server: it is safe to try again"}
}

// blockHint says what to do about a safety rule.
func blockHint(e *pikeapi.BlockedError) string {
	switch e.Rule {
	case "live_locked":
		return "a live call needs --live and --confirm-amount with the exact amount"
	case "duplicate":
		return "add --allow-duplicate when it is really meant to be sent again"
	case "unknown_lookalike":
		return "settle the earlier one first: pikedash unknown list"
	case journal.RuleSetAside:
		return "look at Pike what was sent lately, then give the same command again"
	case "max_amount", "max_per_hour", "max_per_day", "currency", "method":
		return "the limit is in the settings file; see pikedash info"
	}
	return ""
}
