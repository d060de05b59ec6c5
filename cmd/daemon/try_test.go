package daemon

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestTry runs a throw-away server and believes only what it prints: the address,
// the certificate, the passwords.
func TestTry(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	in, out := io.Pipe()
	done := make(chan int, 1)
	go func() { // stopped by stop
		done <- execute(ctx, []string{"try", "--c2s", "127.0.0.1:0", "--c2s-tls", "127.0.0.1:0"}, nil, out, io.Discard)
		_ = out.Close()
	}()
	said := readUntil(t, in, "run_forever()\n")
	go func() { _, _ = io.Copy(io.Discard, in) }() // ends with the server
	find := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(said)
		if m == nil {
			t.Fatalf("%s is not in:\n%s", pattern, said)
		}
		return m[1]
	}
	file := find(`certificate +(\S+)`)
	cert, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	conn, err := tls.Dial("tcp", find(`direct TLS +(\S+)`), &tls.Config{ServerName: "localhost", RootCAs: roots, NextProtos: []string{"xmpp-client"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	say := func(text, until string) string {
		t.Helper()
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		return readUntil(t, conn, until)
	}
	const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"
	say(header, "</stream:features>")
	secret := base64.StdEncoding.EncodeToString([]byte("\x00romeo\x00" + find(`romeo@localhost +(\S+)`)))
	say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"+secret+"</auth>", "<success")
	say(header, "</stream:features>")
	say("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>")
	roster := say("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>", "</iq>")
	if strings.Count(roster, "subscription='both'") != 2 || !strings.Contains(roster, "name='Juliet'") {
		t.Errorf("romeo's roster: %s", roster)
	}
	shell := func(args ...string) string {
		t.Helper()
		var shown bytes.Buffer
		if code := execute(ctx, append(args, "--data", find(`status --data (\S+)`)), nil, &shown, io.Discard); code != 0 {
			t.Errorf("%v ended with %d", args, code)
		}
		return shown.String()
	}
	if rows := shell("sessions", "--json"); !regexp.MustCompile(
		`(?s)"addr": "127.0.0.1",.*"jid": "romeo@localhost/.*"priority": null,.*"state": "connected",.*"tls": "TLS 1.3"`).MatchString(rows) {
		t.Errorf("sessions: %s", rows)
	}
	if reached := shell("announce", "the feast begins"); reached != "sessions reached: 1\n" {
		t.Errorf("announce: %s", reached)
	}
	room := find(`members of the room (\S+)`)
	joined := say("<presence to='"+room+"/Romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>", "<subject")
	if !strings.Contains(joined, "affiliation='member'") || !strings.Contains(joined, "code='110'") {
		t.Errorf("romeo enters: %s", joined)
	}
	say("<message type='groupchat' to='"+room+"'><body>soft</body></message>", "<body>soft</body>")
	if shown := shell("room", "show", room, "--json"); !regexp.MustCompile(
		`(?s)"members": \[\s*"nurse@localhost",\s*"romeo@localhost"\s*\].*"address": "romeo@localhost/.*"nick": "Romeo",\s*"role": "participant"`).MatchString(shown) {
		t.Errorf("room show: %s", shown)
	}
	if state := shell("status", "--json"); !strings.Contains(state, `"occupants": 1,`) || !strings.Contains(state, `"rooms": 1,`) {
		t.Errorf("status: %s", state)
	}
	runPython(t, said)
	stop()
	if last := say("", "system-shutdown"); !strings.Contains(last, "code='332'") { // XEP-0045 #service-shutdown-kick
		t.Errorf("not shown out of the room: %s", last)
	}
	if code := <-done; code != 0 {
		t.Errorf("try ended with %d", code)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("something is left of the throw-away server")
	}
}

// TestClientCertificates: people are asked for a certificate where somebody
// certifies them, and only there.
func TestClientCertificates(t *testing.T) {
	authority := pair{filepath.Join(t.TempDir(), "ca.pem"), filepath.Join(t.TempDir(), "ca.key")}
	if err := writeSelfSigned(authority, "verona.lit"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		set  string
		want bool
	}{{"tls.client_cas=", false}, {"tls.client_cas=" + authority.cert, true}} {
		ctx, stop := context.WithCancel(t.Context())
		in, out := io.Pipe()
		done := make(chan int, 1)
		go func() { // stopped by stop
			done <- execute(ctx, []string{"try", "--c2s", "127.0.0.1:0", "--c2s-tls", "127.0.0.1:0", "--set", tt.set}, nil, out, io.Discard)
			_ = out.Close()
		}()
		said := readUntil(t, in, "run_forever()\n")
		addr := regexp.MustCompile(`direct TLS +(\S+)`).FindStringSubmatch(said)[1]
		asked := false
		conn, err := tls.Dial("tcp", addr, &tls.Config{
			ServerName: "localhost", InsecureSkipVerify: true, NextProtos: []string{"xmpp-client"},
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				asked = true
				return &tls.Certificate{}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		if asked != tt.want {
			t.Errorf("%s: asked for a certificate: %v", tt.set, asked)
		}
		stop()
		<-done
	}
}

// readUntil reads until the text has come.
func readUntil(t *testing.T, r io.Reader, until string) string {
	t.Helper()
	var got []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(got, []byte(until)) {
		n, err := r.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			t.Fatalf("%v before %q, after:\n%s", err, until, got)
		}
	}
	return string(got)
}

// runPython runs the Python lines as they are printed, with a few more that make
// them end. The session before has shown that the server is there.
func runPython(t *testing.T, said string) {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.CommandContext(t.Context(), python, "-c", "import slixmpp").Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Errorf("slixmpp: %v", err)
		}
		t.Logf("not run, for want of slixmpp: %v", err)
		return
	}
	_, lines, _ := strings.Cut(said, "in Python")
	_, lines, _ = strings.Cut(lines, "\n\n")
	lines = strings.ReplaceAll(strings.TrimRight(lines, " \n"), "\n  ", "\n")
	before, connect, ok := strings.Cut(strings.TrimSpace(lines), "slixmpp.XMLStream.connect")
	if !ok {
		t.Fatalf("not the lines that were expected: %s", lines)
	}
	script := before + `
c.add_event_handler('session_start', lambda _: (print('session'), c.disconnect()))
c.add_event_handler('disconnected', lambda _: c.loop.stop())
c.loop.call_later(20, c.loop.stop)
slixmpp.XMLStream.connect` + connect
	out, err := exec.CommandContext(t.Context(), python, "-c", script).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("session")) {
		t.Errorf("the Python lines: %v\n%s\n%s", err, script, out)
	}
}
