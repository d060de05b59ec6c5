package websdk

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// An Adapter translates the streams of SDKs. It may be used from many goroutines.
type Adapter struct {
	cfg Config
	ids clock
}

// New makes an Adapter.
func New(cfg Config) *Adapter { return &Adapter{cfg: cfg} }

// openingLimit is how long the opening tag of a stream is waited for; whoever serves
// streams has limits for all that follows.
const openingLimit = 15 * time.Second

// loginLimits bound what is read before whoever serves the stream says what it allows.
var loginLimits = stanza.Limits{Bytes: 10_000, Depth: 16}

// Serve gives serve the stream in c: as it is, or translated if it is, or may be, that of
// an SDK.
func (a *Adapter) Serve(c Carrier, serve func(Carrier)) {
	to := peek(c)
	switch {
	case !slices.Contains(a.cfg.Domains, to):
		serve(c)
	case slices.Contains(a.cfg.Hosts, to):
		serve(newStream(a, c, to, to))
	default:
		serve(newStream(a, c, to, ""))
	}
}

// peek reads up to the opening tag of a stream, gives it back, and tells whom it is to, in
// lower case; "" if there is none that can be read.
func peek(c Carrier) (to string) {
	c.Allow(loginLimits)
	_ = c.SetReadDeadline(time.Now().Add(openingLimit))
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	f := stream.NewFramer(loginLimits)
	defer f.Reset(loginLimits)
	var all []byte
	defer func() { c.Unread(all) }()
	buf := make([]byte, 1<<10)
	for {
		n, err := c.Read(buf)
		all = append(all, buf[:n]...)
		f.Feed(buf[:n])
		ev, broken := f.Next()
		switch {
		case broken == nil && ev.Kind == stream.Opening:
			return strings.ToLower(ev.Header.To)
		case err != nil, broken != nil, ev.Kind != stream.NeedMore:
			return ""
		}
	}
}

// hostOf gives the host that an appkey stands for, "" if it is none of those that have
// asked for the SDK.
func (a *Adapter) hostOf(ctx context.Context, key string) string {
	app, ok, err := a.cfg.Keys.AppOfKey(ctx, strings.ToLower(key))
	switch {
	case err != nil:
		a.cfg.Logger.Error("an app could not be looked up", slog.Any("err", err))
	case ok && app.Kind == bridge.REST && !app.Disabled && slices.Contains(a.cfg.Hosts, app.Host.Domain()):
		return app.Host.Domain()
	}
	return ""
}
