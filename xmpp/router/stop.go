package router

import (
	"maps"

	"causeway/xmpp/stream"
)

// SetStopped stops a host, or starts it again. While it is stopped nobody gets a session
// there; those that are bound are ended by whoever stops it. Its accounts go on
// existing: what is sent to them is archived and waits.
func (r *Router) SetStopped(host string, stopped bool) {
	r.stopping.Lock()
	defer r.stopping.Unlock()
	now := make(map[string]bool)
	if old := r.stopped.Load(); old != nil {
		maps.Copy(now, *old)
	}
	delete(now, host)
	if stopped {
		now[host] = true
	}
	r.stopped.Store(&now)
}

// Stopped reports whether a host is stopped.
func (r *Router) Stopped(host string) bool {
	now := r.stopped.Load()
	return now != nil && (*now)[host]
}

// errStopped is what a client of a stopped host is told (RFC 6120 §4.9.3.20: "the server
// … is being shut down").
func errStopped() error { return stream.SystemShutdown.Err("the host is stopped") }
