package daemon

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"causeway/xmpp/jid"
)

// batchWorkers is how many accounts are on their way at once: enough to keep all
// cores deriving keys, and to let one write to the disk serve many.
const batchWorkers = 64

// maxShown is how many failures are printed.
const maxShown = 20

// An entry is one line of a batch.
type entry struct {
	line     int
	account  jid.JID
	password string
}

// addBatch adds the accounts of a file. A line that fails does not hold up the
// others; it is reported, and the command then fails.
func (c *cli) addBatch(ctx context.Context, file string) error {
	list, err := c.readBatch(file)
	if err != nil {
		return err
	}
	accounts := make([]jid.JID, len(list))
	for i := range list {
		accounts[i] = list[i].account
	}
	return c.with(ctx, accounts, true, func(a agent) error {
		failed := 0
		for _, f := range addAll(ctx, a, list) {
			if f.err == nil {
				continue
			}
			if failed++; failed <= maxShown {
				_, _ = fmt.Fprintf(c.errs, "line %d: %v\n", f.line, f.err)
			}
		}
		if c.json {
			if err := c.printJSON(map[string]int{"added": len(list) - failed, "failed": failed}); err != nil {
				return err
			}
		} else if _, err := fmt.Fprintf(c.out, "%d accounts added\n", len(list)-failed); err != nil {
			return err
		}
		if failed > 0 {
			return fmt.Errorf("%d of %d accounts not added", failed, len(list))
		}
		return nil
	})
}

// readBatch reads the whole file first: a mistake in it should show before
// anything is done.
func (c *cli) readBatch(file string) ([]entry, error) {
	in := c.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read batch: %w", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	return parseBatch(in)
}

func parseBatch(in io.Reader) ([]entry, error) {
	var list []entry
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" {
			continue
		}
		address, password, ok := strings.Cut(line, "\t")
		j, err := jid.Parse(address)
		if !ok || err != nil || j.Local() == "" || password == "" {
			return nil, hinted(fmt.Errorf("batch: line %d is not an address, a tab and a password", n), "nothing was added")
		}
		list = append(list, entry{n, j, password})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read batch: %w", err)
	}
	return list, nil
}

// An outcome is what became of one line.
type outcome struct {
	line int
	err  error
}

// addAll adds accounts, many at a time, and gives the outcomes in the order of the
// lines. Once the server is gone nothing more is tried.
func addAll(ctx context.Context, a agent, list []entry) []outcome {
	outcomes := make([]outcome, len(list))
	next := make(chan int)
	var gone atomic.Bool
	var workers sync.WaitGroup
	for range min(batchWorkers, len(list)) {
		workers.Go(func() { // ends when next is closed
			for i := range next {
				err := errHungUp
				if !gone.Load() {
					err = addAccount(ctx, a, list[i].account, list[i].password)
				}
				if errors.Is(err, errHungUp) {
					gone.Store(true)
				}
				outcomes[i] = outcome{list[i].line, err}
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	workers.Wait()
	return outcomes
}
