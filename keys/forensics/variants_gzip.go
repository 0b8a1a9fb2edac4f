package forensics

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"hash/crc32"
)

// compressor makes one raw deflate stream of a text, nil when it cannot.
type compressor struct {
	name  string
	level string // of its levels, as the zlib header tells them: 1, 6 or 9
	run   func([]byte) []byte
}

// compressors are the programs whose bytes can be reproduced.
func compressors() []compressor {
	return []compressor{
		{"zlib (Python, PHP, Ruby, Java, gzip)", "6", func(b []byte) []byte { return deflate(b, deflateDefault, false) }},
		{"zlib, best compression", "9", func(b []byte) []byte { return deflate(b, deflateBest, false) }},
		{"Node", "6", func(b []byte) []byte { return deflate(b, deflateDefault, true) }},
		{"Go", "6", func(b []byte) []byte { return goDeflate(b, flate.DefaultCompression) }},
		{"Node, best compression", "9", func(b []byte) []byte { return deflate(b, deflateBest, true) }},
		{"Go, best compression", "9", func(b []byte) []byte { return goDeflate(b, flate.BestCompression) }},
		{"Go, best speed", "1", func(b []byte) []byte { return goDeflate(b, flate.BestSpeed) }},
	}
}

func goDeflate(b []byte, level int) []byte {
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, level)
	if err != nil {
		return nil
	}
	if _, err := w.Write(b); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return buf.Bytes()
}

// gzipSystems are the values of gzip's OS byte, the commonest first: Unix, unknown, FAT, macOS, NTFS.
var gzipSystems = []byte{3, 255, 0, 19, 10, 7}

// gzipOps compress the body, for the first systems. The time in a gzip header is zero, as most
// libraries write it.
func gzipOps(list []compressor, systems int) []op {
	var out []op
	for _, c := range list {
		var of, stream []byte // the last text and its stream, because several containers follow
		run := func(b []byte) []byte {
			if of == nil || !bytes.Equal(of, b) {
				of, stream = append([]byte{}, b...), c.run(b)
			}
			return stream
		}
		add := func(kind string, wrap func(b, raw []byte) []byte) {
			out = append(out, op{code: BodyGzip, desc: fmt.Sprintf("compressed with %s by %s", kind, c.name), apply: func(b []byte) []byte {
				raw := run(b)
				if raw == nil {
					return b
				}
				return wrap(b, raw)
			}})
		}
		for _, system := range gzipSystems[:systems] {
			for _, speed := range []byte{0, 2, 4} {
				add("gzip", func(b, raw []byte) []byte { return gzipWrap(b, raw, speed, system) })
			}
		}
		add("deflate", func(_, raw []byte) []byte { return raw })
		add("zlib", func(b, raw []byte) []byte { return zlibWrap(b, raw, c.level) })
	}
	return out
}

func gzipWrap(b, raw []byte, speed, system byte) []byte {
	out := append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, speed, system}, raw...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(b))
	return binary.LittleEndian.AppendUint32(out, uint32(len(b)))
}

func zlibWrap(b, raw []byte, level string) []byte {
	flags := map[string]byte{"1": 0x01, "6": 0x9c, "9": 0xda}[level]
	return binary.BigEndian.AppendUint32(append([]byte{0x78, flags}, raw...), adler32.Checksum(b))
}

// usualCompressors is how many of the compressors are tried early.
const usualCompressors = 4

// packerCost is what it takes to set a compressor up, in nanoseconds.
const packerCost = 100_000

// compressed tries a text compressed, by the first n compressors or by all.
func (s *search) compressed(m base, n int) bool {
	list := compressors()
	if n > 0 {
		list = list[:n]
	}
	s.spend(int64(len(list)) * (int64(len(m.text))*30 + packerCost))
	for _, o := range gzipOps(list, len(gzipSystems)) {
		if s.apply(m.text, m.chain, o, cheap) {
			return true
		}
	}
	return false
}

// compressions tries the first main texts by all compressors.
func (s *search) compressions(list []base) bool {
	for _, m := range list[:min(2, len(list))] {
		if s.compressed(m, 0) {
			return true
		}
	}
	return false
}
