//go:build screenshots

package command

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"pikedash/pikeapi/sandbox"
	"pikedash/ui/page"
)

// In the build for screenshots time stands still until the photographer moves it, keys of requests
// count up, and what a machine decides (which ports are free, how fast an answer was) is always the same.

// polls: only the photographer's own doings change the pictures.
const polls = false

// clock shows the start of PIKEDASH_STILL_START plus the milliseconds in the file PIKEDASH_STILL_CLOCK.
func clock(getenv func(string) string) func() time.Time {
	uuid.SetRand(&counter{})
	start, err := time.Parse(time.RFC3339, getenv("PIKEDASH_STILL_START"))
	if err != nil {
		return time.Now
	}
	path := getenv("PIKEDASH_STILL_CLOCK")
	return func() time.Time {
		data, err := os.ReadFile(path)
		if err != nil {
			return start
		}
		ms, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
		if err != nil {
			return start
		}
		return start.Add(time.Duration(ms) * time.Millisecond)
	}
}

// counter makes random numbers that are none, different each time.
type counter struct{ n atomic.Uint64 }

var _ io.Reader = (*counter)(nil)

func (c *counter) Read(p []byte) (int, error) {
	const spread = 0x9e3779b97f4a7c15 // neighbours look different
	var word [8]byte
	for i := range p {
		if i%8 == 0 {
			x := c.n.Add(1) * spread
			binary.BigEndian.PutUint64(word[:], x^x>>29)
		}
		p[i] = word[i%8]
	}
	return len(p), nil
}

// sandboxClock follows the photographer's.
func sandboxClock(now func() time.Time) sandbox.Clock {
	c := sandbox.NewManualClock(now())
	go func() {
		for range time.Tick(5 * time.Millisecond) {
			if ahead := now().Sub(c.Now()); ahead > 0 {
				c.Advance(ahead)
			}
		}
	}()
	return c
}

// rig gives the dashboard a receiver and a latency that are the same on every machine.
func rig(s page.Services, _ func(string) string) page.Services { return stillServices{s} }

const (
	stillAddress = "127.0.0.1:8132"
	stillLatency = 7 * time.Millisecond
)

type stillServices struct{ page.Services }

func (s stillServices) Switch(ctx context.Context, name string) (*page.Desk, error) {
	d, err := s.Services.Switch(ctx, name)
	if err == nil && d.Receiver != nil {
		d.Receiver = stillReceiver{d.Receiver}
	}
	return d, err
}

func (s stillServices) Vitals(ctx context.Context, d *page.Desk) (page.Vitals, error) {
	v, err := s.Services.Vitals(ctx, d)
	v.Receiver = stillStatus(v.Receiver)
	if v.Latency > 0 {
		v.Latency = stillLatency
	}
	return v, err
}

type stillReceiver struct{ page.Receiver }

func (r stillReceiver) Status() page.ReceiverStatus { return stillStatus(r.Receiver.Status()) }

func stillStatus(s page.ReceiverStatus) page.ReceiverStatus {
	s.Listening, s.Address, s.Err = true, stillAddress, ""
	return s
}
