package load

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// A Machine is what a run took place on.
type Machine struct {
	Processors int     `json:"processors"`
	Memory     float64 `json:"memory_gib"`
	System     string  `json:"system"`
	Go         string  `json:"go"`
}

// thisMachine looks.
func thisMachine() Machine {
	m := Machine{Processors: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		version, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-")
		m.System += " " + version
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "MemTotal:"); ok {
				kilobytes, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
				m.Memory = float64(int(kilobytes/(1<<20)*10)) / 10
			}
		}
	}
	return m
}
