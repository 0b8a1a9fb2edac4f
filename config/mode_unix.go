//go:build !windows

package config

import "io/fs"

// othersMayWrite says whether group or others have the right to write.
func othersMayWrite(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }
