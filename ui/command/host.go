package command

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pikedash/config"
	"pikedash/keys"
	"pikedash/pikeapi/sandbox"
)

// How the embedded sandbox is shared. Its state folder belongs to one program at a time. A program
// that stays (the dashboard, pikedash sandbox, pikedash listen) serves it at an address that the
// others read in the folder; when it goes away, one of them takes over at the same address. A verb
// that ends at once serves it for itself only, and the next one waits for its end.
const (
	addressFile  = "address.json"
	hostRetry    = 50 * time.Millisecond  // between two tries to open a state folder in use
	hostPatience = 20 * time.Second       // until it is given up
	hostWatch    = 500 * time.Millisecond // between two looks whether the server is still there
	hostLongest  = 5 * time.Second        // between two tries to serve, when they keep failing
)

// hostOptions say how to serve the embedded sandbox.
type hostOptions struct {
	config sandbox.Config // project, keys, state folder and so on
	listen string         // where to listen; when it is taken, any free port is
	fixed  bool           // listen there or fail
	stays  bool           // other programs may use it
	later  bool           // open the state in the background, where its key is known already
	log    *slog.Logger
}

// host is the embedded sandbox, served by this program or by another one.
type host struct {
	o    hostOptions
	url  string
	stop context.CancelFunc
	done sync.WaitGroup

	mu      sync.Mutex
	failed  string           // why nobody serves; empty while all is well
	server  *sandbox.Server  // nil while another program serves
	running *sandbox.Running // set with server
	key     *rsa.PublicKey   // with which the sandbox signs
}

// address is what a serving program leaves in the state folder.
type address struct {
	URL   string `json:"url"`
	PID   int    `json:"pid"`
	Stays bool   `json:"stays"`
}

// parseAddress reads an address that a program left; only this machine is believed.
func parseAddress(data []byte) (address, bool) {
	var a address
	if json.Unmarshal(data, &a) != nil {
		return a, false
	}
	u, err := url.Parse(a.URL)
	return a, err == nil && u.Scheme == "http" && config.IsLoopback(u.Hostname())
}

// startHost serves the embedded sandbox, or finds the program that does.
func startHost(ctx context.Context, o hostOptions) (*host, error) {
	if err := config.MakeDir(o.config.StateDir); err != nil {
		return nil, fileFault(err, "making room for the sandbox")
	}
	h := &host{o: o}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	if o.later && h.promise(ctx) {
		h.done.Go(func() { h.keep(life) })
		return h, nil
	}
	wait, cancel := context.WithTimeout(ctx, hostPatience)
	defer cancel()
	for {
		err := h.serve(life, o.listen)
		if err == nil {
			return h, nil
		}
		if !inUse(err) {
			stop()
			return nil, &fault{exit: exitFailure, category: "internal", code: "sandbox", message: err.Error()}
		}
		if h.join(wait) {
			h.done.Go(func() { h.watch(life) })
			return h, nil
		}
		select {
		case <-wait.Done():
			stop()
			return nil, &fault{exit: exitFailure, category: "internal", code: "sandbox", cause: ctx.Err(),
				message: "another pikedash has the embedded sandbox and does not answer",
				hint:    "end it, or serve a sandbox of your own with pikedash sandbox and name it with --base-url"}
		case <-time.After(hostRetry):
		}
	}
}

// promise fixes the address before the state is open: opening it waits for the disk, and the dashboard
// shows its first frame meanwhile. It needs the key with which the sandbox signs, so it returns false
// on the first start.
func (h *host) promise(ctx context.Context) bool {
	pub, err := keys.ReadPublicFile(filepath.Join(h.o.config.StateDir, sandboxPublic))
	if err != nil {
		return false
	}
	h.key = pub.Key
	if h.join(ctx) {
		return true
	}
	at, err := freeAddress(ctx, h.o.listen)
	if err != nil {
		return false
	}
	h.url = "http://" + at
	return true
}

// freeAddress returns the wanted address when nobody listens there, else one with a free port.
func freeAddress(ctx context.Context, wanted string) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", wanted)
	if err != nil {
		if l, err = lc.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return "", err
		}
	}
	return l.Addr().String(), l.Close()
}

// keep serves at the promised address as soon as it can, and goes on watching while another program
// does.
func (h *host) keep(life context.Context) {
	at := strings.TrimPrefix(h.url, "http://")
	h.o.fixed = true
	for pause := hostRetry; ; pause = longer(pause) {
		err := h.serve(life, at)
		switch {
		case err == nil:
			h.fail("")
			return
		case inUse(err) && reachable(life, at):
			h.fail("")
			h.watch(life)
			return
		case life.Err() == nil:
			h.fail("the embedded sandbox cannot be served: " + err.Error())
		}
		select {
		case <-life.Done():
			return
		case <-time.After(pause):
		}
	}
}

// longer is the pause after another failed try: each one opens the whole state, and what is in the way, such
// as another program at the address, may stay there for hours.
func longer(pause time.Duration) time.Duration { return min(2*pause, hostLongest) }

// fail notes why nobody serves, and logs it once.
func (h *host) fail(why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if why != "" && why != h.failed {
		h.o.log.Warn(why)
	}
	h.failed = why
}

// problem says why nobody serves; empty while all is well.
func (h *host) problem() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed
}

// inUse says whether the state folder belongs to another program.
func inUse(err error) bool { return errors.Is(err, sandbox.ErrInUse) }

// serve opens the state and listens.
func (h *host) serve(life context.Context, listen string) error {
	server, err := sandbox.New(h.o.config)
	if err != nil {
		return err
	}
	running, err := server.Listen(life, listen)
	if err != nil && !h.o.fixed {
		running, err = server.Listen(life, "127.0.0.1:0")
	}
	if err == nil {
		// What fell due while nobody served happens before the first request.
		err = server.Advance(life, 0)
	}
	if err == nil {
		err = h.publish(address{running.URL, os.Getpid(), h.o.stays})
	}
	if err != nil {
		return errors.Join(err, server.Close())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.server, h.running, h.key = server, running, server.PublicKey()
	if h.url == "" {
		h.url = running.URL
	}
	return nil
}

func (h *host) addressPath() string { return filepath.Join(h.o.config.StateDir, addressFile) }

func (h *host) publish(a address) error {
	data, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("writing the sandbox's address: %w", err)
	}
	return config.WriteFile(h.addressPath(), data)
}

// join uses the sandbox of another program that stays. It returns false when there is none yet.
func (h *host) join(ctx context.Context) bool {
	a, ok := readAddress(h.o.config.StateDir)
	if !ok || !a.Stays {
		return false
	}
	key, ok := answersAt(ctx, h.o.config.StateDir, a.URL)
	if !ok {
		return false
	}
	h.url = a.URL
	h.mu.Lock()
	defer h.mu.Unlock()
	h.key = key
	return true
}

// answersAt asks the sandbox at an address that a state folder names for its key. A program that was killed
// leaves its address behind, and somebody else's sandbox may answer there by now: it signs with another key
// than the folder's own, and is none of this folder's business.
func answersAt(ctx context.Context, dir, at string) (*rsa.PublicKey, bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	key, err := sandbox.NewControl(at, nil).PikeKey(ctx)
	if err != nil {
		return nil, false
	}
	own, err := keys.ReadPublicFile(filepath.Join(dir, sandboxPublic))
	return key, err == nil && own.Key.Equal(key)
}

// watch takes over when the program that serves goes away, at the same address: environments that
// name it stay good.
func (h *host) watch(life context.Context) {
	at := strings.TrimPrefix(h.url, "http://")
	pause := hostWatch
	for {
		select {
		case <-life.Done():
			return
		case <-time.After(pause):
		}
		if reachable(life, at) {
			pause = hostWatch
			continue
		}
		fixed := h.o.fixed
		h.o.fixed = true
		err := h.serve(life, at)
		h.o.fixed = fixed
		if err == nil {
			h.o.log.Info("took over the embedded sandbox", "address", at)
			return
		}
		if !inUse(err) {
			h.o.log.Warn("the embedded sandbox is gone and cannot be taken over yet", "error", err)
			pause = longer(pause)
		}
	}
}

// controls returns the test controls of the sandbox, wherever it runs.
func (h *host) controls() *sandbox.Control {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server != nil {
		return h.server.Controls()
	}
	return sandbox.NewControl(h.url, nil)
}

// here says whether this program serves.
func (h *host) here() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.server != nil
}

// pikeKey names the key with which the sandbox signs.
func (h *host) pikeKey() keys.Known {
	h.mu.Lock()
	defer h.mu.Unlock()
	return keys.Known{Name: "Pike's sandbox key", Environment: config.Sandbox, Role: keys.RolePike, Public: h.key}
}

// close stops serving. The address is taken back, so that nobody tries it in vain.
func (h *host) close() error {
	h.stop()
	h.done.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server == nil {
		return nil
	}
	err := h.running.Wait()
	if removeErr := os.Remove(h.addressPath()); removeErr != nil && !errors.Is(removeErr, os.ErrNotExist) {
		err = errors.Join(err, removeErr)
	}
	err = errors.Join(err, h.server.Close())
	h.server = nil
	return err
}
