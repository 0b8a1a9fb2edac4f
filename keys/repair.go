package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// repairCommand rewrites a PEM whose lines were lost so that openssl reads it too.
const repairCommand = `(umask 077; perl -0777 -pe 's/\\+[rn]/\n/g; s/\\+u00(2b|2f|3d)/chr hex $1/gie; s{.*?BEGIN ([A-Z0-9 ]*[A-Z0-9])(.*?)(?:END \1.*|\z)}{my($l,$b)=($1,$2);$b=~s|[^A-Za-z0-9+/]||g;$b.="="x(-length($b)%4);$b=~s|(.{1,64})|$1\n|g;"-----BEGIN $l-----\n$b-----END $l-----\n"}se' FILE > repaired.pem)`

const copyAgain = "copy the file again from where it was made, without opening it in a word processor"

// pemBlock is one block of a PEM text, with what had to be done to read it.
type pemBlock struct {
	label    string
	headers  map[string]string
	der      []byte
	problems []Problem
}

// asText returns data as UTF-8 without a byte order mark. ok is false for binary data.
func asText(data []byte) (text string, notes []Problem, ok bool) {
	if decoded, was := fromUTF16(data); was {
		return decoded, []Problem{{Code: CodeUTF16,
			Sentence: "the file is UTF-16, as Windows editors and PowerShell write it; other programs will not read it",
			Fix:      "(umask 077; iconv -f UTF-16 -t UTF-8 FILE > repaired.pem)"}}, true
	}
	if rest, had := bytes.CutPrefix(data, []byte("\ufeff")); had {
		data = rest
		notes = append(notes, Problem{Code: CodeBOM,
			Sentence: "the file starts with a byte order mark, which hides the BEGIN line from openssl",
			Fix:      "(umask 077; tail -c +4 FILE > repaired.pem)"})
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return "", nil, false
	}
	return string(data), notes, true
}

// fromUTF16 decodes data that has a UTF-16 byte order mark, or NULs in every other byte of its start.
func fromUTF16(data []byte) (string, bool) {
	if len(data) < 8 || len(data)%2 != 0 {
		return "", false
	}
	var order binary.ByteOrder
	switch {
	case data[0] == 0xff && data[1] == 0xfe, data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0 && data[5] == 0:
		order = binary.LittleEndian
	case data[0] == 0xfe && data[1] == 0xff, data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0 && data[4] == 0:
		order = binary.BigEndian
	default:
		return "", false
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	text := strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
	for _, r := range text {
		// A key file is ASCII; anything else was binary data that only looked like UTF-16.
		if r > 0x7f || r == 0 {
			return "", false
		}
	}
	return text, true
}

// dashes are the hyphens of a PEM line, and what word processors make of them.
const dashes = `[-\x{2010}-\x{2015}\x{2212}]{2,}`

// readPEM returns the blocks of text. It takes the strict reader's word where that finds every
// block, and repairs otherwise.
func readPEM(text string) []pemBlock {
	if strings.HasPrefix(text, "-----BEGIN ") && strings.Count(text, "BEGIN") == 1 { // nearly every file: no need to look closer
		if block, rest := pem.Decode([]byte(text)); block != nil && len(bytes.TrimSpace(rest)) == 0 {
			return []pemBlock{{label: block.Type, headers: block.Headers, der: block.Bytes}}
		}
	}
	marker := regexp.MustCompile(dashes + `[ \t]*BEGIN[ \t]+([A-Z0-9][A-Z0-9 ]{0,60}?)[ \t]*` + dashes)
	begins := marker.FindAllStringSubmatchIndex(text, -1)
	if len(begins) == 0 {
		return nil
	}
	var blocks []pemBlock
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		blocks = append(blocks, pemBlock{label: block.Type, headers: block.Headers, der: block.Bytes})
	}
	if len(blocks) == len(begins) {
		return blocks
	}
	blocks = blocks[:0]
	for i, at := range begins {
		end := len(text)
		if i+1 < len(begins) {
			end = begins[i+1][0]
		}
		blocks = append(blocks, repairBlock(text[at[2]:at[3]], text[at[1]:end]))
	}
	return blocks
}

// repairBlock reads what follows a BEGIN line, as far as the END line.
func repairBlock(label, rest string) pemBlock {
	b := pemBlock{label: strings.Join(strings.Fields(label), " ")}
	end := regexp.MustCompile(dashes + `[ \t]*END[ \t]+[A-Z0-9 ]{0,60}?[ \t]*` + dashes).FindStringIndex(rest)
	if end == nil {
		b.note(CodeEndMissing, "the END line is missing; the file may have been cut off", repairCommand)
		end = []int{len(rest)}
	}
	body := rest[:end[0]]
	lines := unescape(body)
	b.noteLayout(body, lines)
	if lines, b.headers = cutHeaders(lines); b.headers != nil {
		for i := range b.problems {
			b.problems[i].Fix = copyAgain // the command would lose the headers
		}
	}
	squeezed := strings.Join(strings.FieldsFunc(lines, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("\"'`,;>|\u00a0\u200b\u200e\ufeff", r)
	}), "")
	unpadded := strings.TrimRight(squeezed, "=")
	der, err := base64.RawStdEncoding.DecodeString(unpadded)
	if err != nil {
		b.problems = append(b.problems, *broken())
		return b
	}
	if len(squeezed)%4 != 0 {
		b.note(CodePadding, "the '=' at the end of the Base64 is missing; it was added", repairCommand)
	}
	b.der = der
	return b
}

func broken() *Problem {
	return refuse(CodeBroken, "the text between the BEGIN and END lines is not a key: characters are missing, added or changed",
		copyAgain)
}

func (b *pemBlock) note(code, sentence, fix string) {
	b.problems = append(b.problems, Problem{Code: code, Sentence: sentence, Fix: fix})
}

// noteLayout says what became of the line breaks of body; lines is body with escapes resolved.
func (b *pemBlock) noteLayout(body, lines string) {
	trimmed := strings.TrimSpace(body)
	switch {
	case lines != body:
		b.note(CodeEscapedNewlines, `the line breaks were written as the two characters \n; they were repaired`, repairCommand)
	case strings.ContainsAny(trimmed, "\n\r"):
		b.note(CodeLayout, "the lines of the PEM are not as they should be; they were repaired", repairCommand)
	case strings.ContainsAny(trimmed, " \t"):
		b.note(CodeBlanks, "the line breaks became blanks; they were repaired", repairCommand)
	default:
		b.note(CodeOneLine, "the line breaks are gone; they were repaired", repairCommand)
	}
	if strings.ContainsAny(lines, "\"'`") {
		b.note(CodeQuoted, "there are quotation marks in the key; they were removed", repairCommand)
	}
}

// unescape resolves line breaks and characters that were escaped for JSON, a shell or a source
// text, any number of times over.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	text = regexp.MustCompile(`\\+[rn]`).ReplaceAllString(text, "\n")
	text = regexp.MustCompile(`\\+u002[bB]`).ReplaceAllString(text, "+")
	text = regexp.MustCompile(`\\+u002[fF]`).ReplaceAllString(text, "/")
	text = regexp.MustCompile(`\\+u003[dD]`).ReplaceAllString(text, "=")
	text = regexp.MustCompile(`\\+/`).ReplaceAllString(text, "/")
	// What remains is a backslash that continues a line of a shell script or Makefile.
	return regexp.MustCompile(`\\+(\s|$)`).ReplaceAllString(text, "$1")
}

// cutHeaders takes the two headers of a legacy encrypted key out of text, wherever its line breaks
// went. The length of the initialisation vector tells where the Base64 starts.
func cutHeaders(text string) (string, map[string]string) {
	m := regexp.MustCompile(`Proc-Type:\s*4,\s*ENCRYPTED\s*DEK-Info:\s*([A-Z0-9-]+),\s*`).FindStringSubmatchIndex(text)
	if m == nil {
		return text, nil
	}
	cipher, rest := text[m[2]:m[3]], text[m[1]:]
	digits := 16
	if strings.HasPrefix(cipher, "AES-") {
		digits = 32
	}
	if len(rest) < digits {
		return text, nil
	}
	return text[:m[0]] + rest[digits:], map[string]string{
		"Proc-Type": "4,ENCRYPTED", "DEK-Info": cipher + "," + rest[:digits],
	}
}
