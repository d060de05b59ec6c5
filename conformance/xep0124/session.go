// Package xep0124 checks HTTP binding: sessions, requests, and what goes wrong.
package xep0124

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const ns = "http://jabber.org/protocol/httpbind"

// A session is one with the connection manager, whose requests are written by hand.
type session struct {
	t   *run.T
	p   *oracle.Poster
	rid int64
	sid string
}

// post sends a body with these attributes and payload and gives what came.
func (s *session) post(attrs, payload string) oracle.Reply {
	s.rid++
	return s.again(attrs, payload)
}

// again is post with the request id of the last one.
func (s *session) again(attrs, payload string) oracle.Reply {
	if s.sid != "" {
		attrs += " sid='" + oracle.Escape(s.sid) + "'"
	}
	return s.raw(fmt.Sprintf("<body xmlns='%s' rid='%d' %s>%s</body>", ns, s.rid, attrs, payload))
}

// raw posts a text.
func (s *session) raw(text string) oracle.Reply {
	r, err := s.p.Post(s.t.Context, text)
	if err != nil {
		s.t.Failf("%v", err)
	}
	return r
}

// hello are the attributes of the first body.
func hello(domain string) string {
	return "to='" + domain + "' wait='2' hold='1' ver='1.6' content='text/xml; charset=utf-8' xml:lang='en' xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'"
}

func newSession(t *run.T) *session {
	return &session{t: t, p: t.Poster(), rid: rand.Int64N(1 << 40)}
}

// began gives a session that has begun, and what the server has said.
func began(t *run.T) (*session, *oracle.Element) {
	s := newSession(t)
	b := s.body(s.post(hello(t.Domain()), ""))
	t.True(b.Attr("type") != "terminate" && b.Attr("sid") != "", "no session: %.300s", b.Raw)
	s.sid = b.Attr("sid")
	return s, b
}

// body wants a body in a reply of status 200.
func (s *session) body(r oracle.Reply) *oracle.Element {
	s.t.True(r.Status == 200 && r.Body != nil && r.Body.Name.Space == ns && r.Body.Name.Local == "body", "wanted a body, came %d %.300s", r.Status, r.Text)
	return r.Body
}

// ended wants the end of a session: by the condition, or by a status as older clients have it.
func ended(t *run.T, r oracle.Reply, status int, conditions ...string) {
	if r.Status == status {
		return
	}
	t.True(r.Body != nil && r.Body.Attr("type") == "terminate", "wanted the end of the session, came %d %.300s", r.Status, r.Text)
	for _, c := range conditions {
		if r.Body.Attr("condition") == c {
			return
		}
	}
	t.Failf("wanted %s, came %.300s", strings.Join(conditions, " or "), r.Text)
}

// Checks gives the checks of XEP-0124.
func Checks() []run.Check {
	needs := []string{"bosh"}
	first := func(good func(t *run.T, b *oracle.Element)) func(*run.T) {
		return func(t *run.T) {
			_, b := began(t)
			good(t, b)
		}
	}
	return []run.Check{
		{ID: "0124/session-response/sid", Level: run.Must, Text: "a session has an id", Needs: needs, Run: first(func(*run.T, *oracle.Element) {})},
		{ID: "0124/session-response/wait", Level: run.Must, Text: "the server tells how long it waits, and that is no longer than was asked", Needs: needs, Run: first(func(t *run.T, b *oracle.Element) {
			n, err := strconv.Atoi(b.Attr("wait"))
			t.True(err == nil && n >= 0 && n <= 2, "wait is %q", b.Attr("wait"))
		})},
		{ID: "0124/session-response/requests", Level: run.Should, Text: "it tells how many requests there may be at once, more than it holds", Needs: needs, Run: first(func(t *run.T, b *oracle.Element) {
			n, err := strconv.Atoi(b.Attr("requests"))
			hold, _ := strconv.Atoi(b.Attr("hold"))
			t.True(err == nil && n > hold, "requests is %q, hold %q", b.Attr("requests"), b.Attr("hold"))
		})},
		{ID: "0124/session-response/inactivity", Level: run.Should, Text: "it tells after what silence the session ends", Needs: needs, Run: first(func(t *run.T, b *oracle.Element) {
			n, err := strconv.Atoi(b.Attr("inactivity"))
			t.True(err == nil && n > 0, "inactivity is %q", b.Attr("inactivity"))
		})},
		{ID: "0124/session-response/hold", Level: run.Must, Text: "it holds no more requests than it was asked to", Needs: needs, Run: first(func(t *run.T, b *oracle.Element) {
			t.True(b.Attr("hold") == "" || b.Attr("hold") == "0" || b.Attr("hold") == "1", "hold is %q", b.Attr("hold"))
		})},
		{ID: "0124/session-response/version", Level: run.Must, Text: "it tells its version, none higher than was asked", Needs: needs, Run: first(func(t *run.T, b *oracle.Element) {
			v := b.Attr("ver")
			t.True(strings.HasPrefix(v, "1."), "ver is %q", v)
			minor, err := strconv.Atoi(strings.TrimPrefix(v, "1."))
			t.True(err == nil && minor <= 11, "ver is %q", v)
		})},
		{ID: "0124/session-response/unpredictable", Level: run.Must, Text: "ids of sessions cannot be guessed", Needs: needs, Run: func(t *run.T) {
			a, _ := began(t)
			b, _ := began(t)
			t.True(a.sid != b.sid && len(a.sid) >= 8, "they are %q and %q", a.sid, b.sid)
		}},
		{ID: "0124/wrapper/content-type", Level: run.Must, Text: "replies are of the type text/xml in UTF-8", Needs: needs, Run: func(t *run.T) {
			s := newSession(t)
			r := s.post(hello(t.Domain()), "")
			h := strings.ToLower(r.Header.Get("Content-Type"))
			t.True(strings.HasPrefix(h, "text/xml") && (!strings.Contains(h, "charset") || strings.Contains(h, "utf-8")), "it is %q", h)
		}},
		{ID: "0124/session-request/host-unknown", Level: run.Must, Text: "a domain that is not served ends with host-unknown", Needs: needs, Run: func(t *run.T) {
			s := newSession(t)
			ended(t, s.post(hello("no-such-host.example"), ""), 0, "host-unknown", "improper-addressing")
		}},
		{ID: "0124/poll/held", Level: run.Must, Text: "a request without a payload is held until something comes or the time is over, and answered with an empty body", Needs: needs, Run: func(t *run.T) {
			s, _ := began(t)
			b := s.body(s.post("", ""))
			t.True(b.Attr("type") != "terminate", "came %.300s", b.Raw)
		}},
		{ID: "0124/terminate/answered", Level: run.Must, Text: "a session that the client ends is ended with a last body", Needs: needs, Run: func(t *run.T) {
			s, _ := began(t)
			b := s.body(s.post("type='terminate'", ""))
			t.True(b.Attr("type") == "terminate" || len(b.Children) == 0, "came %.300s", b.Raw)
		}},
		{ID: "0124/terminate/gone", Level: run.Must, Text: "after which it is not there any more", Needs: needs, Run: func(t *run.T) {
			s, _ := began(t)
			s.body(s.post("type='terminate'", ""))
			ended(t, s.post("", ""), 404, "item-not-found")
		}},
		{ID: "0124/errorstatus-terminal/unknown-sid", Level: run.Must, Text: "a session that is not there ends with item-not-found", Needs: needs, Run: func(t *run.T) {
			s := newSession(t)
			s.sid = "no-such-session"
			ended(t, s.post("", ""), 404, "item-not-found")
		}},
		{ID: "0124/rids-order/out-of-window", Level: run.Must, Text: "a request id far beyond the window ends the session with item-not-found", Needs: needs, Run: func(t *run.T) {
			s, _ := began(t)
			s.rid += 1000
			ended(t, s.post("", ""), 404, "item-not-found")
		}},
		{ID: "0124/rids-broken/repeated", Level: run.Should, Text: "a request that is repeated gets the same reply", Needs: needs, Run: func(t *run.T) {
			s, _ := began(t)
			auth := oracle.Auth("NO-SUCH-THING", "a")
			one := s.body(s.post("", auth))
			two := s.body(s.again("", auth))
			t.True(one.Find(oracle.NSSASL, "failure") != nil && two.Find(oracle.NSSASL, "failure") != nil, "first %.200s, then %.200s", one.Raw, two.Raw)
		}},
		{ID: "0124/errorstatus-terminal/not-well-formed", Level: run.Must, Text: "a body that is not well-formed is a bad request", Needs: needs, Run: func(t *run.T) {
			s, _ := began(t)
			s.rid++
			ended(t, s.raw(fmt.Sprintf("<body xmlns='%s' rid='%d' sid='%s'><a></body>", ns, s.rid, s.sid)), 400, "bad-request", "remote-stream-error", "undefined-condition")
		}},
		{ID: "0124/errorstatus-terminal/no-body", Level: run.Must, Text: "what is no body is a bad request", Needs: needs, Run: func(t *run.T) {
			s := newSession(t)
			ended(t, s.raw("<presence xmlns='jabber:client'/>"), 400, "bad-request", "undefined-condition", "item-not-found")
		}},
		{ID: "0124/rids-syntax/no-rid", Level: run.Must, Text: "a body without a request id is a bad request", Needs: needs, Run: func(t *run.T) {
			s, _ := began(t)
			r := s.raw(fmt.Sprintf("<body xmlns='%s' sid='%s'/>", ns, s.sid))
			t.True(r.Status >= 400 || r.Body != nil && r.Body.Attr("type") == "terminate", "came %d %.300s", r.Status, r.Text)
		}},
		{ID: "0124/security/unrelated-session", Level: run.Must, Text: "the end of one session does not touch another", Needs: needs, Run: func(t *run.T) {
			a, _ := began(t)
			b, _ := began(t)
			a.body(a.post("type='terminate'", ""))
			t.True(b.body(b.post("", oracle.Auth("NO-SUCH-THING", "a"))).Find(oracle.NSSASL, "failure") != nil, "the other session is gone")
		}},
	}
}
