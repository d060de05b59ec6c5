package web

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
)

// A binder is a client that speaks BOSH, with requests of the test's making.
type binder struct {
	*testing.T
	http *http.Client
	sid  string
	rid  int
}

// A reply is an answer, or what came instead of one.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func newBinder(t *testing.T, s *process.Server) *binder {
	t.Helper()
	tr := &http.Transport{
		TLSClientConfig: s.TLS(),
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.HTTPAddr)
		},
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &binder{T: t, http: &http.Client{Transport: tr, Timeout: patience}, rid: 1573741820}
}

// post sends a text and waits for the answer.
func (b *binder) post(ctx context.Context, text string) reply {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+domain+"/bosh", strings.NewReader(text))
	if err != nil {
		return reply{err: err}
	}
	a, err := b.http.Do(r)
	if err != nil {
		return reply{err: err}
	}
	body, err := io.ReadAll(a.Body)
	_ = a.Body.Close()
	return reply{a.StatusCode, a.Header, string(body), err}
}

// text is a request with attributes of the test's own.
func (b *binder) text(rid int, attrs, payload string) string {
	sid := ""
	if b.sid != "" {
		sid = " sid='" + b.sid + "'"
	}
	return fmt.Sprintf("<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' rid='%d'%s %s>%s</body>", rid, sid, attrs, payload)
}

// send sends the next request, and does not wait.
func (b *binder) send(attrs, payload string) <-chan reply {
	b.rid++
	return b.sendText(b.text(b.rid, attrs, payload))
}

func (b *binder) sendText(text string) <-chan reply {
	c := make(chan reply, 1)
	go func() { c <- b.post(b.Context(), text) }() // ends with the answer, or the test
	return c
}

// want waits for an answer that a pattern fits.
func (b *binder) want(why string, c <-chan reply, pattern string) []string {
	b.Helper()
	a := <-c
	if a.err != nil || a.status != 200 {
		b.Fatalf("%s: %d %s %v", why, a.status, a.body, a.err)
	}
	m := regexp.MustCompile("(?s)^<body xmlns='http://jabber.org/protocol/httpbind'" + pattern + "$").FindStringSubmatch(a.body)
	if m == nil {
		b.Fatalf("%s: got %s", why, a.body)
	}
	return m[1:]
}

// quiet reports that nothing has come. What is to come would have come with what the
// test has waited for before.
func (b *binder) quiet(why string, c <-chan reply) {
	b.Helper()
	select {
	case a := <-c:
		b.Errorf("%s: got %+v", why, a)
	default:
	}
}

const (
	none      = `(?: ack='\d+')?/>`
	creation  = "to='" + domain + "' wait='60' hold='1' ver='1.6' xml:lang='en' xmpp:version='1.0' "
	terminate = ` type='terminate'`
)

// create makes a session; the attributes come behind the usual ones.
func (b *binder) create(attrs string) reply {
	b.Helper()
	a := b.post(b.Context(), b.text(b.rid, creation+attrs, ""))
	if m := regexp.MustCompile(` sid='([^']+)'`).FindStringSubmatch(a.body); m != nil {
		b.sid = m[1]
	} else {
		b.Fatalf("no session: %+v", a)
	}
	return a
}

// enter makes a session and binds a resource.
func (b *binder) enter(user, resource, attrs string) {
	b.Helper()
	b.create(attrs)
	b.want("to be let in", b.send("", auth(user)), ".*"+success+"</body>")
	b.want("features", b.send("xmpp:restart='true' to='"+domain+"'", ""), ".*<stream:features.*urn:ietf:params:xml:ns:xmpp-bind.*")
	b.want("a resource", b.send("", bind(resource)), ".*<iq xmlns='jabber:client'.*"+user+"@capulet.lit/"+resource+".*")
}

// leave ends the session.
func (b *binder) leave() {
	b.Helper()
	b.want("an end", b.send("type='terminate'", ""), terminate+"/>")
}

func message(to, id string) string {
	return "<message xmlns='jabber:client' to='" + to + "' type='chat' id='" + id + "'><body>Ay me!</body></message>"
}

const ping = "<iq xmlns='jabber:client' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"

// XEP-0124 #session, XEP-0206 #create, #preconditions-sasl, #payloads.
func TestBOSH(t *testing.T) {
	s := newServer(t)
	romeo := newBinder(t, s)
	first := romeo.create("content='text/xml; charset=utf-8' ack='1'")
	for _, want := range []string{
		" wait='60'", " requests='2'", " hold='1'", " inactivity='60'", " polling='1'", " ver='1.6'", " from='capulet.lit'", " ack='1573741820'",
		" maxpause='120'", " xmlns:xmpp='urn:xmpp:xbosh'", " xmpp:version='1.0'", " xmpp:restartlogic='true'", " xmlns:stream='http://etherx.jabber.org/streams'",
		"<stream:features", "<mechanism>SCRAM-SHA-256</mechanism>", " charsets='UTF-8'",
	} {
		if !strings.Contains(first.body, want) {
			t.Errorf("no %s in %s", want, first.body)
		}
	}
	for _, bad := range []string{"starttls", "PLUS", " accept="} {
		if strings.Contains(first.body, bad) {
			t.Errorf("%s in %s", bad, first.body)
		}
	}
	if first.header.Get("Content-Type") != "text/xml; charset=utf-8" || first.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers: %v", first.header)
	}
	romeo.want("to be let in", romeo.send("", auth("romeo")), success+"</body>|.*"+success+"</body>")
	romeo.want("features", romeo.send("xmpp:restart='true' to='capulet.lit' xml:lang='en'", "<presence xmlns='jabber:client'/>"), ".*<stream:features.*bind.*")
	romeo.want("a resource", romeo.send("", bind("orchard")), ".*romeo@capulet.lit/orchard.*")

	juliet := dial(t, s)
	juliet.enter("juliet", "balcony")
	// A request is held until there is something to say, and a second one has the first
	// answered; a body may have many stanzas, of clients too that name no namespace.
	waits := romeo.send("", "")
	next := romeo.send("", message("juliet@capulet.lit/balcony", "m1")+strings.ReplaceAll(message("juliet@capulet.lit/balcony", "m2"), " xmlns='jabber:client'", ""))
	for _, id := range []string{"m1", "m2"} {
		juliet.want("a message", "<message xmlns='jabber:client'[^>]*id='"+id+"'.*")
	}
	romeo.want("nothing, but an acknowledgement", waits, fmt.Sprintf(" ack='%d'/>", romeo.rid)) // XEP-0124 #ack-request
	romeo.quiet("held", next)
	juliet.send(message("romeo@capulet.lit/orchard", "m3"))
	romeo.want("a message", next, "><message xmlns='jabber:client'[^>]*id='m3'.*</body>")
	// What comes between two requests waits.
	juliet.send(message("romeo@capulet.lit/orchard", "m4"))
	juliet.send(ping)
	juliet.want("a pong", ".*")
	romeo.want("a message", romeo.send("", ""), "><message xmlns='jabber:client'[^>]*id='m4'.*</body>")

	// XEP-0124 #terminate: with a last word, and the oldest request is told.
	waits = romeo.send("", "")
	last := romeo.send("type='terminate'", message("juliet@capulet.lit/balcony", "m5"))
	juliet.want("a last word", "<message xmlns='jabber:client'[^>]*id='m5'.*")
	a, b := <-waits, <-last
	if !strings.Contains(a.body+b.body, "type='terminate'") || strings.Contains(a.body+b.body, "condition") {
		t.Errorf("the end: %s %s", a.body, b.body)
	}
	romeo.want("no session", romeo.send("", ""), terminate+" condition='item-not-found'/>")
	juliet.send(closeTag)
	juliet.want("the end", closeTag)
}

// XEP-0124 #rids-order, #rids-broken: out of order, once more, and out of bounds.
func TestBOSHOrder(t *testing.T) {
	s := newServer(t)
	juliet := dial(t, s)
	juliet.enter("juliet", "balcony")
	t.Run("early", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		b.rid += 2
		second := b.sendText(b.text(b.rid, "", message("juliet@capulet.lit/balcony", "m2")))
		b.quiet("its turn has not come", second)
		b.want("its turn", b.sendText(b.text(b.rid-1, "", message("juliet@capulet.lit/balcony", "m1"))), none)
		for _, id := range []string{"m1", "m2"} {
			juliet.want("in order", "<message xmlns='jabber:client'[^>]*id='"+id+"'.*")
		}
		juliet.send(message("romeo@capulet.lit/orchard", "m3"))
		b.want("an answer", second, "><message.*id='m3'.*")
		// The same again is the same answer, and does nothing.
		for range 2 {
			b.want("the same answer", b.sendText(b.text(b.rid, "", message("juliet@capulet.lit/balcony", "m2"))), "><message.*id='m3'.*")
		}
		juliet.send(ping)
		juliet.want("nothing but a pong", "<iq.*id='p'.*")
		b.leave()
	})
	t.Run("in its place", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		b.rid++
		held := b.sendText(b.text(b.rid, "", message("juliet@capulet.lit/balcony", "m4")))
		juliet.want("it has come", ".*id='m4'.*")
		again := b.sendText(b.text(b.rid, "", message("juliet@capulet.lit/balcony", "m4")))
		b.want("XEP-0124 #errorstatus-recover", held, ` type='error'/>`)
		juliet.send(message("romeo@capulet.lit/orchard", "m5"))
		b.want("the answer", again, "><message.*id='m5'.*")
		b.leave()
	})
	t.Run("cut", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		b.rid++
		ctx, cut := context.WithCancel(t.Context())
		text := b.text(b.rid, "", message("juliet@capulet.lit/balcony", "m6"))
		gone := make(chan reply, 1)
		go func() { gone <- b.post(ctx, text) }() // ends with cut
		juliet.want("it has come", ".*id='m6'.*")
		cut()
		<-gone
		juliet.send(message("romeo@capulet.lit/orchard", "m7"))
		b.want("what came meanwhile", b.sendText(text), "><message.*id='m7'.*")
		b.leave()
	})
	t.Run("parked", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		for _, id := range []string{"m9", "m10"} {
			held := b.send("", message("juliet@capulet.lit/balcony", id))
			juliet.want("it has come", ".*id='"+id+"'.*")
			<-time.After(1500 * time.Millisecond) // see parkAfter in xmpp/bosh
			juliet.send(message("romeo@capulet.lit/orchard", id))
			b.want("an answer", held, "><message.*id='"+id+"'.*")
		}
		b.rid++
		ctx, cut := context.WithCancel(t.Context())
		text := b.text(b.rid, "", message("juliet@capulet.lit/balcony", "m11"))
		gone := make(chan reply, 1)
		go func() { gone <- b.post(ctx, text) }() // ends with cut
		juliet.want("it has come", ".*id='m11'.*")
		<-time.After(1500 * time.Millisecond)
		cut()
		<-gone
		juliet.send(message("romeo@capulet.lit/orchard", "m12"))
		b.want("what came meanwhile", b.sendText(text), "><message.*id='m12'.*")
		b.leave()
	})
	t.Run("too often", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		text := b.text(b.rid, "", bind("orchard"))
		for range 10 {
			b.want("the same answer", b.sendText(text), ".*orchard.*")
		}
		b.want("XEP-0124 #rids-broken", b.sendText(text), terminate+" condition='policy-violation'/>")
	})
	for name, by := range map[string]int{"too high": 3, "too low": -10} {
		t.Run(name, func(t *testing.T) {
			b := newBinder(t, s)
			b.enter("romeo", "orchard", "")
			waits := b.send("", message("juliet@capulet.lit/balcony", "m8"))
			juliet.want("it has come", ".*id='m8'.*")
			b.want("XEP-0124 #rids-order", b.sendText(b.text(b.rid+by, "", "")), terminate+" condition='item-not-found'/>")
			b.want("no fault of its own", waits, terminate+" condition='other-request'/>")
		})
	}
}

// XEP-0124 #inactive: a client that comes back in time, one that has asked for more of
// it, and one that does not come. What that one has not got is not lost.
func TestBOSHInactivity(t *testing.T) {
	s := newServer(t, `bosh.inactivity = "1s"`, `bosh.pause = "5s"`)
	juliet := dial(t, s)
	juliet.enter("juliet", "balcony")
	romeo := newBinder(t, s)
	first := romeo.create("ack='1'")
	if !strings.Contains(first.body, "inactivity='1'") || !strings.Contains(first.body, "maxpause='5'") {
		t.Error(first.body)
	}
	romeo.want("to be let in", romeo.send("", auth("romeo")), ".*"+success+".*")
	romeo.want("features", romeo.send("xmpp:restart='true'", ""), ".*bind.*")
	romeo.want("a resource", romeo.send("", bind("orchard")), ".*orchard.*")
	romeo.want("a pong", romeo.send("", "<presence xmlns='jabber:client'/>"+ping), ".*")

	held := romeo.send("", message("juliet@capulet.lit/balcony", "m1"))
	juliet.want("it has come", ".*id='m1'.*")
	romeo.want("a pause", romeo.send("pause='4'", ""), none)
	romeo.want("the other request", held, none+"|.*")
	<-time.After(2 * time.Second) // the time that passes is what is tested
	juliet.send(message("romeo@capulet.lit/orchard", "m2"))
	romeo.want("to be there still", romeo.send("", ""), ".*id='m2'.*")

	// Now it goes. Its answer to m2 it has got, for it would say if it had not (XEP-0124
	// #ack-response); m3 it has not.
	romeo.want("a pong", romeo.send("", ping), ".*id='p'.*")
	juliet.send(message("romeo@capulet.lit/orchard", "m3"))
	<-time.After(2500 * time.Millisecond)
	romeo.want("no session", romeo.send("", ""), terminate+" condition='item-not-found'/>")
	again := newBinder(t, s)
	again.enter("romeo", "orchard", "")
	got := ""
	for c := again.send("", "<presence xmlns='jabber:client'/>"); !strings.Contains(got, "id='m3'"); c = again.send("", "") {
		got += again.want("what was missed", c, "(.*)")[0]
	}
	got += again.want("no more than that", again.send("", ping), "(.*id='p'.*)")[0]
	if strings.Count(got, "<message") != 1 {
		t.Errorf("not once: %s", got)
	}
	again.leave()
}

// XEP-0124 #keys.
func TestBOSHKeys(t *testing.T) {
	s := newServer(t)
	hash := func(text string) string {
		sum := sha1.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	sequence := func(seed string) []string { // K(n) first
		keys := []string{hash(seed)}
		for range 5 {
			keys = append([]string{hash(keys[0])}, keys...)
		}
		return keys
	}
	k, other := sequence("sweet"), sequence("sorrow")
	b := newBinder(t, s)
	b.create("newkey='" + strings.ToUpper(k[0]) + "'") // "key comparisons SHOULD be case insensitive"
	b.want("to be let in", b.send("key='"+k[1]+"'", auth("romeo")), ".*"+success+".*")
	for _, tt := range []struct{ name, second, third string }{
		{"none", "", ""},
		{"the same again", "key='" + k[0] + "'", ""},
		{"any", "key='" + other[1] + "'", ""},
		{"one too far", "key='" + k[2] + "'", ""},
		{"another sequence that begins elsewhere", "key='" + k[1] + "' newkey='" + other[0] + "'", "key='" + k[2] + "'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBinder(t, s)
			b.create("newkey='" + k[0] + "'")
			c := b.send(tt.second, auth("romeo"))
			if tt.third != "" {
				b.want("to be let in", c, ".*"+success+".*")
				c = b.send(tt.third, "")
			}
			b.want("XEP-0124 #keys-use", c, terminate+" condition='item-not-found'/>")
		})
	}
	c := newBinder(t, s)
	c.create("newkey='" + k[0] + "'")
	c.want("to be let in", c.send("key='"+k[1]+"'", auth("romeo")), ".*"+success+".*")
	c.want("XEP-0124 #keys-switch", c.send("key='"+k[2]+"' newkey='"+other[0]+"' xmpp:restart='true'", ""), ".*bind.*")
	c.want("the other sequence", c.send("key='"+other[1]+"'", bind("orchard")), ".*orchard.*")
}

// XEP-0124 #overactive, #poll, #ack-response.
func TestBOSHActivity(t *testing.T) {
	s := newServer(t)
	juliet := dial(t, s)
	juliet.enter("juliet", "balcony")
	t.Run("too many polls", func(t *testing.T) {
		b := newBinder(t, s)
		text := strings.Replace(b.text(b.rid, creation, ""), "hold='1'", "hold='0'", 1)
		a := b.post(t.Context(), text)
		m := regexp.MustCompile(` requests='1'.* hold='0'.* polling='5'`).FindString(a.body)
		if m == "" || !strings.Contains(a.body, "<stream:features") {
			t.Fatalf("no polling: %+v", a)
		}
		b.sid = regexp.MustCompile(` sid='([^']+)'`).FindStringSubmatch(a.body)[1]
		b.want("nothing, at once", b.send("", ""), "/>")
		b.want("XEP-0124 #poll", b.send("", ""), terminate+" condition='policy-violation'/>")
	})
	t.Run("empty requests", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		b.want("a pong", b.send("", ping), ".*")
		b.rid++
		early := b.sendText(b.text(b.rid+1, "", ""))
		held := b.sendText(b.text(b.rid, "", ""))
		one, two := <-early, <-held
		if both := one.body + two.body; !strings.Contains(both, "condition='policy-violation'") {
			t.Errorf("XEP-0124 #overactive: %s", both)
		}
	})
	t.Run("a lost answer", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "ack='1'")
		b.want("a pong", b.send("", ping), ".*")
		b.want("a report", b.send(fmt.Sprintf("ack='%d'", b.rid-1), ""), fmt.Sprintf(` report='%d' time='\d+'/>`, b.rid-1))
	})
	t.Run("in time", func(t *testing.T) {
		b := newBinder(t, s)
		a := b.post(t.Context(), strings.Replace(b.text(b.rid, creation, ""), "wait='60'", "wait='1'", 1))
		b.sid = regexp.MustCompile(` sid='([^']+)'`).FindStringSubmatch(a.body)[1]
		began := time.Now()
		b.want("nothing", b.send("", ""), "/>")
		if took := time.Since(began); took < 900*time.Millisecond || took > 10*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// What breaks a rule gets the condition for it, and disturbs nobody else.
func TestBOSHFaults(t *testing.T) {
	s := newServer(t)
	juliet := dial(t, s)
	juliet.enter("juliet", "balcony")
	const ns = "xmlns='http://jabber.org/protocol/httpbind'"
	for _, tt := range []struct{ name, text, want string }{
		{"XEP-0124 #wrapper: nothing", "", "bad-request"},
		{"XEP-0124 #wrapper: no XML", "Ay me!", "bad-request"},
		{"XEP-0124 #wrapper: JSON", `{"rid":1}`, "bad-request"},
		{"XEP-0124 #wrapper: a form", "rid=1&to=capulet.lit", "bad-request"},
		{"XEP-0124 #wrapper: half a wrapper", "<body " + ns + " rid='1'", "bad-request"},
		{"XEP-0124 #wrapper: no end", "<body " + ns + " rid='1' to='capulet.lit'>", "bad-request"},
		{"XEP-0124 #wrapper: two", "<body " + ns + " rid='1' to='capulet.lit'/><body " + ns + " rid='2'/>", "bad-request"},
		{"XEP-0124 #wrapper: another namespace", "<body xmlns='jabber:client' rid='1' to='capulet.lit'/>", "bad-request"},
		{"XEP-0124 #wrapper: text in it", "<body " + ns + " rid='1' to='capulet.lit'>Ay me!</body>", "bad-request"},
		{"XEP-0124 #wrapper: partial elements", "<body " + ns + " rid='1' to='capulet.lit'><message></body>", "bad-request"},
		{"XEP-0124 #wrapper: a comment", "<body " + ns + " rid='1' to='capulet.lit'><!-- --></body>", "bad-request"},
		{"XEP-0124 #wrapper: a DTD", "<!DOCTYPE body [<!ENTITY a 'b'>]><body " + ns + " rid='1' to='capulet.lit'/>", "bad-request"},
		{"XEP-0124 #wrapper: an entity", "<body " + ns + " rid='1' to='capulet.lit'><a>&b;</a></body>", "bad-request"},
		{"XEP-0124 #rids-syntax: no rid", "<body " + ns + " to='capulet.lit'/>", "bad-request"},
		{"XEP-0124 #rids-syntax: no number", "<body " + ns + " rid='x' to='capulet.lit'/>", "bad-request"},
		{"XEP-0124 #rids-syntax: negative", "<body " + ns + " rid='-1' to='capulet.lit'/>", "bad-request"},
		{"XEP-0124 #rids-syntax: past 2^53", "<body " + ns + " rid='9007199254740992' to='capulet.lit'/>", "bad-request"},
		{"XEP-0124 #errorstatus-terminal: no such session", "<body " + ns + " rid='1' sid='sweet'/>", "item-not-found"},
		{"XEP-0124 #errorstatus-terminal: nowhere", "<body " + ns + " rid='1' ver='1.6'/>", "improper-addressing"},
		{"XEP-0124 #errorstatus-terminal: elsewhere", "<body " + ns + " rid='1' ver='1.6' to='verona.lit'/>", "host-unknown"},
		{"XEP-0206 #remote-stream-error: another version", "<body " + ns + " xmlns:xmpp='urn:xmpp:xbosh' rid='1' ver='1.6' to='capulet.lit' xmpp:version='0.9'/>", "remote-stream-error"},
		{"XEP-0206 #remote-stream-error: a stanza of a stranger", "<body " + ns + " rid='1' ver='1.6' to='capulet.lit'>" + ping + "</body>", "remote-stream-error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBinder(t, s)
			a := b.post(t.Context(), tt.text)
			if a.status != 200 || !strings.Contains(a.body, " type='terminate' condition='"+tt.want+"'") && !late(b, a.body, tt.want) {
				t.Errorf("got %d %s", a.status, a.body)
			}
			juliet.send(ping)
			juliet.want("no disturbance", "<iq xmlns='jabber:client'[^>]*id='p'.*")
		})
	}
	t.Run("a restart out of turn", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		b.want("XEP-0206 #preconditions-sasl", b.send("xmpp:restart='true'", ""), terminate+" condition='bad-request'/>")
	})
	t.Run("an error of the stream", func(t *testing.T) {
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		b.want("XEP-0206 #remote-stream-error", b.send("", "<unheard xmlns='of'/>"),
			` xmlns:stream='http://etherx.jabber.org/streams' type='terminate' condition='remote-stream-error'><stream:error .*unsupported-stanza-type.*</stream:error></body>`)
	})
	t.Run("an old client", func(t *testing.T) {
		b := newBinder(t, s)
		a := b.post(t.Context(), strings.Replace(b.text(b.rid, creation, ""), "ver='1.6'", "", 1))
		b.sid = regexp.MustCompile(` sid='([^']+)'`).FindStringSubmatch(a.body)[1]
		if strings.Contains(a.body, " ver=") {
			t.Error(a.body)
		}
		if a := <-b.sendText(b.text(b.rid+10, "", "")); a.status != 404 {
			t.Errorf("XEP-0124 #errorstatus-http: %+v", a)
		}
	})
	t.Run("shutdown", func(t *testing.T) {
		s := newServer(t)
		b := newBinder(t, s)
		b.enter("romeo", "orchard", "")
		b.want("a pong", b.send("", ping), ".*")
		juliet := dial(t, s)
		juliet.enter("juliet", "balcony")
		held := b.send("", message("juliet@capulet.lit/balcony", "m1"))
		juliet.want("it is there", ".*id='m1'.*")
		s.Stop(t)
		b.want("XEP-0124 #errorstatus-terminal", held, terminate+" condition='system-shutdown'/>")
	})
}

// late reports whether the condition comes with the next answer: the stream was
// opened before it was found.
func late(b *binder, first, condition string) bool {
	m := regexp.MustCompile(` sid='([^']+)'`).FindStringSubmatch(first)
	if m == nil {
		return false
	}
	b.sid = m[1]
	a := <-b.sendText(b.text(2, "", ""))
	return strings.Contains(a.body, " type='terminate' condition='"+condition+"'")
}

// What HTTP itself has a word for.
func TestBOSHRequests(t *testing.T) {
	s := newServer(t, "bosh.body_bytes = 100000")
	head := "POST /bosh HTTP/1.1\r\nHost: capulet.lit\r\nConnection: close\r\n"
	for _, tt := range []struct {
		name, text string
		status     int
	}{
		{"10 MB", head + "Content-Length: 10000000\r\n\r\n<body", 413},
		{"10 MB without a length", head + "Transfer-Encoding: chunked\r\n\r\n186A1\r\n" + filler(100_001) + "\r\n", 413},
		{"compressed", head + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n<body", 415},
		{"GET", "GET /bosh HTTP/1.1\r\nHost: capulet.lit\r\nConnection: close\r\n\r\n", 405},
		{"JSONP", "GET /bosh?%3Cbody HTTP/1.1\r\nHost: capulet.lit\r\nConnection: close\r\n\r\n", 405},
		{"CORS", "OPTIONS /bosh HTTP/1.1\r\nHost: capulet.lit\r\nConnection: close\r\nOrigin: https://a.lit\r\nAccess-Control-Request-Method: POST\r\n\r\n", 204},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nc := raw(t, s)
			if _, err := nc.Write([]byte(tt.text)); err != nil {
				t.Fatal(err)
			}
			a := answerOn(t, nc)
			if a.StatusCode != tt.status || a.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("got %s %v", a.Status, a.Header)
			}
		})
	}
}

// XEP-0156 #http.
func TestHostMeta(t *testing.T) {
	s := newServer(t)
	for path, want := range map[string]string{
		"/.well-known/host-meta":      `application/xrd\+xml <\?xml version="1.0" encoding="UTF-8"\?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="urn:xmpp:alt-connections:websocket" href="wss://capulet.lit:\d+/ws"></Link><Link rel="urn:xmpp:alt-connections:xbosh" href="https://capulet.lit:\d+/bosh"></Link></XRD>`,
		"/.well-known/host-meta.json": `application/json \{"links":\[\{"rel":"urn:xmpp:alt-connections:websocket","href":"wss://capulet.lit:\d+/ws"\},\{"rel":"urn:xmpp:alt-connections:xbosh","href":"https://capulet.lit:\d+/bosh"\}\]\}`,
		"/healthz":                    `text/plain; charset=utf-8 ok\n`,
		"/readyz":                     `text/plain; charset=utf-8 ok\n`,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://capulet.lit"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := get(t, s, r)
		text, err := io.ReadAll(a.Body)
		if got := a.Header.Get("Content-Type") + " " + string(text); err != nil || !regexp.MustCompile("^"+want+"$").MatchString(got) {
			t.Errorf("%s: %s", path, got)
		}
		if strings.Contains(path, "meta") && a.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Error("other pages may not read it") // XEP-0156 #impl
		}
	}
}
