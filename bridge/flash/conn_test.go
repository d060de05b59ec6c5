package flash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// One group, whose password is "right".
type oneGroup struct{ bridge.Apps }

func (oneGroup) Verify(_ context.Context, k bridge.Kind, id, secret string) (bridge.App, bool, error) {
	host := jid.MustParse("capulet.lit")
	return bridge.App{Kind: k, ID: id, Host: host}, k == kind && id == "default" && secret == "right", nil
}

type calmHost struct{ Hosts }

func (calmHost) Stopped(string) bool { return false }

// A wire is one side of a connection in memory that can say FIN, from any address.
type wire struct {
	net.Conn
	from net.Addr
	once sync.Once
	fin  chan struct{} // closed when this side has said FIN
	peer *wire
}

func (w *wire) RemoteAddr() net.Addr { return w.from }
func (w *wire) LocalAddr() net.Addr  { return &net.TCPAddr{Port: 51127} }

// CloseWrite says FIN; what the other side has to say can still be read.
func (w *wire) CloseWrite() error {
	w.once.Do(func() { close(w.fin) })
	return nil
}

func (w *wire) Close() error {
	_ = w.CloseWrite()
	return w.Conn.Close()
}

// An ear gives connections of memory to a server.
type ear struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (e *ear) Accept() (net.Conn, error) {
	select {
	case c := <-e.conns:
		return c, nil
	case <-e.done:
		return nil, net.ErrClosed
	}
}
func (e *ear) Addr() net.Addr { return &net.TCPAddr{Port: 51127} }
func (e *ear) Close() error {
	e.once.Do(func() { close(e.done) })
	return nil
}

// A door is a server in a bubble of synctest, with one command that notes what it does.
type door struct {
	t      *testing.T
	server *Server
	ear    *ear
	logged *bytes.Buffer
	mu     sync.Mutex
	ran    []string // what commands said, in order
}

func open(t *testing.T, change ...func(*Config)) *door {
	d := &door{t: t, ear: &ear{conns: make(chan net.Conn), done: make(chan struct{})}, logged: new(bytes.Buffer)}
	cfg := Config{Apps: oneGroup{}, Hosts: calmHost{}, Logger: slog.New(slog.NewTextHandler(d.logged, nil))}
	for _, f := range change {
		f(&cfg)
	}
	d.server = New(cfg)
	d.server.commands["note"] = command{run: func(_ context.Context, c *call) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ran = append(d.ran, c.attrs["msg"])
		return nil
	}}
	ln := d.ear
	go func() { _ = d.server.Serve(ln) }() // ends with Shutdown
	return d
}

func (d *door) shut() {
	if err := d.server.Shutdown(d.t.Context()); err != nil {
		d.t.Errorf("shutdown: %v", err)
	}
}

// dial gives a connection from an address.
func (d *door) dial(from string) *wire {
	ours, theirs := net.Pipe()
	a := &net.TCPAddr{IP: net.ParseIP(from), Port: 1}
	client, served := &wire{Conn: ours, from: a, fin: make(chan struct{})}, &wire{Conn: theirs, from: a, fin: make(chan struct{})}
	client.peer = served
	d.ear.conns <- served
	return client
}

// hear reads until FIN or the end, and tells when that was.
func (w *wire) hear() (text string, after time.Duration) {
	began := time.Now()
	parts := make(chan string)
	go func() { // ends with the connection
		defer close(parts)
		buf := make([]byte, 4096)
		for {
			n, err := w.Read(buf)
			if n > 0 {
				parts <- string(buf[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		select {
		case p, ok := <-parts:
			if !ok {
				return text, time.Since(began)
			}
			text += p
		case <-w.peer.fin:
			after = time.Since(began)
			_ = w.Close()
			for p := range parts {
				text += p
			}
			return text, after
		}
	}
}

// ask sends bytes as one tool does, and reads to the end.
func (d *door) ask(from, text string) (string, time.Duration) {
	w := d.dial(from)
	go func() { _, _ = io.WriteString(w, text) }() // ends with the connection
	return w.hear()
}

func note(msg string, more ...string) string {
	return `<Command api_pwd="right" type="note" msg="` + msg + `" ` + strings.Join(more, " ") + "/>\x00"
}

const (
	here  = "127.0.0.1"
	good  = `<?xml version="1.0" encoding="UTF-8"?><Command type="note" result="0" code="0" msg="ok" />` + "\x00"
	wrong = `<?xml version="1.0" encoding="UTF-8"?><Command result="-2" code="2" msg="not authorised" />` + "\x00"
	broke = `<?xml version="1.0" encoding="UTF-8"?><Command result="-1" code="1" msg="not a command" />` + "\x00"
	large = `<?xml version="1.0" encoding="UTF-8"?><Command result="-9" code="9" msg="too large" />` + "\x00"
	often = `<?xml version="1.0" encoding="UTF-8"?><Command result="-10" code="10" msg="too many requests" />` + "\x00"
)

// Wire §1.10, and checks 19, 21 to 23, 25, 29, 30 and 35 of §8: what comes, what is said, what
// is done, and that FIN comes from our side at once.
func TestConversations(t *testing.T) {
	withPolicy := func(c *Config) { c.Policy = []string{"capulet.lit"} }
	for _, c := range []struct {
		name, in, want, ran string
		change              func(*Config)
	}{
		{name: "one", in: note("a"), want: good, ran: "a"},
		{name: "three in one write", in: note("a") + note("b") + "\x00\n\x00" + note("c"), want: good + good + good, ran: "abc"},
		{name: "a probe", in: "<Init/>\x00", want: broke},
		{name: "a probe with a declaration", in: `<?xml version="1.0"?><Init/>` + "\x00", want: broke},
		{name: "policy", in: policyRequest + "\x00", change: withPolicy, want: string(policy([]string{"capulet.lit"}, 51127))},
		{name: "no policy", in: policyRequest + "\x00", want: ""},
		{name: "policy and no command", in: policyRequest + "\x00" + note("a"), change: withPolicy, want: string(policy([]string{"capulet.lit"}, 51127))},
		{name: "a browser", in: "GET / HTTP/1.1\r\nHost: localhost:51127\r\n\r\n", want: ""},
		{name: "a form of a browser", in: "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n" + note("a"), want: ""},
		{name: "TLS", in: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", want: ""},
		{name: "the password twice", in: `<Command api_pwd="right" api_pwd="wrong" type="note"/>` + "\x00", want: broke},
		{name: "the password twice, the other way", in: `<Command api_pwd="wrong" api_pwd="right" type="note"/>` + "\x00", want: broke},
		{name: "nothing behind what is broken", in: "<x\x00" + note("a"), want: broke},
		{name: "nothing behind a wrong password", in: `<Command api_pwd="x" type="note"/>` + "\x00" + note("a"), want: wrong},
		{name: "a megabyte", in: "<Command a='" + strings.Repeat("x", 1<<20), want: large},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := open(t)
				if c.change != nil {
					c.change(&d.server.cfg)
				}
				got, after := d.ask(here, c.in)
				if got != c.want || strings.Join(d.ran, "") != c.ran || after != 0 {
					t.Errorf("after %v: %q and %q; want %q and %q", after, got, d.ran, c.want, c.ran)
				}
				d.shut()
			})
		})
	}
}

// Check 20 of wire §8, and check 22: it does not matter how the bytes come.
func TestConversationsSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, func(c *Config) { c.Policy = []string{"capulet.lit"} })
		for _, in := range []string{note("Ê♥"), policyRequest + "\x00", note("a") + note("b")} {
			whole, _ := d.ask(here, in)
			d.ran = nil
			w := d.dial(here)
			go func() { // ends with the connection
				for i := range len(in) {
					_, _ = io.WriteString(w, in[i:i+1])
				}
			}()
			if got, _ := w.hear(); len(whole) == 0 || !strings.HasPrefix(whole, got) || len(got) == 0 {
				t.Errorf("%q: byte by byte %q, whole %q", in, got, whole)
			}
		}
		if strings.Join(d.ran, "") != "a" { // the end came before b was there, as it has to
			t.Errorf("ran %q", d.ran)
		}
		d.shut()
	})
}

// Check 19 of wire §8: a connection that is to stay does so, for half a minute between
// two documents, and for a hundred of them.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		w := d.dial(here)
		for range 3 {
			time.Sleep(20 * time.Second)
			if w == nil {
				break
			}
			if _, err := io.WriteString(w, note("a", `keep="1"`)); err != nil {
				// The first document has to be there within ten seconds.
				w = nil
			}
		}
		if w != nil || d.ran != nil {
			t.Error("a first document after twenty seconds")
		}
		w = d.dial(here)
		for i := range 3 {
			if _, err := io.WriteString(w, note("a", `keep="1"`)); err != nil {
				t.Fatal(i, err)
			}
			buf := make([]byte, 1000)
			if n, err := w.Read(buf); err != nil || string(buf[:n]) != good {
				t.Fatal(i, err)
			}
			time.Sleep(29 * time.Second)
		}
		if text, after := w.hear(); text != "" || after != time.Second {
			t.Errorf("idle: %q after %v", text, after)
		}
		got, _ := d.ask(here, strings.Repeat(note("b", `keep="1"`), 100))
		if strings.Count(got, "\x00") != 100 {
			t.Errorf("%d replies", strings.Count(got, "\x00"))
		}
		got, after := d.ask(here, note("c", `keep="1"`)+note("d"))
		if got != good+good || after != 0 {
			t.Errorf("the first that does not ask to stay: %q after %v", got, after)
		}
		d.shut()
	})
}

// Check 23 of wire §8: a document that has no end is never run.
func TestNoEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		if got, after := d.ask(here, strings.TrimSuffix(note("a"), "\x00")); got != "" || after != documentTime || d.ran != nil {
			t.Errorf("silence: %q, %q after %v", got, d.ran, after)
		}
		if got, after := d.ask(here, ""); got != "" || after != documentTime {
			t.Errorf("nothing at all: %q after %v", got, after)
		}
		d.shut()
	})
}

// Check 24 of wire §8: a byte now and then keeps no connection; others are served; and
// there are so many of one address, and so many in all.
func TestDrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				w := d.dial(here)
				go func() { // ends with the connection
					for _, err := io.WriteString(w, "<"); err == nil; _, err = io.WriteString(w, "a") {
						time.Sleep(3 * time.Second)
					}
				}()
				if text, after := w.hear(); text != "" || after != documentTime {
					t.Errorf("closed after %v: %q", after, text)
				}
			})
		}
		time.Sleep(6 * time.Second)
		if got, after := d.ask(here, note("a")); got != good || after != 0 {
			t.Errorf("another client: %q after %v", got, after)
		}
		all.Wait()
		d.shut()
		d = open(t, func(c *Config) { c.Limits = Limits{Connections: 8, PerAddress: 3} })
		refused := 0
		for i := range 12 {
			w := d.dial("192.0.2." + fmt.Sprint(i%3))
			synctest.Wait()
			if _, err := io.WriteString(w, " "); err != nil {
				refused++
			}
		}
		if refused != 4 {
			t.Errorf("%d of twelve were refused", refused)
		}
		time.Sleep(20 * time.Second)
		d.shut()
	})
}

// Check 27 of wire §8: who may not speak learns nothing of why, and check 37: the log has no
// password.
func TestNotAuthorised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, func(c *Config) {
			c.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
		})
		for _, c := range []struct{ name, from, text string }{
			{"a wrong password", here, `<Command api_pwd="verywrong" type="note"/>`},
			{"none", here, `<Command type="note"/>`},
			{"an empty one", here, `<Command api_pwd="" type="note"/>`},
			{"a blank behind it", here, `<Command api_pwd="right " type="note"/>`},
			{"another case", here, `<Command api_pwd="RIGHT" type="note"/>`},
			{"another group", here, `<Command api_pwd="right" group="other" type="note"/>`},
			{"a path", here, `<Command api_pwd="right" group="../../etc" type="note"/>`},
			{"another case of the group", here, `<Command api_pwd="right" group="DEFAULT" type="note"/>`},
			{"a bar", here, `<Command api_pwd="right" group="a|b" type="note"/>`},
			{"an unknown type, too", here, `<Command api_pwd="verywrong" type="x&#10;y"/>`},
			{"another address", "192.0.2.1", `<Command api_pwd="right" type="note"/>`},
			{"another address that says nothing of sense", "192.0.2.2", `<Init/>`},
			{"another address that says too much", "192.0.2.3", `<x>` + strings.Repeat("x", maxDocument)},
		} {
			if got, _ := d.ask(c.from, c.text+"\x00"); got != wrong {
				t.Errorf("%s: %q", c.name, got)
			}
			time.Sleep(2 * guessTime)
		}
		for _, from := range []string{here, "::ffff:127.0.0.1", "2001:db8::5"} {
			if got, _ := d.ask(from, note("a")); got != good {
				t.Errorf("from %s: %q", from, got)
			}
		}
		if len(d.ran) != 3 || strings.Contains(d.logged.String(), "verywrong") || strings.Contains(d.logged.String(), "right") {
			t.Errorf("ran %q, log %s", d.ran, d.logged)
		}
		if lines := strings.Count(d.logged.String(), "\n"); lines != 12 {
			t.Errorf("%d lines are in the log", lines)
		}
		d.shut()
	})
}

// Check 28 of wire §8: after five failures nothing is looked at for a minute.
func TestGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, func(c *Config) { c.Allow = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} })
		for i := range 5 {
			if got, _ := d.ask(here, fmt.Sprintf(`<Command api_pwd="%d" type="note"/>`+"\x00", i)); got != wrong {
				t.Errorf("%d: %q", i, got)
			}
		}
		for _, text := range []string{note("a"), `<Command api_pwd="x" type="note"/>` + "\x00", "<Init/>\x00"} {
			if got, _ := d.ask(here, text); got != often {
				t.Errorf("then: %q", got)
			}
		}
		if got, _ := d.ask("192.0.2.7", note("b")); got != good {
			t.Errorf("another address: %q", got)
		}
		time.Sleep(guessTime + time.Second)
		if got, _ := d.ask(here, note("c")); got != good || strings.Join(d.ran, "") != "bc" {
			t.Errorf("a minute later: %q; ran %q", got, d.ran)
		}
		d.shut()
	})
}

// slowGroup is oneGroup that takes its time.
type slowGroup struct{ oneGroup }

func (g slowGroup) Verify(ctx context.Context, k bridge.Kind, id, secret string) (bridge.App, bool, error) {
	time.Sleep(time.Second)
	return g.oneGroup.Verify(ctx, k, id, secret)
}

// Who asks from many addresses of one network, and at the same time, guesses no oftener; and
// learns nothing of a right guess among them.
func TestGuessesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, func(c *Config) {
			c.Allow, c.Apps = []netip.Prefix{netip.MustParsePrefix("::/0")}, slowGroup{}
		})
		answers := make(map[string]int)
		var mu sync.Mutex
		var all sync.WaitGroup
		ask := func(n int, text string, after time.Duration) {
			all.Go(func() { // ends with the connection
				time.Sleep(after)
				got, _ := d.ask(fmt.Sprintf("2001:db8::%d", n), text)
				mu.Lock()
				defer mu.Unlock()
				answers[got]++
			})
		}
		for i := range 30 {
			ask(i+1, `<Command api_pwd="x" type="note"/>`+"\x00", 0)
		}
		ask(99, note("a"), time.Millisecond)
		all.Wait()
		if answers[wrong] != 5 || answers[often] != 26 || len(d.ran) > 0 {
			t.Errorf("answered %v; ran %q", answers, d.ran)
		}
		if got, _ := d.ask("2001:db8:0:1::1", note("b")); got != good {
			t.Errorf("another network: %q", got)
		}
		d.shut()
	})
}

// A tiredEar has no file descriptors for a while.
type tiredEar struct {
	*ear
	fails int
}

func (e *tiredEar) Accept() (net.Conn, error) {
	if e.fails--; e.fails >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return e.ear.Accept()
}

// A server that has no file descriptors left answers again when it has some.
func TestAcceptFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		tired := &tiredEar{&ear{conns: make(chan net.Conn), done: make(chan struct{})}, 3}
		served := make(chan error, 1)
		go func() { served <- d.server.Serve(tired) }() // ends with Shutdown
		d.ear = tired.ear
		if got, _ := d.ask(here, note("a")); got != good {
			t.Errorf("then: %q", got)
		}
		d.shut()
		if err := <-served; err != nil {
			t.Errorf("the end: %v", err)
		}
	})
}

// Wire §1.8, no. 16: the passwords that the manuals show are good on this machine only.
func TestDocumentedPasswords(t *testing.T) {
	for _, p := range documentedPasswords {
		s := &Server{}
		if s.documentedPassword(p) {
			t.Errorf("%s is refused though this machine only may speak", p)
		}
		s.cfg.Allow = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		if !s.documentedPassword(p) || s.documentedPassword(p+" ") {
			t.Errorf("%s is taken from elsewhere", p)
		}
	}
}

// Check 36 of wire §8: who goes at once, and who never reads.
func TestRudeClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		w := d.dial(here)
		if _, err := io.WriteString(w, note("a")); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		synctest.Wait()
		if len(d.ran) != 1 {
			t.Errorf("ran %d times", len(d.ran))
		}
		w = d.dial(here)
		if _, err := io.WriteString(w, note("b")); err != nil { // and the reply waits
			t.Fatal(err)
		}
		time.Sleep(writeTime + time.Second)
		d.server.running.Wait() // no connection is held
		d.shut()
	})
}

// A shutdown lets nobody wait, and answers what is under way.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		began := time.Now()
		release := make(chan struct{})
		d.server.commands["slow"] = command{run: func(context.Context, *call) error {
			<-release
			return errors.New("secret detail")
		}}
		idle, busy := d.dial(here), d.dial(here)
		go func() { _, _ = io.WriteString(busy, `<Command api_pwd="right" type="slow" keep="1"/>`+"\x00") }() // ends with the connection
		synctest.Wait()
		go func() { // ends when busy is answered
			time.Sleep(time.Second)
			close(release)
		}()
		var ended sync.WaitGroup
		ended.Go(d.shut)
		if text, _ := idle.hear(); text != "" || time.Since(began) != 0 {
			t.Errorf("who waits: %q after %v", text, time.Since(began))
		}
		if text, _ := busy.hear(); text != `<?xml version="1.0" encoding="UTF-8"?><Command type="slow" result="-11" code="11" msg="internal error" />`+"\x00" {
			t.Errorf("who is served: %q", text)
		}
		ended.Wait()
	})
}
