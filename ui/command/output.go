package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"pikedash/pikeapi"
)

// printer writes to a stream and keeps the first error, such as that of a closed pipe. It may be used
// by several goroutines; what one call writes stays together.
type printer struct {
	w  io.Writer
	mu sync.Mutex
	e  error
}

// Write passes bytes on untouched.
func (p *printer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.e != nil {
		return 0, p.e
	}
	n, err := p.w.Write(b)
	p.e = err
	return n, err
}

// failed returns the first error.
func (p *printer) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.e
}

// fail keeps an error that kept something from being written.
func (p *printer) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.e == nil {
		p.e = err
	}
}

// line writes one line. Control characters in it, which may come from outside, are dropped: they
// could steer the terminal.
func (p *printer) line(format string, args ...any) {
	p.raw(clean(fmt.Sprintf(format, args...)) + "\n")
}

// block writes several lines, each of them cleaned.
func (p *printer) block(text string) {
	for l := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		p.line("%s", l)
	}
}

// raw writes text as it is.
func (p *printer) raw(text string) {
	// Write keeps the error.
	_, err := p.Write([]byte(text))
	p.fail(err)
}

// object writes one JSON value on a line of its own. It escapes nothing for HTML.
func (p *printer) object(v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		p.fail(err)
		return
	}
	p.raw(b.String())
}

// widestColumn is as far as a column makes room, in cells: a longer value moves on its own line only.
const widestColumn = 60

// table writes rows in columns; the first row is the head.
func (p *printer) table(rows [][]string) {
	var widths []int
	for _, r := range rows {
		for i := range r {
			r[i] = clean(r[i])
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(ansi.StringWidth(r[i]), widestColumn))
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			line.WriteString(cell + strings.Repeat(" ", max(0, widths[i]-ansi.StringWidth(cell))+2))
		}
		p.raw(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// alignAmounts fills amounts such as "1,500.00 EUR" in a column, below its head, so that points and
// currencies stand below each other.
func alignAmounts(rows [][]string, column int) {
	parts := make([][3]string, len(rows)) // "1,500" ".00" " EUR"
	var widths [3]int
	for i, r := range rows {
		number, currency, _ := strings.Cut(r[column], " ")
		whole, fraction, point := strings.Cut(number, ".")
		if point {
			fraction = "." + fraction
		}
		if i > 0 && strings.Trim(number, "0123456789,.-") == "" {
			parts[i] = [3]string{whole, fraction, currency}
		}
		for k, part := range parts[i] {
			widths[k] = max(widths[k], len(part))
		}
	}
	for i, p := range parts {
		if p[0] != "" {
			rows[i][column] = fmt.Sprintf("%*s%-*s %s", widths[0], p[0], widths[1], p[1], p[2])
		}
	}
}

// clean drops control and formatting characters. Tabs become blanks.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// errorJSON is how an error looks with --json. Source: the command-line conventions of the README.
type errorJSON struct {
	Schema int       `json:"schema"`
	Error  errorBody `json:"error"`
}

type errorBody struct {
	Category string `json:"category"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
	Exit     int    `json:"exit"`
}

// shown marks an error whose JSON object has been written already, as part of the result.
type shown struct{ error }

func (s shown) Unwrap() error { return s.error }

// report writes an error where it belongs: always in words to stderr, with --json also as an object
// on stdout. It returns the exit code.
func (a *app) report(err error) int {
	var done silent
	if errors.As(err, &done) {
		return done.exit
	}
	f := asFault(err)
	body := f.body()
	a.err.line("pikedash: %s", body.Message)
	if body.Hint != "" {
		a.err.line("  %s", body.Hint)
	}
	var already shown
	if a.flags.json && !errors.As(err, &already) {
		a.out.object(errorJSON{1, body})
	}
	return f.exit
}

// body returns the fault for JSON, without anything that must not be shown.
func (f *fault) body() errorBody {
	return errorBody{f.category, f.code, oneLine(f.Error()), oneLine(f.hint), f.exit}
}

// oneLine makes one line of a text: several errors together come on lines of their own.
func oneLine(s string) string {
	return clean(strings.ReplaceAll(strings.TrimSpace(pikeapi.MaskText(s)), "\n", "; "))
}
