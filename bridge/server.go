package bridge

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/mux"
)

// Limits of what clients can take up. The zero value of each means the default.
type Limits struct {
	Connections int // open at once; 10,000
	PerAddress  int // of them from one IP address, or one /64 of IPv6; this machine is excepted; 100
	HeaderBytes int // of one request; 16 KiB
}

// The times within which a client has to act.
const (
	headTime = 10 * time.Second // for the head of a request, and the TLS handshake
	idleTime = time.Minute      // between two requests on a connection
	paceTime = 30 * time.Second // for all else, unless Expect gives more
)

// maxStreams is how many requests of one HTTP/2 connection are answered at once.
const maxStreams = 50

// Config is what a Server is made of.
type Config struct {
	TLS     *tls.Config // of the listeners that have TLS; nil if none has
	Limits  Limits
	Proxies Proxies // that may tell for whom they speak
	Logger  *slog.Logger
}

// A Server answers HTTP/1.1, and HTTP/2 inside TLS, on any number of listeners. All
// calls of Handle come before the first Serve.
type Server struct {
	routes  *mux.Router
	http    *http.Server
	log     *slog.Logger
	limits  Limits
	count   *counter
	proxies Proxies
}

// New makes a server without routes.
func New(cfg Config) *Server {
	number := func(n *int, byDefault int) {
		if *n == 0 {
			*n = byDefault
		}
	}
	number(&cfg.Limits.Connections, 10_000)
	number(&cfg.Limits.PerAddress, 100)
	number(&cfg.Limits.HeaderBytes, 16<<10)
	if cfg.TLS != nil {
		// Named here, because net/http sets up HTTP/2 at the first Serve, and would not
		// if that has no TLS.
		cfg.TLS = cfg.TLS.Clone()
		cfg.TLS.NextProtos = []string{"h2", "http/1.1"}
	}
	s := &Server{
		routes:  mux.NewRouter().UseEncodedPath().SkipClean(true),
		log:     cfg.Logger,
		limits:  cfg.Limits,
		count:   newCounter(cfg.Limits, cfg.Proxies),
		proxies: cfg.Proxies,
	}
	s.routes.NotFoundHandler = s.wrap("none", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		Refuse(w, http.StatusNotFound, "there is nothing here")
	}))
	s.http = &http.Server{
		Handler:           s.routes,
		TLSConfig:         cfg.TLS,
		ReadHeaderTimeout: headTime,
		ReadTimeout:       paceTime,
		WriteTimeout:      paceTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    cfg.Limits.HeaderBytes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		// What it has to say is what clients do wrong on the way.
		ErrorLog: slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelDebug),
	}
	return s
}

// Handle has h answer all requests whose path begins with prefix. The name stands
// for them in the log.
func (s *Server) Handle(name, prefix string, h http.Handler) {
	s.routes.PathPrefix(prefix).Name(name).Handler(s.wrap(name, h))
}

// HandleExactly has h answer the requests for one path.
func (s *Server) HandleExactly(name, path string, h http.Handler) {
	s.routes.Path(path).Name(name).Handler(s.wrap(name, h))
}

// HandleAsked has h answer the requests for one path for which asked is true; the others
// go on to the routes behind it.
func (s *Server) HandleAsked(name, path string, asked func(*http.Request) bool, h http.Handler) {
	s.routes.Path(path).MatcherFunc(func(r *http.Request, _ *mux.RouteMatch) bool { return asked(r) }).Name(name).Handler(s.wrap(name, h))
}

// HandleWhere has h answer those requests that is says are for it, and that no route which
// was made before takes.
func (s *Server) HandleWhere(name string, is func(r *http.Request) bool, h http.Handler) {
	s.routes.MatcherFunc(func(r *http.Request, _ *mux.RouteMatch) bool { return is(r) }).Name(name).Handler(s.wrap(name, h))
}

// Serve answers on a listener, inside TLS if secure, until Shutdown. It closes ln.
func (s *Server) Serve(ln net.Listener, secure bool) error {
	ln = &limited{Listener: ln, count: s.count, log: s.log}
	var err error
	if secure {
		err = s.http.ServeTLS(ln, "", "")
	} else {
		err = s.http.Serve(ln)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown closes the listeners and waits until the requests that are under way have
// been answered; when ctx ends, it cuts them off and gives the error of ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	return err
}
