package load

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

// CPUTime returns the CPU time that a process has used, in user and kernel mode,
// to 10 ms.
func CPUTime(pid int) (time.Duration, error) {
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

// Memory is what a process holds in RAM, in bytes.
type Memory struct {
	Resident  float64 // all of it, files mapped into it too
	Anonymous float64 // heap and stacks
}

// MemoryOf reads smaps_rollup, which is exact; the counters in status lag behind.
func MemoryOf(pid int) (Memory, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return Memory{}, err
	}
	defer func() { _ = file.Close() }()
	var m Memory
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kilobytes, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "Rss":
			m.Resident = kilobytes * 1024
		case "Anonymous":
			m.Anonymous = kilobytes * 1024
		}
	}
	if m.Resident == 0 {
		return Memory{}, fmt.Errorf("/proc/%d/smaps_rollup: no memory found", pid)
	}
	return m, lines.Err()
}

// CPUDuring runs do and returns the CPU time that the process used meanwhile.
func CPUDuring(pid int, do func() error) (time.Duration, error) {
	before, err := CPUTime(pid)
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := CPUTime(pid)
	return after - before, err
}

// A Usage is what a process has used so far, and holds now.
type Usage struct {
	CPU    time.Duration
	Memory Memory
	Files  int   // open
	Calls  int64 // reads and writes, to sockets too, as /proc/PID/io counts them; 0 where it may not be read
}

// UsageOf reads all that a report has of a process.
func UsageOf(pid int) (u Usage, err error) {
	if u.CPU, err = CPUTime(pid); err != nil {
		return u, err
	}
	if u.Memory, err = MemoryOf(pid); err != nil {
		// smaps_rollup of a process of somebody else may not be read.
		u.Memory = statusMemory(pid)
	}
	if files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); err == nil {
		u.Files = len(files)
	}
	u.Calls, _ = CallsOf(pid)
	return u, nil
}

// statusMemory is MemoryOf by the counters that everybody may read.
func statusMemory(pid int) (m Memory) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "VmRSS":
			m.Resident = kilobytes * 1024
		case "RssAnon":
			m.Anonymous = kilobytes * 1024
		}
	}
	return m
}

// CallsOf gives how many calls of the families of read and write a process has made. Waits
// (epoll, futex) are not among them.
func CallsOf(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, err
	}
	var sum int64
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if name == "syscr" || name == "syscw" {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			if err != nil {
				return 0, err
			}
			sum += n
		}
	}
	return sum, nil
}
