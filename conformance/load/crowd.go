package load

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// AtOnce bounds the logins under way, as the clients of a real server never all come
// in the same moment.
const AtOnce = 8

// Each calls do for 0 to n-1, at most atOnce at a time, and returns when all are
// done. After an error no more are begun.
func Each(n, atOnce int, do func(i int) error) error {
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
	for _, err := range errs {
		if err != nil {
			return err // the others failed because of it, or like it
		}
	}
	return nil
}

// A Crowd is clients who are logged in and available; client i is account first + i.
type Crowd []*Client

// Gather logs in n accounts from first on.
func (d *Door) Gather(ctx context.Context, first, n int) (Crowd, error) {
	people := make(Crowd, n)
	err := Each(n, AtOnce, func(i int) error {
		c, err := d.Login(ctx, first+i)
		if err != nil {
			return err
		}
		people[i] = c
		return errors.Join(c.Appear(), c.Settle())
	})
	if err != nil {
		people.Part()
		return nil, err
	}
	return people, nil
}

// Part closes all connections. The streams are not ended in form: what comes
// after a measurement does not matter.
func (people Crowd) Part() {
	for _, c := range people {
		if c != nil {
			_ = c.Conn.Close()
		}
	}
}
