package pikeapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// checkID looks at an id or a token: opaque, but one word.
func checkID(what, id string) string {
	switch {
	case id == "":
		return "the " + what + " is missing"
	case len(id) > maxName:
		return fmt.Sprintf("the %s is longer than %d characters", what, maxName)
	case !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return "the " + what + " holds a blank or a control character"
	}
	return ""
}

func checkText(s string, most int) string {
	switch {
	case !utf8.ValidString(s):
		return "this is not valid UTF-8"
	case utf8.RuneCountInString(s) > most:
		return fmt.Sprintf("this is longer than %d characters", most)
	case strings.ContainsFunc(s, unicode.IsControl):
		return "this holds a line break or another control character"
	}
	return ""
}

func checkEmail(s string) string {
	if s == "" {
		return ""
	}
	name, host, ok := strings.Cut(s, "@")
	if !ok || name == "" || !strings.Contains(host, ".") || strings.ContainsAny(s, " <>,;") || strings.Contains(host, "@") {
		return "this is not an e-mail address"
	}
	return ""
}

func checkCountry(s string, letters int) string {
	if s != "" && (len(s) != letters || !isLetters(strings.ToUpper(s))) {
		return fmt.Sprintf("a country code has %d letters here", letters)
	}
	return ""
}

func checkDate(s string) string {
	if s == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "a date is written YYYY-MM-DD"
	}
	return ""
}

func checkWebURL(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.ContainsFunc(s, unicode.IsSpace) {
		return "this is not a web address, such as https://shop.example/back"
	}
	return ""
}

func checkMetadata(m json.RawMessage) string {
	switch {
	case len(m) == 0:
		return ""
	case len(m) > maxMetadata:
		return fmt.Sprintf("the metadata is larger than %d KiB", maxMetadata>>10)
	case !json.Valid(m):
		return `the metadata is not JSON: write a text in quotes, such as "order-9001", or an object`
	}
	if _, err := checkJSON(m); err != nil {
		return "the metadata cannot be sent: " + err.Error()
	}
	return ""
}
