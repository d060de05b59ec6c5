//go:build !unix

package daemon

import "io/fs"

// onDisk is the length of a file, in bytes.
func onDisk(info fs.FileInfo) int64 { return info.Size() }
