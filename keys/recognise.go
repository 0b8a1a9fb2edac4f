package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The ways in which a key is wrapped.
const (
	armourPEM    = "PEM"
	armourDER    = "DER"
	armourBase64 = "Base64 of DER"
)

// found is what recognise learned about a file without any passphrase. The loaders and the doctor
// both build on it, so that they never disagree about what a file is.
type found struct {
	kind     Kind
	armour   string
	der      []byte            // the DER of the key; the ciphertext for KindPrivateLegacy
	headers  map[string]string // of the PEM block
	label    string            // of the PEM block, or the algorithm of an SSH key
	n, e     *big.Int          // of the RSA key where it can be read without a passphrase, else nil
	problems []Problem         // what had to be repaired, and what forbids the use
	sealed   bool              // a key in OpenSSH's format has a passphrase
}

// convert is the command or advice for what was found.
func (f *found) convert() string {
	command := convert(f.kind, f.armour)
	if f.sealed {
		command = strings.Replace(command, ` -N ""`, "", 1) // it asks for both passphrases
	}
	return command
}

// form names the form and its wrapping, such as "PKCS#8 PEM".
func (f *found) form() string {
	switch {
	case f.kind.form() != "":
		return f.kind.form() + " " + f.armour
	case f.armour == armourPEM && f.label != "":
		return "PEM block " + f.label
	case f.label != "":
		return f.label
	}
	return f.armour
}

// recognise finds out what data is. It never fails: what it does not know has KindText or
// KindUnknown. It reads data once or twice and is linear in its length.
func recognise(data []byte) *found {
	if len(bytes.TrimSpace(data)) == 0 {
		return &found{kind: KindEmpty}
	}
	if f := recogniseDER(data, armourDER); f != nil {
		return f
	}
	text, notes, ok := asText(data)
	if !ok {
		return recogniseBinary(data)
	}
	f := recogniseText(text)
	f.problems = append(notes, f.problems...)
	return f
}

// recogniseDER returns nil when data is no DER of a known kind. A key that ends too early is known.
func recogniseDER(data []byte, armour string) *found {
	total, whole := derLength(data)
	if total == 0 {
		return nil
	}
	if !whole {
		// Only a file that starts like a key and is not text is called a truncated one.
		if armour == armourDER && (utf8.Valid(data) || len(data) < 64 || total > MaxFileBytes) {
			return nil
		}
		return &found{kind: KindUnknown, armour: armour, der: data, problems: []Problem{*truncated(total, len(data))}}
	}
	kind, n, e := sniff(data[:total])
	if kind == KindUnknown {
		return nil
	}
	f := &found{kind: kind, armour: armour, der: data[:total], n: n, e: e}
	if len(bytes.Trim(data[total:], "\x00\r\n\t ")) > 0 {
		f.problems = append(f.problems, Problem{Code: CodeTrailing,
			Sentence: "there are more bytes after the key; they were ignored"})
	}
	return f
}

// recogniseBinary is for data that is neither DER nor text.
func recogniseBinary(data []byte) *found {
	switch {
	case bytes.HasPrefix(data, []byte("openssh-key-v1\x00")):
		return openSSH(data)
	case signatureLength(len(data)):
		return &found{kind: KindSignatureRaw, armour: "binary"}
	}
	return &found{kind: KindUnknown, armour: "binary"}
}

// signatureLength reports whether an RSA signature of a usual key size has n bytes.
func signatureLength(n int) bool { return slices.Contains([]int{128, 256, 384, 512, 1024}, n) }

// recogniseText looks for PEM blocks first and for bare texts after that.
func recogniseText(text string) *found {
	if blocks := readPEM(text); len(blocks) > 0 {
		return recognisePEM(blocks)
	}
	trimmed := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(trimmed, "PuTTY-User-Key-File-"):
		return &found{kind: KindPuTTY, armour: "text"}
	case strings.Contains(trimmed, "<RSAKeyValue>"):
		return &found{kind: KindXML, armour: "XML"}
	case trimmed == "":
		return &found{kind: KindEmpty}
	case trimmed[0] == '{' || trimmed[0] == '[':
		if f := recogniseJSON(trimmed); f != nil {
			return f
		}
	}
	if f := recogniseSSH(trimmed); f != nil {
		return f
	}
	if f := recogniseEncoded(trimmed); f != nil {
		return f
	}
	return &found{kind: KindText, armour: "text"}
}

// recogniseEncoded is for hex or Base64 without PEM lines.
func recogniseEncoded(text string) *found {
	squeezed := strings.Trim(strings.Join(strings.Fields(unescape(text)), ""), "\"'`,;")
	if raw, err := hex.DecodeString(squeezed); err == nil && signatureLength(len(raw)) {
		return &found{kind: KindSignatureHex, armour: "hex"}
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(squeezed, "="))
	if err != nil {
		return nil
	}
	if f := recogniseDER(raw, armourBase64); f != nil {
		f.problems = append([]Problem{{Code: CodeNoArmour,
			Sentence: "the key is Base64 without its BEGIN and END lines; it was read all the same", Fix: fromBase64(f.kind)}}, f.problems...)
		return f
	}
	if f := recogniseInner(raw); f != nil {
		return f
	}
	if signatureLength(len(raw)) {
		return &found{kind: KindSignatureBase64, armour: "Base64"}
	}
	return nil
}

// recogniseInner is for a PEM that was encoded as Base64 as a whole, perhaps more than once: each
// layer is a quarter shorter, which ends the search.
func recogniseInner(raw []byte) *found {
	if !utf8.Valid(raw) {
		return nil
	}
	f := recogniseText(string(raw))
	if !f.kind.secret() && !f.kind.public() {
		return nil
	}
	f.problems = append([]Problem{{Code: CodeBase64OfPEM,
		Sentence: "the whole PEM was encoded as Base64 once more; it was decoded",
		Fix:      "(umask 077; " + decodeBase64 + " > repaired.pem)"}}, f.problems...)
	return f
}

// recogniseSSH finds a line of the form of authorized_keys or id_rsa.pub.
func recogniseSSH(text string) *found {
	line := regexp.MustCompile(`(?m)(?:^|\s)(ssh-rsa|ssh-dss|ssh-ed25519|ecdsa-sha2-[a-z0-9]+|sk-[a-z0-9.@-]+)[ \t]+([A-Za-z0-9+/]+=*)`)
	m := line.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	f := &found{kind: KindSSHPublic, armour: "text", label: m[1]}
	switch {
	case m[1] == "ssh-dss":
		f.kind = KindOtherPublic
	case strings.Contains(m[1], "ecdsa"):
		f.kind = KindECPublic
	case strings.Contains(m[1], "ed25519"):
		f.kind = KindEdPublic
	}
	if blob, err := base64.StdEncoding.DecodeString(m[2]); err == nil {
		f.n, f.e, _ = sshNumbers(blob)
	}
	return f
}

// recogniseJSON returns nil when text is no JSON.
func recogniseJSON(text string) *found {
	if !json.Valid([]byte(text)) {
		return nil
	}
	var key struct {
		Kty  string            `json:"kty"`
		N    string            `json:"n"`
		E    string            `json:"e"`
		D    string            `json:"d"`
		Keys []json.RawMessage `json:"keys"`
	}
	f := &found{kind: KindJSON, armour: "JSON"}
	if json.Unmarshal([]byte(text), &key) != nil {
		return f
	}
	switch {
	case key.Kty == "" && key.Keys != nil:
		f.kind = KindJWKSet
	case key.Kty == "":
	case strings.HasPrefix(key.Kty, "EC"):
		f.kind = pick(key.D != "", KindECPrivate, KindECPublic)
	case key.Kty == "OKP":
		f.kind = pick(key.D != "", KindEdPrivate, KindEdPublic)
	case key.Kty == "RSA":
		f.kind = pick(key.D != "", KindJWKPrivate, KindJWKPublic)
		f.n, f.e = jwkNumber(key.N), jwkNumber(key.E)
		if f.n == nil || f.e == nil {
			f.n, f.e = nil, nil
		}
	default:
		f.kind = pick(key.D != "", KindOtherPrivate, KindOtherPublic)
	}
	return f
}

func pick(private bool, yes, no Kind) Kind {
	if private {
		return yes
	}
	return no
}

// jwkNumber reads a Base64urlUInt (RFC 7518, 2); nil when it is none.
func jwkNumber(text string) *big.Int {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(raw) == 0 {
		return nil
	}
	return new(big.Int).SetBytes(raw)
}
