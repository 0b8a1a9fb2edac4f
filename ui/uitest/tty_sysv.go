//go:build aix || solaris

package uitest

import "golang.org/x/sys/unix"

const getTermios = unix.TCGETS
