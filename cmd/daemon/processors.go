package daemon

import (
	"os"
	"runtime"
)

// leastProcessors is among how many processors, at least, the runtime shares goroutines out.
const leastProcessors = 4

// spread has the runtime think of more processors than a small machine has. A goroutine that
// waits for the disk keeps one until the runtime takes it away, up to 10 ms later; where there
// are two, and keys are derived on the other, nobody would look at the network meanwhile. The
// threads share what there is. What an operator has set with GOMAXPROCS stays.
func spread() {
	if runtime.GOMAXPROCS(0) < leastProcessors && os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(leastProcessors)
	}
}
