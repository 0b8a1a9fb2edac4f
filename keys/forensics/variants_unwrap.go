package forensics

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/url"
	"strings"
)

// maxInflated bounds what a compressed body may grow to, in bytes.
const maxInflated = 64 << 20

// unwrapOps undo an encoding that the received body has: the signature may cover what is inside.
func unwrapOps() []op {
	return []op{
		{code: BodyGzip, desc: "decompressed", apply: inflate},
		cutBOM,
		{code: BodyBase64Signed, desc: "decoded from Base64", apply: func(b []byte) []byte {
			clean := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(string(deleteBytes(b, " \t\r\n\"")), "="))
			out, err := base64.RawStdEncoding.DecodeString(clean)
			return orElse(out, err, b)
		}},
		{code: BodyHexSigned, desc: "decoded from hex", apply: func(b []byte) []byte {
			out, err := hex.DecodeString(string(deleteBytes(b, " \t\r\n\"")))
			return orElse(out, err, b)
		}},
		{code: BodyDoubleEncoded, desc: "decoded from a JSON string", apply: func(b []byte) []byte {
			var t string
			if bytes.IndexByte(b, '"') < 0 || json.Unmarshal(b, &t) != nil {
				return b
			}
			return []byte(t)
		}},
		{code: BodyURLEncodedSigned, desc: "decoded from percent signs", apply: func(b []byte) []byte {
			if bytes.IndexByte(b, '%') < 0 {
				return b
			}
			out, err := url.PathUnescape(string(b))
			return orElse([]byte(out), err, b)
		}},
		{code: BodyURLEncodedSigned, desc: "taken out of a form field", apply: formField},
		{code: BodyURLEncodedSigned, desc: "decoded from a form", apply: func(b []byte) []byte {
			if bytes.IndexByte(b, '%') < 0 && bytes.IndexByte(b, '+') < 0 {
				return b
			}
			out, err := url.QueryUnescape(string(b))
			return orElse([]byte(out), err, b)
		}},
		{code: BodyHTMLEscape, desc: "with its HTML entities resolved", apply: func(b []byte) []byte {
			if bytes.IndexByte(b, '&') < 0 {
				return b
			}
			return []byte(html.UnescapeString(string(b)))
		}},
		{code: BodyDoubleEncoded, desc: "with its backslashes resolved", apply: func(b []byte) []byte {
			if !bytes.Contains(b, []byte(`\"`)) || scanJSON(b).ok {
				return b
			}
			return []byte(strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\'`, `'`).Replace(string(b)))
		}},
	}
}

func orElse(out []byte, err error, b []byte) []byte {
	if err != nil || len(out) == 0 {
		return b
	}
	return out
}

// formField returns the value of the only field of a form.
func formField(b []byte) []byte {
	i := bytes.IndexByte(b, '=')
	if i <= 0 || i > 32 || bytes.IndexByte(b, '&') >= 0 {
		return b
	}
	out, err := url.QueryUnescape(string(b[i+1:]))
	return orElse([]byte(out), err, b)
}

// inflate decompresses gzip, zlib or raw deflate, bounded by maxInflated.
func inflate(b []byte) []byte {
	if len(b) < 4 {
		return b
	}
	var r io.Reader
	var err error
	switch {
	case b[0] == 0x1f && b[1] == 0x8b:
		r, err = gzip.NewReader(bytes.NewReader(b))
	case b[0]&15 == 8 && (int(b[0])<<8|int(b[1]))%31 == 0:
		r, err = zlib.NewReader(bytes.NewReader(b))
	case printable(b[:4]):
		return b
	default:
		r = flate.NewReader(bytes.NewReader(b))
	}
	if err != nil {
		return b
	}
	out, err := io.ReadAll(io.LimitReader(r, maxInflated))
	return orElse(out, err, b)
}
