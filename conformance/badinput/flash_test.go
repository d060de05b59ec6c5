package badinput

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// toolSays sends bytes to the socket for commands and gives all that comes until its end. What
// cannot be written any more is left.
func toolSays(t *testing.T, s *process.Server, text string) string {
	t.Helper()
	c, err := net.DialTimeout("tcp", s.FlashAddr, wire.Patience)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(wire.Patience))
	go func() { // ends with the connection
		_, _ = io.WriteString(c, text)
	}()
	answer, _ := io.ReadAll(c) // a reset is an end, too
	return string(answer)
}

// Tools that send what no tool should: the documented code, the end of the connection, no
// effect, and nobody else notices (doc/flash.md).
func TestFlash(t *testing.T) {
	s := process.New(t, domain, settings...)
	s.AddUsers(t, "juliet", "nurse")
	s.AddGroup(t, "default", domain)
	s.Start(t)
	others := newBystanders(t, s)
	command := func(attrs string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><Command group="default" api_pwd="` + process.Password + `" ` + attrs + "/>\x00"
	}
	const add = `type="add_room" name="r"`
	huge := strings.Repeat("x", 64<<20)
	for _, b := range []struct {
		name, send string
		code       int // 0: nothing is said
	}{
		{"a command of 64 MB", `<Command group="` + huge + "\"/>\x00", 9},
		{"64 MB without an end", "<" + huge, 9},
		{"64 MB of something else", huge, 0},
		{"a browser", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 0},
		{"a form of a page", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n" + command(add), 0},
		{"a client of XMPP", "<?xml version='1.0'?><stream:stream to='capulet.lit' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>\x00", 1},
		{"several roots", `<Command type="x"/>` + command(add), 1},
		{"a DTD", `<!DOCTYPE Command [<!ENTITY x SYSTEM "file:///etc/passwd">]><Command name="&x;"/>` + "\x00", 1},
		{"a billion laughs", `<!DOCTYPE c [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY d "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Command name="&d;"/>` + "\x00", 1},
		{"an attribute twice", `<Command api_pwd="pencil" api_pwd="x" group="default" ` + add + "/>\x00", 1},
		{"no UTF-8", command(add + " desc=\"\xff\""), 1},
		{"a million attributes", `<Command` + strings.Repeat(" a=''", 12_000) + "/>\x00", 1},
		{"deep", strings.Repeat("<Command>", 7000) + "\x00", 9},
		{"another password", strings.Replace(command(add), process.Password, "pencil ", 1), 2},
		{"another group", strings.Replace(command(add), "default", "other", 1), 2},
		{"a group that is a path", strings.Replace(command(add), "default", "../../etc", 1), 2},
		{"no such room", command(`type="del_room" room_id="99999999999999999999"`), 6},
		{"a room that is no number", command(`type="del_room" room_id="1 or 1=1"`), 4},
		{"an address for a name", command(`type="private_message" dest_uid="romeo@montague.lit" msg="x"`), 4},
		{"markup for a name", command(`type="kick" userid="&lt;script>"`), 4},
		{"a line end for a name", command(`type="broadcast" userid="x&#13;&#10;x" msg="y"`), 4},
		{"another type", command(`type="shutdown"`), 3},
	} {
		t.Run(b.name, func(t *testing.T) {
			answer := toolSays(t, s, b.send)
			want := fmt.Sprintf(` code="%d" `, b.code)
			if b.code == 0 && answer != "" || b.code != 0 && !strings.Contains(answer, want) || strings.Count(answer, "\x00") > 1 || strings.Contains(answer, process.Password) {
				t.Errorf("got %.300q, want code %d", answer, b.code)
			}
			others.chat(t)
		})
	}
	t.Run("a TLS hello", func(t *testing.T) {
		c, err := tls.DialWithDialer(&net.Dialer{Timeout: wire.Patience}, "tcp", s.FlashAddr, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
		if err == nil {
			_ = c.Close()
			t.Error("there is TLS")
		}
	})
	t.Run("500 that drip", func(t *testing.T) { dripTools(t, s, others, command(`type="list_users"`)) })
	t.Run("resets", func(t *testing.T) {
		for range 50 {
			c, err := net.DialTimeout("tcp", s.FlashAddr, wire.Patience)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(c, command(`type="list_users"`))
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}
		others.chat(t)
	})
	if answer := toolSays(t, s, command(`type="list_rooms"`)); !strings.HasSuffix(answer, ` code="0" msg="ok" />`+"\x00") {
		t.Errorf("something has come of it: %.300q", answer)
	}
	// Last: nothing of this machine is looked at for a minute then. Two have failed already.
	t.Run("guesses", func(t *testing.T) {
		for range 3 {
			toolSays(t, s, strings.Replace(command(add), process.Password, "guess", 1))
		}
		if answer := toolSays(t, s, command(add)); !strings.Contains(answer, ` code="10" `) {
			t.Errorf("after five failures: %q", answer)
		}
		others.chat(t)
	})
	s.Stop(t)
}

// dripTools has 500 connections begin a command and not go on. They are closed after ten seconds
// (bridge/flash: TestDrip, by a clock of its own); here it matters that others are served.
func dripTools(t *testing.T, s *process.Server, others *bystanders, command string) {
	var all sync.WaitGroup
	conns := make([]net.Conn, 500)
	for i := range conns {
		all.Go(func() { // ends by itself
			c, err := net.DialTimeout("tcp", s.FlashAddr, wire.Patience)
			if err != nil {
				t.Error(err)
				return
			}
			conns[i] = c
			_, _ = io.WriteString(c, "<Command ")
		})
	}
	all.Wait()
	if answer := toolSays(t, s, command); !strings.Contains(answer, ` code="0" `) {
		t.Errorf("another tool is told %q", answer)
	}
	others.chat(t)
	for _, c := range conns {
		if c != nil {
			_ = c.Close()
		}
	}
}
