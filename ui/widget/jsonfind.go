package widget

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
)

// find returns the lines that hold query, without regard to case, at most limit of them.
func (d *jsonDoc) find(ctx context.Context, query string, limit int) []int {
	want := bytes.ToLower([]byte(query))
	var out []int
	for i := range d.lines() {
		if i%4096 == 0 && ctx.Err() != nil {
			return out
		}
		if containsFold(d.line(i), want) {
			out = append(out, i)
			if len(out) >= limit {
				return out
			}
		}
	}
	return out
}

// containsFold looks for lower, which is in lower case, in b.
func containsFold(b, lower []byte) bool {
	if len(lower) == 0 || len(lower) > len(b) {
		return false
	}
	first := lower[0]
	upper := first
	if first >= 'a' && first <= 'z' {
		upper = first - 32
	}
	if first >= 0x80 { // not ASCII: case needs the whole text
		return bytes.Contains(bytes.ToLower(b), lower)
	}
	for i := 0; i+len(lower) <= len(b); i++ {
		if (b[i] == first || b[i] == upper) && bytes.EqualFold(b[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

// path names the value in a line, such as payout_list[0].amount.
func (d *jsonDoc) path(line int) string {
	if !d.json || d.lines() == 0 {
		return ""
	}
	// The closing line of a block stands for its opening line.
	if open, ok := d.opener(line); ok {
		line = open
	}
	var parts []string
	for at := line; at >= 0 && d.parent[at] >= 0; at = int(d.parent[at]) {
		if key, ok := lineKey(d.line(at)); ok {
			parts = append(parts, pathKey(key))
			continue
		}
		parts = append(parts, "["+strconv.Itoa(d.indexIn(int(d.parent[at]), at))+"]")
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		if b.Len() > 0 && !strings.HasPrefix(parts[i], "[") {
			b.WriteByte('.')
		}
		b.WriteString(parts[i])
	}
	return b.String()
}

// indexIn counts the elements of the array opened at parent before line.
func (d *jsonDoc) indexIn(parent, line int) int {
	n := 0
	for i := parent + 1; i < line; i++ {
		if c := int(d.closes[i]); c > 0 {
			i = c
		}
		n++
	}
	return n
}

// value returns the value in a line: a whole block for a line that opens one, the text of a string
// without its quotes.
func (d *jsonDoc) value(line int) string {
	if open, ok := d.opener(line); ok {
		line = open // the closing line stands for the whole block
	}
	text := bytes.TrimSpace(d.line(line))
	if c := int(d.closes[line]); c > 0 {
		text = bytes.TrimSpace(d.text[d.starts[line]:d.starts[c+1]])
	}
	if key, ok := lineKey(text); ok {
		text = bytes.TrimSpace(text[len(key)+1:])
	}
	text = bytes.TrimSuffix(text, []byte{','})
	if len(text) > 1 && text[0] == '"' {
		var s string
		if json.Unmarshal(text, &s) == nil {
			return s
		}
		return string(text[1 : len(text)-1])
	}
	return string(text)
}

// lineKey returns the member name, with its quotes, that a line begins with.
func lineKey(line []byte) (string, bool) {
	text := bytes.TrimLeft(line, " ")
	if len(text) == 0 || text[0] != '"' {
		return "", false
	}
	n := stringEnd(text)
	if n < 0 || n >= len(text) || text[n] != ':' {
		return "", false
	}
	return string(text[:n]), true
}

// opener returns the line that opens the block that line closes.
func (d *jsonDoc) opener(line int) (int, bool) {
	c := d.closes[line]
	return int(-1 - c), c < 0
}

// pathKey writes a member name as jq takes it.
func pathKey(quoted string) string {
	bare := quoted[1 : len(quoted)-1]
	for i := range len(bare) {
		c := bare[i]
		ok := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9'
		if !ok {
			return "[" + quoted + "]"
		}
	}
	if bare == "" {
		return `[""]`
	}
	return bare
}
