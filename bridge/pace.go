package bridge

import (
	"io"
	"net/http"
	"time"
)

// leastPace is the slowest that a transfer may be on the whole, in bytes per second:
// slower than the old mobile networks.
const leastPace = 8 << 10

// Expect gives the client the time that so many bytes take at the slowest pace that
// is bearable, to send or to receive them. A handler that expects little need not
// call it.
func Expect(w http.ResponseWriter, bytes int64) {
	end := deadline(bytes)
	c := http.NewResponseController(w)
	// A writer without deadlines, as in tests, has nobody to wait for.
	_ = c.SetReadDeadline(end)
	_ = c.SetWriteDeadline(end.Add(paceTime)) // who was too slow can still be told
}

func deadline(bytes int64) time.Time {
	return time.Now().Add(paceTime + time.Duration(bytes/leastPace)*time.Second)
}

// Body is the body of a request of so many bytes, for which it calls Expect. A client
// that falls silent is not waited for until the end of that time.
func Body(w http.ResponseWriter, r *http.Request, bytes int64) *Upload {
	Expect(w, bytes)
	return &Upload{body: r.Body, control: http.NewResponseController(w), end: deadline(bytes)}
}

// An Upload is a body that is being read.
type Upload struct {
	body    io.Reader
	control *http.ResponseController
	end     time.Time
	err     error
}

// Read implements io.Reader.
func (u *Upload) Read(p []byte) (int, error) {
	next := time.Now().Add(paceTime)
	if next.After(u.end) {
		next = u.end
	}
	_ = u.control.SetReadDeadline(next) // see Expect
	n, err := u.body.Read(p)
	if err != nil && err != io.EOF {
		u.err = err
	}
	return n, err
}

// Err is why the body did not come whole, nil if it did as far as it was read.
func (u *Upload) Err() error { return u.err }
