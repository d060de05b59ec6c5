package bridge

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"
)

// wrap puts around a handler what all of them have: headers, a line in the log, and
// an end for panics.
func (s *Server) wrap(name string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.proxies.see(r)
		seen := &recorder{ResponseWriter: w}
		protect(seen.Header())
		defer func() {
			p := recover()
			half := seen.status != 0
			if p != nil {
				s.log.Error("a handler panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			}
			if p != nil && !half {
				Refuse(seen, http.StatusInternalServerError, "")
			}
			s.log.Debug("http", slog.String("route", name), slog.String("method", r.Method), slog.Int("status", seen.status),
				slog.Int64("bytes", seen.bytes), slog.Duration("took", time.Since(began)), slog.String("addr", r.RemoteAddr))
			if p != nil && half {
				// How net/http is told to end the connection: half an answer must not pass
				// for a whole one.
				panic(http.ErrAbortHandler)
			}
		}()
		h.ServeHTTP(seen, r)
	})
}

// protect sets headers with which a browser neither runs nor guesses at what it is
// given, nor tells others where it was. A handler that serves pages sets its own.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

// Refuse answers with a status and a line of text, by default that of the status.
func Refuse(w http.ResponseWriter, status int, text string) {
	if text == "" {
		text = http.StatusText(status)
	}
	text += "\n"
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // who has gone needs no answer
}

// A recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController find what is inside.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Hijack implements http.Hijacker. What is said on the connection from then on is not
// HTTP.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err == nil {
		r.status = http.StatusSwitchingProtocols
	}
	return nc, rw, err
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}
