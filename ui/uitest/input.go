package uitest

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// answerWithin is how long a key may take to show on the screen before the next one is sent.
	answerWithin = 150 * time.Millisecond
	// answerQuiet is how long the screen must be still after the first answer to a key.
	answerQuiet = 10 * time.Millisecond
)

// Press sends keys one at a time and gives the program the time to answer each: Bubble Tea joins
// letters that it reads together into one key, and takes a letter right after esc for alt+letter.
// A key is one character or a name such as "enter", "esc", "up", "shift+tab", "ctrl+s", "alt+x".
func (t *Terminal) Press(keys ...string) error {
	for _, key := range keys {
		seq, err := encodeKey(key)
		if err != nil {
			return err
		}
		if err := t.sendAndWatch(seq); err != nil {
			return err
		}
	}
	return nil
}

// Type sends text character by character, as a person types it.
func (t *Terminal) Type(text string) error {
	for _, r := range text {
		key := string(r)
		switch r {
		case '\n':
			key = "enter"
		case '\t':
			key = "tab"
		}
		if err := t.Press(key); err != nil {
			return err
		}
	}
	return nil
}

// Paste sends text as a terminal does when the user pastes: bracketed if the program asked for
// it, with line ends as carriage returns if not.
func (t *Terminal) Paste(text string) error {
	if t.Frame().BracketedPaste {
		return t.sendAndWatch("\x1b[200~" + text + "\x1b[201~")
	}
	return t.sendAndWatch(strings.ReplaceAll(text, "\n", "\r"))
}

// Write sends bytes as they are, without waiting for anything: for bursts and held keys.
func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.last = time.Now()
	exited := t.exited
	t.mu.Unlock()
	if exited {
		return 0, fmt.Errorf("sending %q: %w", p, ErrEnded)
	}
	t.queue.put(append([]byte(nil), p...))
	return len(p), nil
}

const (
	// deafFor is longer than a dialog is deaf after it has opened.
	deafFor = 600 * time.Millisecond
	// decideWithin is how long a dialog may take to close after its key.
	decideWithin = 2 * time.Second
)

// answer presses key, with pauses, until sign is gone from the screen.
func (t *Terminal) answer(sign, key string) error {
	gone := func() (bool, time.Duration) { return !t.screen.frame().Contains(sign), 0 }
	start := time.Now()
	for time.Since(start) < t.options.Timeout {
		pressed := time.Now()
		err := t.wait("a dialog to listen", t.options.Timeout, func() (bool, time.Duration) {
			left := deafFor - time.Since(pressed)
			return left <= 0, left
		})
		if err == nil {
			err = t.Press(key)
		}
		if err != nil {
			return err
		}
		if err = t.wait(fmt.Sprintf("%q to be answered by %q", sign, key), decideWithin, gone); !errors.Is(err, ErrTimeout) {
			return err
		}
	}
	return fmt.Errorf("%w: %q is not answered by %q\n%s", ErrTimeout, sign, key, t.Frame().Dump())
}

// sendAndWatch writes seq and waits until the screen has changed and is still, or until it is
// clear that this input changes nothing.
func (t *Terminal) sendAndWatch(seq string) error {
	t.mu.Lock()
	before := t.writes
	t.mu.Unlock()
	if _, err := t.Write([]byte(seq)); err != nil {
		return err
	}
	sent := time.Now()
	return t.wait("an answer to a key", t.options.Timeout, func() (bool, time.Duration) {
		if t.exited {
			return true, 0
		}
		left := answerWithin - time.Since(sent)
		if t.writes != before {
			// A program that never stops drawing must not hold us up for ever.
			left = min(answerQuiet-time.Since(t.last), left)
		}
		return left <= 0, left
	})
}

// Resize changes the size of the terminal, in cells; the program is told by SIGWINCH.
func (t *Terminal) Resize(width, height int) error {
	t.mu.Lock()
	t.screen.resize(width, height)
	t.last = time.Now()
	t.writes++
	t.announce()
	t.mu.Unlock()
	if err := setSize(t.tty, width, height); err != nil {
		return fmt.Errorf("resizing the pseudo-terminal to %dx%d: %w", width, height, err)
	}
	return nil
}

// encodeKey returns what an xterm sends for a key.
func encodeKey(key string) (string, error) {
	if utf8.RuneCountInString(key) == 1 {
		return key, nil
	}
	if seq, ok := namedKeys()[key]; ok {
		return seq, nil
	}
	if rest, ok := strings.CutPrefix(key, "alt+"); ok {
		seq, err := encodeKey(rest)
		return "\x1b" + seq, err
	}
	if rest, ok := strings.CutPrefix(key, "ctrl+"); ok && len(rest) == 1 {
		switch c := rest[0]; {
		case c >= 'a' && c <= 'z':
			return string(rune(c - 'a' + 1)), nil
		case strings.IndexByte(`@[\]^_`, c) >= 0:
			return string(rune(c - '@')), nil
		}
	}
	return "", fmt.Errorf("key %q is not known", key)
}

func namedKeys() map[string]string {
	keys := map[string]string{
		"enter": "\r", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "backspace": "\x7f",
		"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
		"home": "\x1b[H", "end": "\x1b[F", "insert": "\x1b[2~", "delete": "\x1b[3~",
		"pgup": "\x1b[5~", "pgdown": "\x1b[6~",
		"f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~",
		"f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~", "f11": "\x1b[23~", "f12": "\x1b[24~",
	}
	for name, final := range map[string]string{"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"} {
		keys["shift+"+name] = "\x1b[1;2" + final
		keys["alt+"+name] = "\x1b[1;3" + final
		keys["ctrl+"+name] = "\x1b[1;5" + final
	}
	return keys
}
