//go:build bench

package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU time in /proc: Linux shows all architectures that Go
// runs on a USER_HZ of 100.
const tick = 10 * time.Millisecond

// cpuTime returns the CPU time that a process has used, in user and kernel mode,
// to 10 ms.
func cpuTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field, the name, may hold anything, but ends at the last
	// parenthesis. utime and stime are fields 14 and 15.
	_, after, found := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	fields := strings.Fields(string(after))
	if !found || len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: %q", pid, stat)
	}
	utime, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	stime, err := strconv.ParseInt(fields[12], 10, 64)
	if err != nil {
		return 0, err
	}
	return time.Duration(utime+stime) * tick, nil
}

// memory is what a process holds in RAM, in bytes.
type memory struct {
	resident  float64 // all of it, files mapped into it too
	anonymous float64 // heap and stacks
}

// memoryOf reads smaps_rollup, which is exact; the counters in status lag behind.
func memoryOf(pid int) (memory, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return memory{}, err
	}
	defer func() { _ = file.Close() }()
	var m memory
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kilobytes, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "Rss":
			m.resident = kilobytes * 1024
		case "Anonymous":
			m.anonymous = kilobytes * 1024
		}
	}
	if m.resident == 0 {
		return memory{}, fmt.Errorf("/proc/%d/smaps_rollup: no memory found", pid)
	}
	return m, lines.Err()
}

// cpuDuring runs do and returns the CPU time that the process used meanwhile.
func cpuDuring(pid int, do func() error) (time.Duration, error) {
	before, err := cpuTime(pid)
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := cpuTime(pid)
	return after - before, err
}
