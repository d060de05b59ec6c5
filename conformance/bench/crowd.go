//go:build bench

package bench

import (
	"errors"
	"sync"
	"sync/atomic"
)

// loginsAtOnce bounds the logins under way, as the clients of a real server never
// all come in the same moment.
const loginsAtOnce = 8

// each calls do for 0 to n-1, at most atOnce at a time, and returns when all are
// done. After an error no more are begun.
func each(n, atOnce int, do func(i int) error) error {
	var (
		workers sync.WaitGroup
		next    atomic.Int64
		failed  atomic.Bool
		errs    = make([]error, min(n, atOnce))
	)
	for w := range errs {
		// Ends when the numbers are used up, or at an error.
		workers.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if errs[w] = do(i); errs[w] != nil {
					failed.Store(true)
				}
			}
		})
	}
	workers.Wait()
	return errors.Join(errs...)
}

// A crowd is clients who are logged in and available; client i is account
// first + i.
type crowd []*client

// gather logs in n accounts from first on.
func (d *door) gather(first, n int) (crowd, error) {
	people := make(crowd, n)
	err := each(n, loginsAtOnce, func(i int) error {
		c, err := d.login(userName(first+i), i)
		if err != nil {
			return err
		}
		people[i] = c
		return c.appear()
	})
	if err != nil {
		people.part()
		return nil, err
	}
	return people, nil
}

// part closes all connections. The streams are not ended in form: what comes
// after a measurement does not matter.
func (people crowd) part() {
	for _, c := range people {
		if c != nil {
			_ = c.conn.Close()
		}
	}
}
