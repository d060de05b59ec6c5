package daemon

import (
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	// leastProcessors is among how many processors, at least, the runtime shares goroutines
	// out while some of them compute.
	leastProcessors = 4
	// spreadFor is how long that goes on behind the last who computed: changing it stops
	// everybody for a moment.
	spreadFor = time.Second
)

// A spread has the runtime think of more processors than a small machine has while keys are
// derived. A goroutine that waits for the disk keeps one until the runtime takes it away, up to
// 10 ms later; where there are two, and somebody computes on the other, nobody would look at
// the network meanwhile. The threads share what there is. At other times it would only cost: each
// message wakes more threads up. What an operator has set with GOMAXPROCS stays.
type spread struct {
	mu      sync.Mutex
	least   int // 0: nothing is changed
	usual   int // processors at other times, while there are more
	compute int // how many do so now
	back    *time.Timer
}

// newSpread looks at the machine.
func newSpread() *spread {
	if runtime.GOMAXPROCS(0) >= leastProcessors || os.Getenv("GOMAXPROCS") != "" {
		return &spread{}
	}
	return &spread{least: leastProcessors}
}

// begin tells of somebody who computes, until done is called.
func (s *spread) begin() (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.least == 0 {
		return func() {}
	}
	s.compute++
	if s.usual == 0 {
		s.usual = runtime.GOMAXPROCS(s.least)
	}
	return s.end
}

func (s *spread) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compute--; s.compute > 0 {
		return
	}
	if s.back != nil {
		s.back.Stop()
	}
	s.back = time.AfterFunc(spreadFor, s.gather) // ends by itself
}

// gather goes back to what is usual, unless somebody computes again.
func (s *spread) gather() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compute == 0 && s.usual > 0 {
		runtime.GOMAXPROCS(s.usual)
		s.usual = 0
	}
}
