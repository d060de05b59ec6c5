//go:build bench

package bench

import (
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// TestWebFigures measures what clients cost that come by HTTP and say nothing, without
// TLS: as behind a proxy.
func TestWebFigures(t *testing.T) {
	r := &run{size: fullSize(), passwords: load.NewPasswords()}
	sockets, polls := 5_000, 10_000
	if os.Getenv("BENCH_QUICK") != "" {
		r.size = quickSize()
		sockets, polls = 1_000, 1_000
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	s := newServerWith(t, max(sockets, polls), unarchived, fmt.Sprintf("http.listen_plain = [%q]", addr), `bosh.wait = "10m"`)
	t.Run("websocket", func(t *testing.T) {
		r.silent(t, s, "idle WebSocket", sockets, 12, func(i int) (io.Closer, error) { return r.door(s, false).OpenSocket(t.Context(), "ws://"+addr+"/ws", i) })
	})
	t.Run("bosh", func(t *testing.T) {
		r.silent(t, s, "parked BOSH request", polls, 24, func(i int) (io.Closer, error) {
			return r.door(s, false).OpenPoll(t.Context(), "http://"+addr+"/bosh", i)
		})
	})
	if err := printTable(t.Output(), r.figures); err != nil {
		t.Error(err)
	}
}

// silent measures the memory for each client that open makes.
func (r *run) silent(t *testing.T, s *process.Server, name string, n int, target float64, open func(i int) (io.Closer, error)) {
	start(t, s)
	defer s.Stop(t)
	before := memoryNow(t, s.Pid())
	clients := make([]io.Closer, n)
	err := load.Each(n, load.AtOnce, func(i int) (err error) {
		clients[i], err = open(i)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(r.size.quiet)
	after := memoryNow(t, s.Pid())
	share := func(bytes float64) float64 { return bytes / 1024 / float64(n) }
	r.report(t, figure{
		name: fmt.Sprintf("%s of %d, plain", name, n), unit: "KB RSS",
		value: share(after.Resident - before.Resident), target: target,
		beside: number(share(after.Anonymous-before.Anonymous)) + " of it anonymous",
	})
	for _, c := range clients {
		_ = c.Close()
	}
}
