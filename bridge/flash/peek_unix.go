//go:build unix

package flash

import (
	"errors"
	"io"
	"syscall"
)

// arrived reads what has arrived already, without waiting; 0 if that is nothing.
func arrived(in io.Reader, p []byte) int {
	socket, ok := in.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	err = raw.Read(func(fd uintptr) bool {
		for {
			n, err = syscall.Read(int(fd), p)
			if !errors.Is(err, syscall.EINTR) {
				return true // whatever came of it
			}
		}
	})
	if err != nil {
		return 0
	}
	return max(n, 0)
}
