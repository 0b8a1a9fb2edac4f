package pikeapi

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// Curl writes a request as a command for a POSIX shell. The body goes through --data-binary, because
// -d deletes line breaks and so breaks the signature. A body that holds card data, tokens or personal
// data is left out: the command then reads it from request.json, and says so.
func Curl(url string, header http.Header, body []byte) string {
	var b strings.Builder
	_, secret := MaskJSON(body)
	source := "@-"
	switch {
	case secret || bytes.IndexByte(body, 0) >= 0:
		source = "@request.json"
		b.WriteString("# request.json must hold exactly the signed bytes; they are not copied because they hold protected data\n")
	default:
		b.WriteString("printf '%s' " + ShellWord(string(body)) + " | ")
	}
	b.WriteString("curl -X POST " + ShellWord(url))
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString(" \\\n  -H " + ShellWord(name+": "+header.Get(name)))
	}
	b.WriteString(" \\\n  --data-binary " + source)
	return b.String()
}

// ShellWord quotes s so that a POSIX shell reads it as one word, whatever it holds.
func ShellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
