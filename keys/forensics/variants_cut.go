package forensics

import "fmt"

// cut tries the first n bytes.
func (s *search) cut(b []byte, chain []op, n int, why string) bool {
	if n <= 0 || n >= len(b) {
		return false
	}
	o := op{code: BodyTruncated, desc: fmt.Sprintf("cut to its first %d bytes%s", n, why), apply: func(b []byte) []byte { return b[:min(n, len(b))] }}
	return s.apply(b, chain, o, cheap)
}

// announced tries as much of the body as the Content-Length header announced.
func (s *search) announced() bool {
	return s.cut(s.body, nil, int(min(s.context.ContentLength, int64(len(s.body)))), ", the announced Content-Length")
}

// truncated tries the start of the body: what a buffer of a usual size or a wrong length would hold.
func (s *search) truncated(b []byte, chain []op) bool {
	if s.cut(b, chain, len([]rune(string(b[:min(len(b), reducedAbove)]))), ", its number of characters taken for bytes") {
		return true
	}
	for _, n := range []int{64, 100, 117, 128, 200, 245, 250, 255, 256, 500, 512, 1000, 1023, 1024, 2000, 2048, 4000, 4095, 4096, 8000, 8191, 8192, 10000, 10240, 16384, 32768, 65535, 65536, 131072, 262144, 524288, 1048576} {
		if s.cut(b, chain, n, "") {
			return true
		}
	}
	if s.reduced {
		return false
	}
	// Every other length, as long as that stays cheap: one running hash serves them all.
	return s.everyPrefix(b, chain)
}

// maxPrefixes bounds the search over all lengths, in bytes of body.
const maxPrefixes = 8 << 10

// everyPrefix tries all prefixes of b with one pass over it.
func (s *search) everyPrefix(b []byte, chain []op) bool {
	if len(b) > maxPrefixes || s.target.pss != nil {
		return false
	}
	s.h.Reset()
	var room [64]byte
	for i := range b {
		s.h.Write(b[i : i+1])
		s.tried.Digests++
		if s.target.fits(s.h.Sum(room[:0])) {
			n := i + 1
			s.found(b[:n], "", with(chain, op{code: BodyTruncated, desc: fmt.Sprintf("cut to its first %d bytes", n),
				apply: func(b []byte) []byte { return b[:min(n, len(b))] }}))
			return true
		}
	}
	return false
}
