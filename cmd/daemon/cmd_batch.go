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
		shown := []map[string]any{}
		for _, f := range c.addAll(ctx, a, list) {
			if f.err == nil {
				continue
			}
			if failed++; failed > maxShown {
				continue
			}
			shown = append(shown, map[string]any{"line": f.line, "error": f.err.Error()})
			if !c.json {
				_, _ = fmt.Fprintf(c.errs, "line %d: %v\n", f.line, f.err)
			}
		}
		if c.json {
			if err := c.printJSON(map[string]any{"added": len(list) - failed, "failed": failed, "failures": shown}); err != nil {
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

// parseBatch gives the accounts of a file, or an error that names all lines that
// are none.
func parseBatch(in io.Reader) ([]entry, error) {
	var list []entry
	var bad []error
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" || line[0] == '#' {
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			bad = append(bad, fmt.Errorf("batch: line %d: %w", n, err))
			continue
		}
		e.line = n
		list = append(list, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read batch: %w", err)
	}
	if len(bad) == 0 {
		return list, nil
	}
	last := len(bad)
	if last > maxShown {
		bad = append(bad[:maxShown], fmt.Errorf("batch: %d more lines are wrong", last-maxShown))
		last = len(bad)
	}
	bad[last-1] = hinted(bad[last-1], "nothing was added")
	return nil, errors.Join(bad...)
}

// parseEntry reads a line. What it says of a mistake contains no password.
func parseEntry(line string) (entry, error) {
	address, password, ok := strings.Cut(line, "\t")
	if !ok || password == "" {
		return entry{}, errors.New("not an address, a tab and a password")
	}
	j, err := jid.Parse(address)
	switch {
	case err != nil || j.Local() == "":
		return entry{}, fmt.Errorf("%q is not an address like romeo@montague.lit", address)
	case j.IsFull():
		return entry{}, fmt.Errorf("%q has a resource; the account is %s", address, j.Bare())
	}
	return entry{account: j, password: password}, nil
}

// An outcome is what became of one line.
type outcome struct {
	line int
	err  error
}

// addAll adds accounts, many at a time, and gives the outcomes in the order of the
// lines. On a terminal it tells how far it is. Once the server is gone nothing more is tried.
func (c *cli) addAll(ctx context.Context, a agent, list []entry) []outcome {
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
	watched := !c.json && isTerminal(c.errs)
	for i := range list {
		if next <- i; watched && i%100 == 0 {
			_, _ = fmt.Fprintf(c.errs, "\r%d of %d", i, len(list))
		}
	}
	if watched {
		_, _ = fmt.Fprint(c.errs, "\r\x1b[K")
	}
	close(next)
	workers.Wait()
	return outcomes
}
