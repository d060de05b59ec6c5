//go:build bench

package bench

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"causeway/conformance/process"
)

// TestWebFigures measures what clients cost that come by HTTP and say nothing, without
// TLS: as behind a proxy.
func TestWebFigures(t *testing.T) {
	r := &run{size: fullSize(), passwords: newPasswords()}
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
		r.silent(t, s, "idle WebSocket", sockets, 12, func(i int) (io.Closer, error) { return openSocket(addr, i) })
	})
	t.Run("bosh", func(t *testing.T) {
		r.silent(t, s, "parked BOSH request", polls, 24, func(i int) (io.Closer, error) { return openPoll(addr, i) })
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
	err := each(n, loginsAtOnce, func(i int) (err error) {
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
		value: share(after.resident - before.resident), target: target,
		beside: number(share(after.anonymous-before.anonymous)) + " of it anonymous",
	})
	for _, c := range clients {
		_ = c.Close()
	}
}

const (
	toldBind = "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>"
	toldHere = "<presence xmlns='jabber:client'/>"
)

func toldPassword(i int) string {
	return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
		base64.StdEncoding.EncodeToString([]byte("\x00"+userName(i)+"\x00"+process.Password)) + "</auth>"
}

// from is an address of this machine, so that the ports of one do not run out.
func from(i int) *net.Dialer {
	return &net.Dialer{Timeout: answerLimit, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%8))}}
}

// openSocket gives a client in a WebSocket who is available.
func openSocket(addr string, i int) (io.Closer, error) {
	d := websocket.Dialer{NetDialContext: from(i).DialContext, Subprotocols: []string{"xmpp"}, ReadBufferSize: 512, WriteBufferSize: 512}
	c, _, err := d.Dial("ws://"+addr+"/ws", nil)
	if err != nil {
		return nil, err
	}
	const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + domain + "' version='1.0'/>"
	for _, step := range []struct{ say, want string }{
		{open, "</stream:features>"},
		{toldPassword(i), "</success>"},
		{open, "</stream:features>"},
		{toldBind, "</iq>"},
		{toldHere, "<presence"},
	} {
		if err := c.WriteMessage(websocket.TextMessage, []byte(step.say)); err != nil {
			return nil, err
		}
		for text := []byte(nil); !strings.Contains(string(text), step.want); {
			if _, text, err = c.ReadMessage(); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// A poll is a client of BOSH whose request is held.
type poll struct {
	net.Conn
	in  *bufio.Reader
	sid string
	rid int
}

// openPoll gives a client of BOSH who is available, and whose request is held. It has
// one connection, as the requests of a browser that come one after the other.
func openPoll(addr string, i int) (io.Closer, error) {
	nc, err := from(i).Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	p := &poll{Conn: nc, in: bufio.NewReaderSize(nc, 512), rid: 1}
	for _, step := range []struct{ attrs, say, want string }{
		{"to='" + domain + "' hold='1' wait='600' ver='1.6' xmpp:version='1.0'", "", "</stream:features>"},
		{"", toldPassword(i), "</success>"},
		{"xmpp:restart='true'", "", "</stream:features>"},
		{"", toldBind, "</iq>"},
		{"", toldHere, "<presence"},
	} {
		if err := p.say(step.attrs, step.say); err != nil {
			return nil, err
		}
		for text := ""; !strings.Contains(text, step.want); {
			if text, err = p.answer(); err != nil {
				return nil, err
			}
			if p.sid == "" {
				_, after, _ := strings.Cut(text, " sid='")
				p.sid, _, _ = strings.Cut(after, "'")
			}
		}
	}
	p.in = nil
	return p, p.say("", "")
}

// say sends a request such as a browser sends.
func (p *poll) say(attrs, payload string) error {
	p.rid++
	if p.sid != "" {
		attrs += " sid='" + p.sid + "'"
	}
	body := fmt.Sprintf("<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' rid='%d' %s>%s</body>", p.rid, attrs, payload)
	_, err := fmt.Fprintf(p, "POST /bosh HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"+
		"Accept: */*\r\nAccept-Language: en-US,en;q=0.5\r\nOrigin: https://chat.%s\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s",
		domain, domain, len(body), body)
	return err
}

func (p *poll) answer() (string, error) {
	if err := p.SetReadDeadline(time.Now().Add(answerLimit)); err != nil {
		return "", err
	}
	r, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}
