package run

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"causeway/conformance/oracle"
)

// A Config is what a run needs.
type Config struct {
	Target   *Target
	Accounts Accounts
	Offers   *Capabilities
	Parallel int           // checks at once; 0 is 8
	Limit    time.Duration // of the whole run; 0 is ten minutes
	Progress func(Result)  // called for each result, by one goroutine at a time; may be nil
}

const (
	defaultParallel = 8
	defaultLimit    = 10 * time.Minute
	// lost is how many checks in a row that could not be carried out say that the
	// target is gone.
	lost = 24
	// waits is how many times the patience of a target one check may wait in all.
	waits = 12
	// grace is how long a check has to end when its time is up.
	grace = 5 * time.Second
)

// A runner is one run.
type runner struct {
	Config

	mu      sync.Mutex
	results []Result
	errored int // in a row
}

// Run runs the checks, each once, and gives the results in the same order. It ends by
// the limit of the run whatever the target does.
func Run(ctx context.Context, cfg Config, checks []Check) []Result {
	if cfg.Parallel == 0 {
		cfg.Parallel = defaultParallel
	}
	if cfg.Limit == 0 {
		cfg.Limit = defaultLimit
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Limit)
	defer cancel()
	r := &runner{Config: cfg, results: make([]Result, len(checks))}
	work := make(chan int)
	var workers sync.WaitGroup
	for range cfg.Parallel {
		// Ends when all work has been given out.
		workers.Go(func() {
			for i := range work {
				r.one(ctx, i, checks[i])
			}
		})
	}
	for i, c := range checks {
		if !c.Alone {
			work <- i
		}
	}
	close(work)
	workers.Wait()
	for i, c := range checks {
		if c.Alone {
			r.one(ctx, i, c)
		}
	}
	return r.results
}

// one runs one check and notes what became of it.
func (r *runner) one(ctx context.Context, i int, c Check) {
	res := r.judge(ctx, c)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results[i] = res
	switch res.Outcome {
	case Errored:
		r.errored++
	case Passed, Failed:
		r.errored = 0
	}
	if r.Progress != nil {
		r.Progress(res)
	}
}

func (r *runner) judge(ctx context.Context, c Check) Result {
	for _, need := range c.Needs {
		if !r.Offers.Offers(need) {
			return Result{Check: c, Outcome: NotOffered, Reason: need}
		}
	}
	r.mu.Lock()
	gone := r.errored >= lost
	r.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return Result{Check: c, Outcome: NotRun, Reason: "the time of the run was over"}
	case gone:
		return Result{Check: c, Outcome: NotRun, Reason: "the target no longer answers"}
	}
	return r.carryOut(ctx, c)
}

// carryOut runs the steps of a check in a goroutine of their own, as testing does:
// the first thing that is not as it must be ends it.
func (r *runner) carryOut(ctx context.Context, c Check) Result {
	begin := time.Now()
	limit := c.Limit
	if limit == 0 {
		limit = waits * r.Target.patience()
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	t := &T{
		Target: r.Target, Offers: r.Offers, Context: ctx, Patience: r.Target.patience(),
		accounts: r.Accounts, log: &oracle.Log{}, people: make(map[string]Account),
	}
	done := make(chan struct{})
	// Ends with the steps: they fail once their streams are closed below.
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				t.end(Errored, fmt.Sprintf("the check is wrong: %v\n%s", p, debug.Stack()))
			}
		}()
		c.Run(t)
		if ctx.Err() == nil {
			t.end(Passed, "")
		}
	}()
	select {
	case <-done:
	case <-ctx.Done():
		t.end(Failed, fmt.Sprintf("not at an end after %v", limit))
		t.close()
		select {
		case <-done:
		case <-time.After(grace):
		}
	}
	t.end(Failed, fmt.Sprintf("not at an end after %v", limit)) // if it has not ended otherwise
	t.close()
	t.giveBack()
	res := Result{Check: c, Took: time.Since(begin)}
	res.Outcome, res.Reason = t.ended()
	if res.Outcome != Passed {
		res.Exchange = t.log.Lines()
	}
	return res
}
