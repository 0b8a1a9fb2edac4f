package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"pikedash/pikeapi"
)

// FaultKind is a way in which the sandbox misbehaves on purpose.
type FaultKind string

// The faults of answers. Unless SkipWork is set, the work is done and only its answer suffers,
// except for reset_before.
const (
	FaultLostAnswer  FaultKind = "lost_answer"        // the connection is closed without an answer
	FaultResetBefore FaultKind = "reset_before"       // connection reset, nothing was done
	FaultResetAfter  FaultKind = "reset_after"        // connection reset after the work
	FaultSlow        FaultKind = "slow"               // the answer comes late, after DelayMS (5 s)
	FaultStatus500   FaultKind = "status_500"         // HTTP 500 with Pike's internal_error
	FaultStatus502   FaultKind = "status_502"         // HTTP 502 with a proxy's HTML
	FaultNotJSON     FaultKind = "not_json"           // HTTP 200 with text that is not JSON
	FaultCutBody     FaultKind = "cut_body"           // half of the answer, then the end
	FaultHugeBody    FaultKind = "huge_body"          // an answer of Size bytes (16 MiB)
	FaultWrongType   FaultKind = "wrong_content_type" // the right answer as text/html
)

// The faults of webhooks.
const (
	FaultWebhookDuplicate    FaultKind = "webhook_duplicate"     // sent twice
	FaultWebhookLate         FaultKind = "webhook_late"          // sent after DelayMS (1 min), later ones overtake it
	FaultWebhookReordered    FaultKind = "webhook_reordered"     // sent after the next one of its session
	FaultWebhookBadSignature FaultKind = "webhook_bad_signature" // signed over other bytes
	FaultWebhookUnsigned     FaultKind = "webhook_unsigned"      // without X-PARTNER-SIGN
	FaultWebhookMissing      FaultKind = "webhook_missing"       // never sent
	FaultKeyRotation         FaultKind = "key_rotation"          // Pike's key is replaced before it is sent
)

// FaultKinds lists all kinds with a sentence each, for help and pickers.
func FaultKinds() []struct{ Kind, Sentence string } {
	return []struct{ Kind, Sentence string }{
		{string(FaultLostAnswer), "The work is done, the connection closes without an answer."},
		{string(FaultResetBefore), "The connection is reset and nothing was done."},
		{string(FaultResetAfter), "The work is done, then the connection is reset."},
		{string(FaultSlow), "The answer comes late: after 5 s, or the delay given."},
		{string(FaultStatus500), "HTTP 500 with Pike's internal_error."},
		{string(FaultStatus502), "HTTP 502 with the HTML of a proxy."},
		{string(FaultNotJSON), "HTTP 200 with a body that is not JSON."},
		{string(FaultCutBody), "Half of the answer, then the connection ends."},
		{string(FaultHugeBody), "An answer of 16 MiB, or the size given."},
		{string(FaultWrongType), "The right answer with the content type text/html."},
		{string(FaultWebhookDuplicate), "The notification is sent twice."},
		{string(FaultWebhookLate), "The notification is sent late: after 1 minute, or the delay given."},
		{string(FaultWebhookReordered), "The notification is sent after the next one of its session."},
		{string(FaultWebhookBadSignature), "The notification is signed over the body plus a newline."},
		{string(FaultWebhookUnsigned), "The notification has no signature."},
		{string(FaultWebhookMissing), "The notification is never sent."},
		{string(FaultKeyRotation), "Pike's key is replaced before the notification is signed."},
	}
}

// Fault is one fault in force.
type Fault struct {
	ID       int64     `json:"id"`
	Kind     FaultKind `json:"kind"`
	Method   string    `json:"method,omitempty"`   // such as session/confirm, or a webhook's type; empty: all
	Count    int       `json:"count,omitempty"`    // how often; 0: until it is cleared
	DelayMS  int64     `json:"delay_ms,omitempty"` // of slow (real time) and webhook_late (sandbox time)
	Size     int64     `json:"size,omitempty"`     // of huge_body, in bytes
	SkipWork bool      `json:"skip_work,omitempty"`
	Hits     int       `json:"hits"` // how often it struck
}

// IsWebhook reports whether the fault concerns webhooks rather than answers.
func (f Fault) IsWebhook() bool {
	return strings.HasPrefix(string(f.Kind), "webhook_") || f.Kind == FaultKeyRotation
}

// The bounds of a fault.
const (
	maxFaultDelay = 24 * time.Hour
	maxFaultSize  = 1 << 30
	maxFaults     = 100
)

// Check says what is wrong with a fault.
func (f Fault) Check() error {
	known := slices.ContainsFunc(FaultKinds(), func(k struct{ Kind, Sentence string }) bool { return k.Kind == string(f.Kind) })
	switch {
	case !known:
		return fmt.Errorf("fault %q is not known; known: %s", clip(string(f.Kind), 40), faultNames())
	case f.Count < 0, f.DelayMS < 0, f.Size < 0:
		return fmt.Errorf("fault %s: count, delay_ms and size must not be negative", f.Kind)
	case f.DelayMS > maxFaultDelay.Milliseconds(), f.Size > maxFaultSize:
		return fmt.Errorf("fault %s: at most %s of delay and %d bytes", f.Kind, maxFaultDelay, maxFaultSize)
	case f.Method != "" && !f.IsWebhook() && newMethods()[f.Method] == nil:
		return fmt.Errorf("fault %s: method %q is not known", f.Kind, clip(f.Method, 60))
	case f.Method != "" && f.IsWebhook() && !slices.Contains(WebhookTypes(), f.Method):
		return fmt.Errorf("fault %s: %q is no type of webhook; known: %s", f.Kind, clip(f.Method, 60), strings.Join(WebhookTypes(), ", "))
	}
	return nil
}

// WebhookTypes are the types of notifications. Source: protocol reference 7.2.
func WebhookTypes() []string {
	return []string{pikeapi.NotifyReadyToConfirm, pikeapi.NotifyActionRequired, pikeapi.NotifyReadyToCapture,
		pikeapi.NotifyPaymentFinished, pikeapi.NotifyPaymentRefunded}
}

func faultNames() string {
	var names []string
	for _, k := range FaultKinds() {
		names = append(names, k.Kind)
	}
	return strings.Join(names, ", ")
}

func (f Fault) delay(usual time.Duration) time.Duration {
	if f.DelayMS == 0 {
		return usual
	}
	return time.Duration(f.DelayMS) * time.Millisecond
}

// faultSet is the list of faults in force.
type faultSet struct {
	mu   sync.Mutex
	last int64
	list []*Fault
}

func (fs *faultSet) add(f Fault) (Fault, error) {
	if err := f.Check(); err != nil {
		return f, err
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if len(fs.list) >= maxFaults {
		return f, fmt.Errorf("there are %d faults already; clear some", maxFaults)
	}
	fs.last++
	f.ID, f.Hits = fs.last, 0
	fs.list = append(fs.list, &f)
	return f, nil
}

// clear removes one fault, or all for id 0, and reports how many went.
func (fs *faultSet) clear(id int64) int {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	before := len(fs.list)
	fs.list = slices.DeleteFunc(fs.list, func(f *Fault) bool { return id == 0 || f.ID == id })
	return before - len(fs.list)
}

func (fs *faultSet) all() []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	list := make([]Fault, 0, len(fs.list))
	for _, f := range fs.list {
		list = append(list, *f)
	}
	return list
}

// takeAnswer returns the first fault that concerns the answer of a method, and counts it.
func (fs *faultSet) takeAnswer(method string) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if !f.IsWebhook() && (f.Method == "" || f.Method == method) {
			return fs.strike(f)
		}
	}
	return nil
}

// takeWebhook returns all faults that concern a notification, and counts them.
func (fs *faultSet) takeWebhook(kind string) []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var struck []Fault
	for _, f := range slices.Clone(fs.list) {
		if f.IsWebhook() && (f.Method == "" || f.Method == kind) {
			struck = append(struck, *fs.strike(f))
		}
	}
	return struck
}

// strike counts a fault and removes it once it is used up. The caller holds mu.
func (fs *faultSet) strike(f *Fault) *Fault {
	f.Hits++
	if f.Count > 0 && f.Hits >= f.Count {
		fs.list = slices.DeleteFunc(fs.list, func(o *Fault) bool { return o == f })
	}
	copied := *f
	return &copied
}
