package pikeapi

import "strings"

// class says how the value of a name is masked.
type class int

const (
	ordinary class = iota
	exempt         // never a card number, whatever its digits: amounts and references of banks
	pan            // first six, last four
	secret         // hidden whole
	tail           // last four
	personal       // everything inside is hidden, but for countries and currencies
)

// classOf classifies a field by its name; parent is the name of the object that it stands in. Case,
// underscores and dashes do not matter. Source: protocol section 11.
func classOf(name, parent string) class {
	n := foldName(name)
	if isCodeName(n) {
		return secret
	}
	switch n {
	case "number", "cardnumber", "pan":
		return pan
	case "expirationmonth", "expirationyear", "expirydate", "expirationdate",
		"cardholdername", "cardholder",
		"fullname", "firstname", "lastname", "middlename", "companyname", "dateofbirth",
		"email", "phone", "msisdn", "idnumber", "taxreference", "inn",
		"addressline", "postalcode", "street", "tdsdata",
		"pareq", "pares", "creq", "cres", "privatekey", "passphrase", "password",
		"authorization", "xpartnersign", "xpartneridempotencykey", "xpublictoken":
		return secret
	case "token", "publictoken", "recurrenttoken", "subscriptiontoken", "externalsubscriptiontoken", "bankaccountrutoken",
		"numberhash", "expirationdatehash", "securitycodehash", "cardholdernamehash",
		"account", "accountnumber", "iban":
		return tail
	case "participantdetails", "contacts":
		return personal
	case "url", "params", "qs":
		if foldName(parent) == "redirect" {
			return personal
		}
	case "amount", "rrn", "arn":
		return exempt
	}
	return ordinary
}

// isCodeName says whether a folded name is that of a card's security code.
func isCodeName(folded string) bool {
	switch folded {
	case "securitycode", "cvv", "cvv2", "cvc", "cvc2", "csc":
		return true
	}
	return false
}

// NamesSecurityCode says whether a field holds a card's security code. Case, underscores and dashes
// do not matter.
func NamesSecurityCode(name string) bool { return isCodeName(foldName(name)) }

// publicInPerson says whether a field of a person tells nothing of the person.
func publicInPerson(name string) bool {
	switch foldName(name) {
	case "countryiso2", "countryiso3", "citizenshipcountryiso3", "currency":
		return true
	}
	return false
}

// foldName removes case, underscores and dashes. A name that is longer than any known one, or holds
// anything but letters, digits and those, is not worth folding.
func foldName(name string) string {
	if len(name) > 64 {
		return ""
	}
	var fold [64]byte
	n := 0
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'A' && c <= 'Z':
			fold[n] = c + 'a' - 'A'
			n++
		case (c >= 'a' && c <= 'z') || isDigit(c):
			fold[n] = c
			n++
		case c == '_' || c == '-' || c == ' ' || c == '.':
		default:
			return ""
		}
	}
	return string(fold[:n])
}

// maskNamed masks values in prose that a name announces: security_code=123, "cvv": '123',
// \"token\":\"...\". What merely looks like a name in a sentence is left alone: without quotes or
// an equals sign the value has to look like a secret.
func maskNamed(b []byte) []byte {
	var out []byte
	kept := 0
	for i := 0; i < len(b); {
		if !isWord(b[i]) {
			i++
			continue
		}
		start := i
		for i < len(b) && isWord(b[i]) {
			i++
		}
		c := classOf(string(b[start:min(i, start+65)]), "")
		if i-start > 64 || c == ordinary || c == exempt {
			continue
		}
		from, to, marked := announced(b, i)
		if from < 0 {
			continue
		}
		value := string(b[from:to])
		masked, ok := maskAnnounced(c, value, marked)
		if ok && masked != value {
			out = append(append(out, b[kept:from]...), masked...)
			kept = to
		}
		i = to
	}
	if out == nil {
		return b
	}
	return append(out, b[kept:]...)
}

func isWord(c byte) bool {
	return c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}

// announced finds the value after a name that ends at i: quotes, a colon or equals sign, quotes.
// marked says that a quote or an equals sign shows that this is a field and not a sentence.
func announced(b []byte, i int) (from, to int, marked bool) {
	const around = "\"'\\ \t\r\n"
	begin := i
	for i < len(b) && strings.IndexByte(around, b[i]) >= 0 {
		i++
	}
	if i >= len(b) || (b[i] != ':' && b[i] != '=') {
		return -1, 0, false
	}
	marked = b[i] == '='
	i++
	if i < len(b) && b[i] == '>' {
		i++
	}
	for i < len(b) && strings.IndexByte(around, b[i]) >= 0 {
		i++
	}
	var quote byte
	for _, c := range b[begin:i] {
		if c == '"' || c == '\'' {
			quote, marked = c, true
		}
	}
	if last := b[i-1]; last != '"' && last != '\'' {
		quote = 0
	}
	from = i
	for i < len(b) && !endsValue(b[i], quote) {
		i++
	}
	return from, i, marked
}

func endsValue(c, quote byte) bool {
	if quote != 0 {
		return c == quote || c == '\\'
	}
	return c <= ' ' || strings.IndexByte(",;&}])\"'<>\\{[(", c) >= 0
}

func maskAnnounced(c class, value string, marked bool) (string, bool) {
	if value == "" || value == "null" || value == "true" || value == "false" {
		return value, false
	}
	digits := 0
	for i := range len(value) {
		if value[i] >= '0' && value[i] <= '9' {
			digits++
		}
	}
	switch c {
	case pan:
		if digits < 8 && !marked {
			return value, false
		}
		return MaskPAN(value), true
	case tail:
		if !marked && (len(value) < 16 || digits == 0) {
			return value, false
		}
		return maskTail(value), true
	case secret:
		if !marked && digits == 0 {
			return value, false
		}
		return hidden, true
	}
	return value, false
}
