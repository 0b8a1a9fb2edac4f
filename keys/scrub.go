package keys

import (
	"regexp"
	"strings"
)

// shingle is the length in bytes of a piece of the body that must not be repeated in an error.
const shingle = 8

// scrub prepares what a foreign program wrote for an error text: everything that could be part of
// the body that it was given, a card number or key material becomes a mark. Such texts end in logs
// and journals.
func scrub(text, body []byte) string {
	shown := withoutShared(text, body)
	shown = regexp.MustCompile(`(?s)-----BEGIN.*?(-----END[A-Z0-9 ]*-----|$)`).ReplaceAllString(shown, "[hidden]")
	shown = regexp.MustCompile(`(?s)\{.*\}`).ReplaceAllString(shown, "[hidden]")
	shown = regexp.MustCompile(`[0-9](?:[ -]?[0-9]){11,}`).ReplaceAllString(shown, "[hidden]")
	shown = regexp.MustCompile(`[A-Za-z0-9+/=_-]{40,}`).ReplaceAllString(shown, "[hidden]")
	return regexp.MustCompile(`(\[hidden\]\s*){2,}`).ReplaceAllString(shown, "[hidden] ")
}

// withoutShared replaces the pieces of text that also occur in body. It looks up body's pieces in
// the few of text, so its time is linear in the body.
func withoutShared(text, body []byte) string {
	if len(text) < shingle || len(body) < shingle {
		return string(text)
	}
	places := make(map[[shingle]byte][]int, len(text))
	for i := 0; i+shingle <= len(text); i++ {
		piece := [shingle]byte(text[i:])
		places[piece] = append(places[piece], i)
	}
	shared := make([]bool, len(text))
	for i := 0; i+shingle <= len(body); i++ {
		piece := [shingle]byte(body[i:])
		for _, at := range places[piece] {
			for k := range shingle {
				shared[at+k] = true
			}
		}
		delete(places, piece)
	}
	var b strings.Builder
	for i, c := range text {
		switch {
		case !shared[i]:
			b.WriteByte(c)
		case i == 0 || !shared[i-1]:
			b.WriteString("[hidden]")
		}
	}
	return b.String()
}
