//go:build unix

package daemon

import (
	"io/fs"
	"syscall"
)

// onDisk is what a file takes on the disk, in bytes: the store makes its files larger
// than what is in them.
func onDisk(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * 512 // POSIX leaves the unit open; all systems have this one
	}
	return info.Size()
}
