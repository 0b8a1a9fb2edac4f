package config

import "io/fs"

// othersMayWrite is always false: Windows keeps rights in lists that the mode bits do not show.
func othersMayWrite(fs.FileInfo) bool { return false }
