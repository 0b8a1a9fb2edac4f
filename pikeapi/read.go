package pikeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseResponse reads the envelope of an answer: either version's spelling, [] for {}, unknown
// fields kept. It fails only when the bytes are not one JSON object, are larger than MaxResponse or
// are nested too deeply; what a single field hides is named in Session.Doubts.
func ParseResponse(b []byte) (*Response, error) {
	all, err := topObject(b)
	if err != nil {
		return nil, err
	}
	r := &Response{}
	rd := &reader{}
	for _, m := range all {
		switch m.name {
		case "status":
			r.Status = strings.ToLower(text(m.value))
			continue
		case "session":
			r.Session = rd.session(m.value)
		case "error":
			r.Error = rd.errorDetail(m.value)
		case "public_token":
			r.PublicToken = text(m.value)
		case "recurrent":
			r.Recurrent = rd.recurrent(m.value)
		case "wallets":
			r.Wallets = rd.wallets(m.value)
		case "info":
			r.Info = m.value
		case "token":
			r.Token = text(m.value)
		default:
			keep(&r.Extra, m)
			continue
		}
		r.known = r.known || !isNull(m.value)
	}
	return r, nil
}

// refused says whether the answer is Pike's no, in a form that Pike would write.
func (r *Response) refused() bool {
	return r.Status == "error" || (r.Status == "" && r.Error != nil && r.Error.Code != "")
}

// accepted says whether the answer is Pike's yes. An answer without a status counts when it brings
// what was asked for; one that says ok and names an error does not.
func (r *Response) accepted() bool {
	if r.Error != nil {
		return false
	}
	return r.Status == "ok" || (r.Status == "" && r.known)
}

// ParseSession reads a session object, or an answer or notification that holds one.
func ParseSession(b []byte) (*Session, error) {
	all, err := topObject(b)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.name == "session" {
			if s := (&reader{}).session(m.value); s != nil {
				return s, nil
			}
		}
	}
	body, err := checkJSON(b)
	if err != nil {
		return nil, err
	}
	s := (&reader{}).session(body)
	if s == nil || s.ID == "" {
		return nil, errors.New("it holds no session")
	}
	return s, nil
}

// ParseNotification reads a webhook's body. A type that is not known is kept; a missing type or
// session is an error.
func ParseNotification(b []byte) (*Notification, error) {
	all, err := topObject(b)
	if err != nil {
		return nil, fmt.Errorf("the notification cannot be read: %w", err)
	}
	n := &Notification{}
	for _, m := range all {
		switch m.name {
		case "type":
			n.Type = identifier(text(m.value))
		case "session":
			n.Session = (&reader{}).session(m.value)
		default:
			keep(&n.Extra, m)
		}
	}
	switch {
	case n.Type == "":
		return nil, errors.New("the notification has no type")
	case n.Session == nil || n.Session.ID == "":
		return nil, errors.New("the notification holds no session with an id")
	}
	return n, nil
}

func topObject(b []byte) ([]member, error) {
	if len(b) > MaxResponse {
		return nil, fmt.Errorf("it is larger than %d MiB", MaxResponse>>20)
	}
	body, err := checkJSON(b)
	if err != nil {
		return nil, err
	}
	all, ok := members(body)
	if !ok {
		return nil, errors.New("it is JSON, but not an object")
	}
	return all, nil
}

// keep puts a member that is not known into extra. The bytes are copied: what is kept for long must
// not hold a whole answer in memory.
func keep(extra *map[string]json.RawMessage, m member) {
	if *extra == nil {
		*extra = map[string]json.RawMessage{}
	}
	(*extra)[m.name] = clone(m.value)
}

func clone(raw json.RawMessage) json.RawMessage {
	return append(json.RawMessage(nil), raw...)
}

// reader collects what could not be read.
type reader struct{ doubts []string }

func (rd *reader) doubt(field string, raw json.RawMessage) {
	if len(rd.doubts) < 20 {
		rd.doubts = append(rd.doubts, fmt.Sprintf("%s cannot be read: %s", field, oneLine(clip(string(raw)))))
	}
}

// amount reads {"amount": 15000, "currency": "eur"}. The number may stand in quotes or end in ".0";
// nothing passes through floating point.
func (rd *reader) amount(field string, raw json.RawMessage) Money {
	var m Money
	all, ok := members(raw)
	if !ok {
		if !isNull(raw) {
			rd.doubt(field, raw)
		}
		return m
	}
	for _, f := range all {
		switch f.name {
		case "amount":
			n, ok := wholeNumber(text(f.value))
			if !ok {
				rd.doubt(field+".amount", f.value)
			}
			m.Amount = n
		case "currency":
			m.Currency = text(f.value)
		}
	}
	return m
}

// wholeNumber reads an integer that fits in 63 bits; decimals are taken when they are all zero.
func wholeNumber(s string) (int64, bool) {
	if whole, fraction, ok := strings.Cut(s, "."); ok && strings.Trim(fraction, "0") == "" && fraction != "" {
		s = whole
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s[0] == '+' {
		return 0, false
	}
	return n, true
}

// moment reads a timestamp: microseconds and Z, or an offset without a fraction. Without any zone
// it is taken as UTC.
func (rd *reader) moment(field string, raw json.RawMessage) time.Time {
	if isNull(raw) {
		return time.Time{}
	}
	s := text(raw)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	if s != "" {
		rd.doubt(field, raw)
	}
	return time.Time{}
}

// field returns one member of an object, or nil. The last one wins, as in PHP.
func field(raw json.RawMessage, name string) json.RawMessage {
	var last json.RawMessage
	eachMember(raw, func(quoted []byte, value json.RawMessage) {
		if says(quoted, name) {
			last = value
		}
	})
	return last
}

// fieldText follows a path of members to a string or number.
func fieldText(raw json.RawMessage, path ...string) string {
	for _, name := range path {
		raw = field(raw, name)
	}
	return text(raw)
}
