package keys

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Diagnosis is what the key doctor says about a file. Its texts never hold the file's contents.
type Diagnosis struct {
	Name        string      `json:"name"`
	Kind        Kind        `json:"kind"`                  // stable code of what the file is
	Sentence    string      `json:"sentence"`              // the same in words, with size and wrapping
	UsableAs    string      `json:"usable_as"`             // "private", "public" or ""; as the file is now
	Form        string      `json:"form,omitempty"`        // such as "PKCS#8 PEM"
	Bits        int         `json:"bits,omitempty"`        // of the RSA modulus; 0 when not readable
	Exponent    string      `json:"exponent,omitempty"`    // the RSA public exponent, or its size
	Fingerprint Fingerprint `json:"fingerprint,omitempty"` // of the RSA key; empty when not readable
	Encrypted   bool        `json:"encrypted,omitempty"`   // a passphrase is needed to use it
	Convert     string      `json:"convert,omitempty"`     // command: to the form that is needed, or the public half
	Problems    []Problem   `json:"problems"`              // what forbids use first; never nil
}

// Doctor says what a file is, what is wrong with it and how to convert it. name is its path and is
// used in commands; mode is the file's mode, 0 where there is none. It does no I/O, asks for no
// passphrase and takes any bytes.
func Doctor(name string, data []byte, mode fs.FileMode) Diagnosis {
	from := source{name: name, mode: mode}
	f := recogniseFrom(data, from)
	d := Diagnosis{Name: plain(name, 300), Kind: f.kind, Form: f.form(), Encrypted: f.kind.encrypted() || f.sealed, Problems: []Problem{}}
	d.describeNumbers(f)
	d.add(f.problems...)
	if !f.kind.private() && !f.kind.public() {
		d.add(*notUsable(f))
	}
	if f.kind == KindPrivateEncrypted && firstRefused(f.problems) == nil {
		if p := checkPBES2(f.der); p != nil {
			d.add(*p)
		}
	}
	if f.n != nil {
		d.add(checkNumbers(f.n, f.e)...)
	}
	d.addParts(f)
	if p := openMode(f.kind, mode); p != nil {
		d.add(*p)
	}
	d.add(misnamed(name, f.kind)...)
	if f.armour == armourPEM && strings.Contains(string(data[:min(len(data), MaxFileBytes)]), "\r\n") {
		d.add(Problem{Code: CodeCRLF, Sentence: "the lines end in CR LF, as on Windows; this does no harm here",
			Fix: "(umask 077; tr -d '\\r' < FILE > repaired.pem)"})
	}
	d.Sentence = "this is " + f.kind.what() + d.details(f)
	d.Convert = d.afterRepair(f.convert())
	d.finish(from)
	return d
}

// Fixes returns the fix of each problem, for people: nothing where it was named before, or where the
// conversion begins with it.
func (d *Diagnosis) Fixes() []string {
	out := make([]string, len(d.Problems))
	for i, p := range d.Problems {
		if !slices.Contains(out, p.Fix) && !strings.HasPrefix(d.Convert, p.Fix) {
			out[i] = p.Fix
		}
	}
	return out
}

// afterRepair puts the repair before a command that would stumble over the file as it is. What is beyond
// repair is not converted.
func (d *Diagnosis) afterRepair(command string) string {
	for _, p := range d.Problems {
		switch p.Code {
		case CodeBroken, CodeTruncated, CodeInconsistent, CodeSmallFactor, CodeModulusEven:
			return p.Fix
		case CodeEscapedNewlines, CodeBlanks, CodeOneLine, CodeQuoted, CodeLayout, CodePadding, CodeEndMissing, CodeBase64OfPEM, CodeUTF16:
			return p.Fix + " && " + strings.ReplaceAll(command, "FILE", "repaired.pem")
		}
	}
	return command
}

// DoctorFile is Doctor for a file on disk, whose mode and surroundings are looked at too. A file
// that cannot be read gets a Diagnosis as well.
func DoctorFile(path string) Diagnosis {
	data, mode, p := readFile(path)
	if p != nil {
		d := Diagnosis{Name: plain(path, 300), Kind: KindNoFile, Sentence: p.Sentence, Problems: []Problem{}}
		if k := Kind(p.Code); k == KindDirectory || k == KindTooLarge {
			d.Kind = k
		}
		d.add(*p)
		d.finish(source{name: path})
		return d
	}
	defer clear(data)
	d := Doctor(path, data, mode)
	if d.Kind.secret() && insideRepository(path) {
		inside := Problem{Code: CodeInsideRepository, Sentence: "the file lies inside a git work tree; a private key must never be committed",
			Fix: "git check-ignore -v FILE || echo 'FILE is not ignored'"}
		inside.Fix = strings.ReplaceAll(inside.Fix, "FILE", shellQuote(path))
		d.Problems = append(d.Problems, inside)
	}
	return d
}

// add appends problems and brings those that forbid the use to the front.
func (d *Diagnosis) add(problems ...Problem) {
	for _, p := range problems {
		if !p.Refused {
			d.Problems = append(d.Problems, p)
			continue
		}
		at := 0
		for at < len(d.Problems) && d.Problems[at].Refused {
			at++
		}
		d.Problems = append(d.Problems[:at], append([]Problem{p}, d.Problems[at:]...)...)
	}
}

// finish puts the file's name into the commands and says what the file can be used for.
func (d *Diagnosis) finish(from source) {
	for i := range d.Problems {
		d.Problems[i].Fix = strings.ReplaceAll(d.Problems[i].Fix, "FILE", shellQuote(from.name))
	}
	d.Convert = strings.ReplaceAll(d.Convert, "FILE", shellQuote(from.name))
	switch {
	case firstRefused(d.Problems) != nil:
	case d.Kind.private():
		d.UsableAs = "private"
	case d.Kind.public():
		d.UsableAs = "public"
	}
}

func (d *Diagnosis) describeNumbers(f *found) {
	if f.n == nil || f.n.Sign() <= 0 {
		return
	}
	d.Bits = f.n.BitLen()
	d.Exponent = shortNumber(f.e)
	d.Fingerprint = fingerprintOfNumbers(f.n, f.e)
}

// details says size and wrapping, to follow what the file is.
func (d *Diagnosis) details(f *found) string {
	var b strings.Builder
	if d.Bits > 0 {
		fmt.Fprintf(&b, ", %d bits", d.Bits)
	}
	if form := f.form(); form != "" && (f.kind.private() || f.kind.public()) {
		b.WriteString(", " + form)
	}
	if f.kind == KindPrivatePKCS8 || f.kind == KindPrivatePKCS1 {
		b.WriteString(", not encrypted")
	}
	return b.String()
}

// notUsable says that the file is no RSA key that can be loaded.
func notUsable(f *found) *Problem {
	code := string(f.kind)
	return refuse(code, "this is "+f.kind.what()+"; it cannot be used as it is", f.convert())
}

// addParts adds what the loaders would refuse beyond the problems that are known by now: numbers
// that cannot be read, or that do not fit together.
func (d *Diagnosis) addParts(f *found) {
	if firstRefused(d.Problems) != nil {
		return
	}
	if !f.kind.private() && !f.kind.public() {
		return
	}
	if p := unusable(f, f.kind.private()); p != nil {
		d.add(*p)
		return
	}
	if f.kind == KindPrivatePKCS8 || f.kind == KindPrivatePKCS1 {
		if _, p := privateFromDER(f.kind, f.der); p != nil {
			d.add(*p)
		}
	}
}

// misnamed compares what a file is with what its name promises.
func misnamed(name string, k Kind) []Problem {
	base := strings.ToLower(filepath.Base(name))
	private := strings.Contains(base, "priv") || strings.Contains(base, "secret")
	public := strings.Contains(base, "pub") || strings.HasSuffix(base, ".crt") || strings.HasSuffix(base, ".cer")
	switch {
	case private && !public && (k.public() || k == KindSSHPublic || k == KindSSH2Public || k == KindJWKPublic):
		return []Problem{{Code: CodePublicNamed, Sentence: "the name promises a private key, but a public key is inside; it cannot sign",
			Fix: "find the private key, or " + newPair}}
	case public && !private && k.secret():
		return []Problem{{Code: CodePrivateNamed, Sentence: "the name promises something public, but a private key is inside; do not hand it out",
			Fix: "rename it: mv -n FILE private.pem"}}
	}
	return nil
}

// insideRepository reports whether a folder above path is a git work tree.
func insideRepository(path string) bool {
	at, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	for parent := filepath.Dir(at); parent != at; at, parent = parent, filepath.Dir(parent) {
		if _, err := os.Lstat(filepath.Join(parent, ".git")); err == nil {
			return true
		}
	}
	return false
}
