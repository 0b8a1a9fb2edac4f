package forensics

import (
	"fmt"
	"strings"
)

var (
	dumpRow  = pattern(`^([0-9a-fA-F]{6,16}):?[ \t]{1,2}((?:[0-9a-fA-F]{2,4} {1,2})*[0-9a-fA-F]{2,4})(?:[ \t]{2,}.*|[ \t]*)$`)
	dumpEnd  = pattern(`^[0-9a-fA-F]{6,16}$`)
	hexNamed = pattern(`^([0-9a-fA-F:]{64,}) [ *](\S{1,80})$`)
)

// hexDump takes offsets and text off the rows that xxd, hexdump -C and od print.
func hexDump(t string) (string, step, bool) {
	lines := strings.Split(strings.ReplaceAll(t, "\r\n", "\n"), "\n")
	if len(lines) < 2 {
		return t, step{}, false
	}
	var out strings.Builder
	for i, line := range lines {
		if i == len(lines)-1 && dumpEnd().MatchString(line) {
			break
		}
		m := dumpRow().FindStringSubmatch(line)
		if m == nil {
			return t, step{}, false
		}
		digits := strings.ReplaceAll(m[2], " ", "")
		if len(digits) > 32 {
			return t, step{}, false
		}
		out.WriteString(digits)
	}
	return out.String(), step{SigHex, fmt.Sprintf("the value is a dump in %d rows, with offsets before hex digits", len(lines))}, true
}

// stripFileName takes off the file's name that checksum programs and openssl dgst -r print.
func stripFileName(t string) (string, step, bool) {
	m := hexNamed().FindStringSubmatch(t)
	if m == nil {
		return t, step{}, false
	}
	return m[1], step{SigHex, fmt.Sprintf("the file name %q follows hex digits", m[2])}, true
}
