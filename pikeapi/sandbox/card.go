package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"pikedash/pikeapi"
)

// cardInput is a card as a request gives it. It lives no longer than the request.
type cardInput struct {
	number, month, year, code string
}

// readCard reads number, expiry and security code. Only the number is mandatory for payouts.
func readCard(f *fields, payment bool) cardInput {
	c := cardInput{f.needText("number"), f.text("expiration_month"), f.text("expiration_year"), f.text("security_code")}
	f.text("cardholder_name") // personal: read and dropped
	c.check(f, payment)
	return c
}

func (c cardInput) check(f *fields, payment bool) {
	switch {
	case f.err != nil:
	case !digits(c.number) || len(c.number) < 14 || len(c.number) > 19:
		f.fail(invalid("%s must be 14 to 19 digits without blanks; %d characters were sent", f.at("number"), len(c.number)))
	case !luhn(c.number):
		f.fail(refuse("card_number_does_not_exist", "%s: the check digit of the card ending in %s is wrong", f.at("number"), c.number[len(c.number)-4:]))
	case c.month != "" && (len(c.month) != 2 || !digits(c.month) || c.month < "01" || c.month > "12"):
		f.fail(invalid("%s must be two digits from 01 to 12", f.at("expiration_month")))
	case c.year != "" && (len(c.year) != 2 || !digits(c.year)):
		f.fail(invalid("%s must be two digits, such as 29", f.at("expiration_year")))
	case (c.month == "") != (c.year == ""):
		f.fail(invalid("%s: expiration_month and expiration_year go together", f.path))
	case payment && c.month == "":
		f.fail(invalid("%s is missing: a payment needs the card's expiry", f.at("expiration_month")))
	case payment && c.code == "" && f.strict:
		f.fail(invalid("%s is missing: a payment needs it (strict mode)", f.at("security_code")))
	case c.code != "" && (len(c.code) < 3 || len(c.code) > 4 || !digits(c.code)):
		f.fail(invalid("%s must be 3 or 4 digits", f.at("security_code")))
	}
}

// keep returns what may be kept of the card. The card_id is SHA-256 over project, number and expiry,
// keyed with a secret of this sandbox, so that the number cannot be searched for from it.
func (c cardInput) keep(secret []byte, project string) instrument {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(strings.Join([]string{project, c.number, c.month + c.year}, "\x00")))
	return instrument{
		Type: "card", Brand: brandOf(c.number), BIN: c.number[:6], Last4: c.number[len(c.number)-4:],
		CardID: hex.EncodeToString(mac.Sum(nil)), Month: c.month, Year: c.year, Outcome: outcomeOf(c.number),
	}
}

// brandOf names the card scheme by the number's prefix.
func brandOf(number string) string {
	two, four := number[:2], number[:4]
	switch {
	case number[0] == '4':
		return "visa"
	case two >= "51" && two <= "55", four >= "2221" && four <= "2720":
		return "mastercard"
	case four >= "2200" && four <= "2204":
		return "mir"
	}
	return "unknown"
}

// luhn checks the check digit of a card number.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// newToken returns 64 lower-case hex digits.
func newToken() string {
	var b [32]byte
	// Read never fails: the runtime stops the program when the system has no randomness.
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// maskCards masks card numbers in every spelling, and what is secret by its name, in metadata that is
// kept and echoed: the sandbox's books lie on a disk too.
func maskCards(raw []byte) []byte {
	if len(raw) == 0 {
		return raw
	}
	masked, _ := pikeapi.MaskJSON(raw)
	return masked
}

// maskNumber replaces the middle of the card's number within a value that is echoed, such as
// metadata, by nines: that keeps the value good JSON whether the number is a string or not.
func maskNumber(raw []byte, number string) []byte {
	if number == "" || len(raw) == 0 {
		return raw
	}
	masked := number[:6] + strings.Repeat("9", len(number)-10) + number[len(number)-4:]
	return []byte(strings.ReplaceAll(string(raw), number, masked))
}
