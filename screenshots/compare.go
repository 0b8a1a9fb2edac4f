package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// compare holds fresh pictures against those in dir. Text and SVG must be the same byte for byte;
// PNG and GIF must be there, but their bytes depend on the version of Go that packed them.
func compare(dir string, fresh []file) error {
	for _, f := range fresh {
		path := filepath.Join(dir, f.name)
		kept, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("the picture is not kept: %w", err)
		}
		if ext := filepath.Ext(f.name); ext != ".txt" && ext != ".svg" || bytes.Equal(kept, f.data) {
			continue
		}
		was, is := bytes.Split(kept, []byte("\n")), bytes.Split(f.data, []byte("\n"))
		for i := range max(len(was), len(is)) {
			if a, b := lineOf(was, i), lineOf(is, i); a != b {
				return fmt.Errorf("%s is not what the program draws now, line %d:\n  kept:  %.200s\n  drawn: %.200s", path, i+1, a, b)
			}
		}
	}
	return nil
}

func lineOf(lines [][]byte, i int) string {
	if i >= len(lines) {
		return "(none)"
	}
	return string(lines[i])
}
