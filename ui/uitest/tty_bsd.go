//go:build unix && !linux && !aix && !solaris

package uitest

import "golang.org/x/sys/unix"

const getTermios = unix.TIOCGETA
