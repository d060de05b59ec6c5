package daemon

import (
	"context"
	"strings"
	"testing/synctest"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A guest is a client of XMPP that is logged in, beside a backend.
type guest struct {
	recorder
	b       *backend
	session *router.Session
	first   string // what came when it logged in
	ended   string // the error with which its stream ended
}

// End closes the session, as a stream does.
func (g *guest) End(reason *stream.Error) {
	if reason != nil {
		g.ended = string(reason.Condition)
	}
	go g.session.Close(context.Background()) // ends by itself
}

// login binds a resource that is available, and has the roster and the block list.
func (b *backend) login(full string) *guest {
	b.t.Helper()
	g := &guest{b: b}
	s, err := b.router.Bind(b.t.Context(), jid.MustParse(full), g)
	if err != nil {
		b.t.Fatal(err)
	}
	g.session = s
	g.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
	g.say("<iq type='get' id='b'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
	g.say("<presence/>")
	g.first = g.hears()
	return g
}

func (g *guest) say(xml string) {
	g.b.t.Helper()
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		g.b.t.Fatal(err)
	}
	t, err := g.session.Route(g.b.t.Context(), st)
	if err != nil {
		g.b.t.Fatal(err)
	}
	if t != nil {
		<-t.Done()
	}
}

// hears gives what has come since it was last asked.
func (g *guest) hears() string {
	synctest.Wait()
	return g.take()
}

// wants complains unless all of these came, and gives what came.
func (g *guest) wants(what string, pieces ...string) string {
	g.b.t.Helper()
	got := g.hears()
	for _, p := range pieces {
		if !strings.Contains(got, p) {
			g.b.t.Errorf("%s: no %s in %s", what, p, got)
		}
	}
	return got
}
