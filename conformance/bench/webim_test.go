//go:build bench

package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
)

// A webPage is somebody who is online by webim: two connections, as a browser has, one
// for polls and one for the rest.
type webPage struct {
	addr   string
	name   string
	ticket string
	polls  *webConn
	calls  *webConn
}

// A webConn is a connection that is kept alive.
type webConn struct {
	net.Conn
	in *bufio.Reader
}

func dialWeb(addr string) (*webConn, error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	return &webConn{c, bufio.NewReaderSize(c, 1024)}, nil
}

// patience is how long an answer may take.
const patience = time.Minute

// send writes a request; a form is posted.
func (c *webConn) send(path, form string) error {
	head := "GET " + path + " HTTP/1.1\r\nHost: " + domain + "\r\n\r\n"
	if form != "" {
		head = "POST " + path + " HTTP/1.1\r\nHost: " + domain + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
			strconv.Itoa(len(form)) + "\r\n\r\n" + form
	}
	_, err := io.WriteString(c, head)
	return err
}

// answer reads a response.
func (c *webConn) answer() ([]byte, error) {
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, body)
	}
	return body, errors.Join(err, r.Body.Close())
}

func (c *webConn) ask(path, form string) ([]byte, error) {
	if err := c.send(path, form); err != nil {
		return nil, err
	}
	return c.answer()
}

// goOnline logs somebody in.
func goOnline(addr, name string) (p *webPage, err error) {
	p = &webPage{addr: addr, name: name}
	if p.calls, err = dialWeb(addr); err != nil {
		return nil, err
	}
	form := url.Values{"username": {name}, "password": {process.Password}, "show": {"available"}}
	body, err := p.calls.ask("/webim/online", form.Encode())
	if err != nil {
		return nil, err
	}
	var reply struct {
		Success    bool `json:"success"`
		Connection struct {
			Ticket string `json:"ticket"`
		} `json:"connection"`
	}
	if err := json.Unmarshal(body, &reply); err != nil || !reply.Success {
		return nil, fmt.Errorf("%s is not online: %s %w", name, body, err)
	}
	p.ticket = reply.Connection.Ticket
	p.polls, err = dialWeb(addr)
	return p, err
}

func (p *webPage) pollPath() string {
	return "/packets?ticket=" + url.QueryEscape(p.ticket) + "&domain=" + domain
}

func (p *webPage) close() {
	_ = p.calls.Close()
	if p.polls != nil {
		_ = p.polls.Close()
	}
}

// webAddr picks a loopback port for HTTP without TLS.
func webAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// webim takes the figures of pages.
func (r *run) webim(t *testing.T) {
	t.Run("parked", r.parkedPolls)
	t.Run("talk", r.webTalk)
}

// parkedPolls measures what the server holds for each page that waits: an account that is
// online, its line, its tab, and the poll.
func (r *run) parkedPolls(t *testing.T) {
	addr := webAddr(t)
	s := newServerWith(t, r.size.idle, unarchived, fmt.Sprintf("http.listen_plain = [%q]", addr), `webim.poll = "4m"`)
	start(t, s)
	defer s.Stop(t)
	before := memoryNow(t, s.Pid())
	pages := make([]*webPage, r.size.idle)
	defer func() {
		for _, p := range pages {
			if p != nil {
				p.close()
			}
		}
	}()
	err := each(len(pages), loginsAtOnce, func(i int) (err error) {
		if pages[i], err = goOnline(addr, userName(i)); err != nil {
			return err
		}
		// What is measured is the poll; a browser closes the other connection when it has
		// been idle.
		_ = pages[i].calls.Close()
		return pages[i].polls.send(pages[i].pollPath(), "")
	})
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(r.size.quiet)
	after := memoryNow(t, s.Pid())
	share := func(bytes float64) float64 { return bytes / 1024 / float64(len(pages)) }
	r.report(t, figure{
		name: fmt.Sprintf("parked poll of %d", len(pages)), unit: "KB RSS", value: share(after.resident - before.resident), target: 24,
		beside: number(share(after.anonymous-before.anonymous)) + " of it anonymous; with the account that is online, its line and its tab",
	})
}

// webWarm is how many messages of each are said before the others are timed.
const webWarm = 2

// webTalk has pages write to each other, one message a second each.
func (r *run) webTalk(t *testing.T) {
	addr := webAddr(t)
	s := newServerWith(t, r.size.webTalkers, archived, fmt.Sprintf("http.listen_plain = [%q]", addr))
	start(t, s)
	defer s.Stop(t)
	pages := make([]*webPage, r.size.webTalkers)
	err := each(len(pages), loginsAtOnce, func(i int) (err error) {
		pages[i], err = goOnline(addr, userName(i))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var (
		readers, writers sync.WaitGroup
		mu               sync.Mutex
		delays           []time.Duration
		faults           []error
	)
	total := r.size.webSeconds + webWarm
	for i, p := range pages {
		readers.Go(func() { // ends when all has come, or the connection is closed
			d, err := p.listen(ctx, total)
			mu.Lock()
			defer mu.Unlock()
			delays = append(delays, d...)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", p.name, err))
			}
		})
		writers.Go(func() { // ends when all is said
			if err := p.talk(userName(i^1), total, time.Duration(i)*time.Second/time.Duration(len(pages))); err != nil {
				mu.Lock()
				defer mu.Unlock()
				faults = append(faults, fmt.Errorf("%s: %w", p.name, err))
			}
		})
	}
	used, err := cpuTime(s.Pid())
	if err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	readers.Wait()
	now, err := cpuTime(s.Pid())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		p.close()
	}
	if len(faults) > 0 {
		t.Fatalf("%d faults, such as %v", len(faults), faults[0])
	}
	n := len(pages) * (total - webWarm)
	if len(delays) != n {
		t.Fatalf("%d of %d messages came", len(delays), n)
	}
	slices.Sort(delays)
	at := func(share float64) float64 { return float64(delays[int(share*float64(n-1))].Microseconds()) / 1000 }
	r.report(t, figure{
		name: fmt.Sprintf("webim: %d people, a message a second each, p99", len(pages)), unit: "ms", value: at(0.99), target: 50,
		beside: fmt.Sprintf("p50 %s, p999 %s; %d messages, none lost, none twice, all in order; after %d of each, for which accounts are read from the store", number(at(0.5)), number(at(0.999)), n, webWarm),
	})
	cpu := float64((now - used).Microseconds()) / float64(len(pages)*total)
	r.report(t, figure{
		name: "webim: CPU of a message", unit: "µs", value: cpu,
		beside: "a POST, a poll and both archives; see chat and archive for what XMPP clients cost",
	})
}

// talk says so many things, one a second, and waits for each answer.
func (p *webPage) talk(to string, total int, after time.Duration) error {
	next := time.Now().Add(after)
	for i := range total {
		<-time.After(time.Until(next))
		next = next.Add(time.Second)
		form := url.Values{"type": {"chat"}, "to": {to}, "body": {fmt.Sprintf("%d %d %s", i, time.Now().UnixNano(), strings.Repeat("x", 60))}, "ticket": {p.ticket}}
		body, err := p.calls.ask("/webim/message", form.Encode())
		if err != nil {
			return err
		}
		if !bytes.Equal(body, []byte(`"ok"`)) {
			return fmt.Errorf("message %d: %s", i, body)
		}
	}
	return nil
}

// listen polls until so many messages have come, which have to come once and in order,
// and gives how long each took.
func (p *webPage) listen(ctx context.Context, total int) (delays []time.Duration, err error) {
	for n := 0; n < total && ctx.Err() == nil; {
		body, err := p.polls.ask(p.pollPath(), "")
		if err != nil {
			return delays, err
		}
		now := time.Now().UnixNano()
		var reply struct {
			Messages []struct {
				Body string `json:"body"`
			} `json:"messages"`
		}
		if err := json.Unmarshal(body, &reply); err != nil {
			return delays, err
		}
		for _, m := range reply.Messages {
			var number, sent int64
			if _, err := fmt.Sscan(m.Body, &number, &sent); err != nil {
				return delays, err
			}
			if number != int64(n) {
				return delays, fmt.Errorf("message %d comes instead of %d", number, n)
			}
			if n++; n > webWarm {
				delays = append(delays, time.Duration(now-sent))
			}
		}
	}
	return delays, nil
}
