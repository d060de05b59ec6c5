package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var (
	nurse   = jid.MustParse("nurse@capulet.lit/kitchen")
	juliet  = jid.MustParse("juliet@capulet.lit/balcony")
	capulet = nurse.Host()
)

// reply is a command element that was answered.
type reply struct {
	Node    string `xml:"node,attr"`
	Session string `xml:"sessionid,attr"`
	Status  string `xml:"status,attr"`
	Note    string `xml:"note"`
	Actions *struct {
		Execute  string    `xml:"execute,attr"`
		Prev     *struct{} `xml:"prev"`
		Next     *struct{} `xml:"next"`
		Complete *struct{} `xml:"complete"`
	} `xml:"actions"`
	Form *form.Form `xml:"jabber:x:data x"`
}

// A troupe is a service with three commands: "now" has no form, "one" asks for a
// word, "two" asks for a dish and then for a drink.
type troupe struct {
	t   *testing.T
	svc *Service
	ran []string
}

func newTroupe(t *testing.T) *troupe {
	tr := &troupe{t: t, svc: New()}
	allowed := func(_ context.Context, who, _ jid.JID) bool { return who.Bare() == nurse.Bare() }
	ask := func(name string) func(context.Context, jid.JID, jid.JID, *form.Form) (*form.Form, error) {
		return func(_ context.Context, _, _ jid.JID, given *form.Form) (*form.Form, error) {
			return form.New(form.Ask, "urn:example", form.Field{Var: name, Desc: "after " + given.Value("dish")}), nil
		}
	}
	run := func(_ context.Context, _, _ jid.JID, given *form.Form) (*form.Form, error) {
		if given.Value("word") == "bad" {
			return nil, badPayload("not that word")
		}
		tr.ran = append(tr.ran, given.Value("word")+given.Value("dish")+given.Value("drink"))
		return form.New(form.Result, "urn:example"), nil
	}
	for node, forms := range map[string][]string{"now": nil, "one": {"word"}, "two": {"dish", "drink"}} {
		c := Command{Node: node, Name: "Do " + node, Allowed: allowed, Run: run}
		for _, f := range forms {
			c.Forms = append(c.Forms, ask(f))
		}
		tr.svc.Add(c)
	}
	return tr
}

// send runs one request; attrs are those of the command element.
func (tr *troupe) send(from jid.JID, attrs string, fields ...string) (*reply, error) {
	tr.t.Helper()
	payload := "<command xmlns='" + NS + "' " + attrs + ">"
	if fields != nil {
		f := form.Form{Type: form.Submit}
		for _, kv := range fields {
			k, v, _ := strings.Cut(kv, "=")
			f.Fields = append(f.Fields, form.Field{Var: k, Values: []string{v}})
		}
		payload += string(f.Append(nil))
	}
	payload += "</command>"
	iq := stanza.New(stanza.IQ, stanza.Set, "1", from, capulet, []byte(payload))
	out, err := tr.svc.HandleIQ(tr.t.Context(), iq)
	if err != nil {
		return nil, err
	}
	var r reply
	if err := iq.Result(out).Decode(&r); err != nil {
		tr.t.Fatalf("%s: %v", out, err)
	}
	return &r, nil
}

func (tr *troupe) want(r *reply, err error) *reply {
	tr.t.Helper()
	if err != nil {
		tr.t.Fatal(err)
	}
	return r
}

// refuse checks an error against a row of XEP-0050 #desc-errors.
func (tr *troupe) refuse(_ *reply, err error, typ stanza.ErrorType, c stanza.Condition, specific string) {
	tr.t.Helper()
	var told *stanza.Error
	if !errors.As(err, &told) || told.Type != typ || told.Condition != c || !strings.Contains(string(told.App), specific) {
		tr.t.Errorf("%v %s, want %s %s %s", err, told.App, typ, c, specific)
	}
}

func TestSimple(t *testing.T) { // XEP-0050 #execute-simple
	tr := newTroupe(t)
	r := tr.want(tr.send(nurse, "node='now' action='execute'"))
	if r.Status != "completed" || r.Session == "" || r.Node != "now" || r.Note != "Do now: done" || r.Form == nil || len(tr.ran) != 1 {
		t.Errorf("%+v, ran %d", r, len(tr.ran))
	}
}

func TestStages(t *testing.T) { // XEP-0050 #execute-multiple
	tr := newTroupe(t)
	r := tr.want(tr.send(nurse, "node='two'"))
	if r.Status != "executing" || r.Actions.Execute != "next" || r.Actions.Prev != nil || r.Actions.Next == nil || r.Form.Field("dish") == nil {
		t.Fatalf("first stage: %+v", r)
	}
	in := fmt.Sprintf("node='two' sessionid='%s' ", r.Session)
	r = tr.want(tr.send(nurse, in+"action='next'", "dish=fish"))
	if r.Actions.Execute != "complete" || r.Actions.Prev == nil || r.Actions.Complete == nil || r.Form.Field("drink").Desc != "after fish" {
		t.Fatalf("second stage: %+v", r)
	}
	r = tr.want(tr.send(nurse, in+"action='prev'"))
	if r.Form.Field("dish") == nil || r.Session == "" {
		t.Fatalf("back at the first stage: %+v", r)
	}
	tr.want(tr.send(nurse, in, "dish=fowl")) // execute means next here
	r = tr.want(tr.send(nurse, in, "drink=wine"))
	if r.Status != "completed" || tr.ran[0] != "fowlwine" {
		t.Errorf("%+v, ran %v", r, tr.ran)
	}
	// A session that is over is not run again.
	r, err := tr.send(nurse, in, "drink=wine")
	tr.refuse(r, err, stanza.Cancel, stanza.NotAllowed, "session-expired")
}

func TestFormAtOnce(t *testing.T) {
	tr := newTroupe(t)
	if r := tr.want(tr.send(nurse, "node='one'", "word=good")); r.Status != "completed" || tr.ran[0] != "good" {
		t.Errorf("%+v, ran %v", r, tr.ran)
	}
	if r := tr.want(tr.send(nurse, "node='two'", "dish=fish")); r.Status != "executing" || r.Form.Field("drink") == nil {
		t.Errorf("%+v", r)
	}
}

func TestCorrect(t *testing.T) {
	tr := newTroupe(t)
	in := "node='one' sessionid='" + tr.want(tr.send(nurse, "node='one'")).Session + "' "
	r, err := tr.send(nurse, in, "word=bad")
	tr.refuse(r, err, stanza.Modify, stanza.BadRequest, "bad-payload")
	if r = tr.want(tr.send(nurse, in+"action='complete'", "word=good")); r.Status != "completed" || len(tr.ran) != 1 {
		t.Errorf("%+v, ran %v", r, tr.ran)
	}
}

func TestCancel(t *testing.T) { // XEP-0050 #cancel
	tr := newTroupe(t)
	in := "node='one' sessionid='" + tr.want(tr.send(nurse, "node='one'")).Session + "' "
	if r := tr.want(tr.send(nurse, in+"action='cancel'")); r.Status != "canceled" || len(tr.ran) != 0 {
		t.Errorf("%+v", r)
	}
	r, err := tr.send(nurse, in, "word=good")
	tr.refuse(r, err, stanza.Cancel, stanza.NotAllowed, "session-expired")
}

func TestErrors(t *testing.T) { // XEP-0050 #desc-errors
	tr := newTroupe(t)
	one := "node='one' sessionid='" + tr.want(tr.send(nurse, "node='one'")).Session + "' "
	two := "node='two' sessionid='" + tr.want(tr.send(nurse, "node='two'")).Session + "' "
	for _, tt := range []struct {
		name, attrs string
		fields      []string
		typ         stanza.ErrorType
		cond        stanza.Condition
		specific    string
	}{
		{"unknown action", "node='one' action='dance'", nil, stanza.Modify, stanza.BadRequest, "malformed-action"},
		{"cancel of nothing", "node='one' action='cancel'", nil, stanza.Modify, stanza.BadRequest, "bad-action"},
		{"prev of nothing", "node='one' action='prev'", nil, stanza.Modify, stanza.BadRequest, "bad-action"},
		{"prev at the first stage", two + "action='prev'", nil, stanza.Modify, stanza.BadRequest, "bad-action"},
		{"next at the last stage", one + "action='next'", []string{"word=x"}, stanza.Modify, stanza.BadRequest, "bad-action"},
		{"complete before the last stage", two + "action='complete'", []string{"dish=x"}, stanza.Modify, stanza.BadRequest, "bad-action"},
		{"no form", one, nil, stanza.Modify, stanza.BadRequest, "bad-payload"},
		{"made-up session", "node='one' sessionid='x'", []string{"word=x"}, stanza.Modify, stanza.BadRequest, "bad-sessionid"},
		{"session of another command", strings.Replace(two, "two", "one", 1), []string{"word=x"}, stanza.Modify, stanza.BadRequest, "bad-sessionid"},
		{"no such command", "node='three'", nil, stanza.Cancel, stanza.ItemNotFound, ""},
		{"no node", "", nil, stanza.Cancel, stanza.ItemNotFound, ""},
	} {
		r, err := tr.send(nurse, tt.attrs, tt.fields...)
		t.Log(tt.name)
		tr.refuse(r, err, tt.typ, tt.cond, tt.specific)
	}
	r, err := tr.send(juliet, "node='one'")
	tr.refuse(r, err, stanza.Cancel, stanza.Forbidden, "")
	// A session is its owner's: another resource of the same account is another requester.
	r, err = tr.send(jid.MustParse("nurse@capulet.lit/street"), one, "word=x")
	tr.refuse(r, err, stanza.Modify, stanza.BadRequest, "bad-sessionid")
	// None of all that has spoilt the sessions.
	tr.want(tr.send(nurse, one, "word=good"))
	tr.want(tr.send(nurse, two, "dish=good"))
	if _, err := tr.svc.HandleIQ(t.Context(), stanza.New(stanza.IQ, stanza.Get, "1", nurse, capulet, []byte("<command xmlns='"+NS+"' node='now'/>"))); err == nil {
		t.Error("a get ran a command")
	}
}

func TestList(t *testing.T) { // XEP-0050 #retrieve
	tr := newTroupe(t)
	if got := tr.svc.Commands(t.Context(), nurse, capulet); len(got) != 3 {
		t.Errorf("%d commands for the nurse", len(got))
	}
	if got := tr.svc.Commands(t.Context(), juliet, capulet); len(got) != 0 {
		t.Errorf("%d commands for juliet", len(got))
	}
}

func TestSessionsEnd(t *testing.T) { // XEP-0050 #impl-session
	synctest.Test(t, func(t *testing.T) {
		tr := newTroupe(t)
		in := "node='one' sessionid='" + tr.want(tr.send(nurse, "node='one'")).Session + "' "
		time.Sleep(sessionLife + time.Second)
		r, err := tr.send(nurse, in, "word=good")
		tr.refuse(r, err, stanza.Cancel, stanza.NotAllowed, "session-expired")
		for i := range maxSessions * 2 {
			who := jid.MustParse(fmt.Sprintf("nurse@capulet.lit/%d", i/(maxOwn*2)))
			tr.want(tr.send(who, "node='one'"))
		}
		s := tr.svc.sessions
		if len(s.waiting) > maxSessions || s.order.Len() != len(s.waiting) {
			t.Errorf("%d sessions wait, %d in order", len(s.waiting), s.order.Len())
		}
		for who, n := range s.own {
			if n > maxOwn {
				t.Errorf("%s has %d sessions", who, n)
			}
		}
		time.Sleep(sessionLife + time.Second)
		tr.want(tr.send(nurse, "node='one'"))
		if len(s.waiting) != 1 || len(s.own) != 1 {
			t.Errorf("%d sessions wait after all have expired", len(s.waiting))
		}
	})
}
