package account_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"causeway/xmpp/account"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

const nsAdmin = "http://jabber.org/protocol/admin#"

// A stage is a service with its administration, on which a test acts as the host
// capulet.lit.
type stage struct {
	t        *testing.T
	accounts *account.Service
	router   *router.Router
	commands map[string]account.Command
}

func newStage(t *testing.T) *stage { return newLoggedStage(t, slog.DiscardHandler) }

func newLoggedStage(t *testing.T, log slog.Handler) *stage {
	s, _ := newService(t, func(c *account.Config) { c.Logger = slog.New(log) })
	r := router.New(router.Config{Hosts: []string{"capulet.lit", "montague.lit"}, Accounts: s})
	s.OnEnd(account.EndSessions(r))
	st := &stage{t, s, r, make(map[string]account.Command)}
	for _, c := range account.NewAdmin(s, r).Commands() {
		st.commands[strings.TrimPrefix(c.Node, nsAdmin)] = c
	}
	return st
}

func field(name string, values ...string) form.Field { return form.Field{Var: name, Values: values} }

func (s *stage) run(node string, fields ...form.Field) (*form.Form, error) {
	s.t.Helper()
	host := juliet.Host()
	c, ok := s.commands[node]
	if !ok {
		s.t.Fatalf("no command %s", node)
	}
	return c.Run(s.t.Context(), host, host, &form.Form{Type: form.Submit, Fields: fields})
}

// want runs a command and gives the values of a field of its result.
func (s *stage) want(node, result string, fields ...form.Field) []string {
	s.t.Helper()
	f, err := s.run(node, fields...)
	if err != nil {
		s.t.Fatalf("%s: %v", node, err)
	}
	if f == nil {
		return nil
	}
	return f.Values(result)
}

// refuse runs a command that must fail.
func (s *stage) refuse(node string, want stanza.Condition, fields ...form.Field) {
	s.t.Helper()
	_, err := s.run(node, fields...)
	var told *stanza.Error
	if !errors.As(err, &told) || told.Condition != want {
		s.t.Errorf("%s: %v, want %s", node, err, want)
	}
}

// TestAudit: the log tells who did what to whom.
func TestAudit(t *testing.T) {
	var log bytes.Buffer
	s := newLoggedStage(t, slog.NewTextHandler(&log, nil))
	s.want("add-user", "", field("accountjid", "juliet@capulet.lit"), field("password", "pencil"))
	s.want("change-user-password", "", field("accountjid", "juliet@capulet.lit"), field("password", "quill"))
	s.want("disable-user", "", field("accountjids", "juliet@capulet.lit"))
	s.want("reenable-user", "", field("accountjids", "juliet@capulet.lit"))
	s.want("announce", "", field("announcement", "the feast begins"))
	s.want("delete-user", "", field("accountjids", "juliet@capulet.lit"))
	for _, want := range []string{
		"act=add jid=juliet@capulet.lit by=capulet.lit", `act="change password" jid=juliet@capulet.lit by=capulet.lit`,
		"act=disable jid=juliet@", "act=enable jid=juliet@", "act=announce jid=capulet.lit", "act=delete jid=juliet@",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s is not in\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "pencil") || strings.Contains(log.String(), "feast") {
		t.Error("a secret is in the log")
	}
}

// TestAdminPlay goes through the commands of XEP-0133 as an administrator would.
func TestAdminPlay(t *testing.T) {
	s := newStage(t)
	s.want("add-user", "", field("accountjid", "juliet@capulet.lit"), field("password", "pencil"), field("password-verify", "pencil"))
	s.want("add-user", "", field("accountjid", "nurse@capulet.lit"), field("password", "pencil"))
	s.refuse("add-user", stanza.Conflict, field("accountjid", "juliet@capulet.lit"), field("password", "pencil")) // #errors
	s.refuse("add-user", stanza.BadRequest, field("accountjid", "tybalt@capulet.lit"), field("password", "a"), field("password-verify", "b"))
	s.refuse("add-user", stanza.NotAcceptable, field("accountjid", "tybalt@capulet.lit"))
	s.refuse("add-user", stanza.NotAllowed, field("accountjid", "romeo@montague.lit"), field("password", "pencil"))
	s.refuse("add-user", stanza.BadRequest, field("password", "pencil"))

	if got := s.want("get-registered-users-list", "registereduserjids", field("max_items", "none")); !slices.Equal(got, []string{"juliet@capulet.lit", "nurse@capulet.lit"}) {
		t.Errorf("registered: %v", got)
	}
	if got := s.want("get-registered-users-list", "registereduserjids", field("max_items", "1"), field("x-after", "juliet")); !slices.Equal(got, []string{"nurse@capulet.lit"}) {
		t.Errorf("registered after juliet: %v", got)
	}
	s.refuse("get-registered-users-list", stanza.BadRequest, field("max_items", "many"))
	if got := s.want("get-registered-users-num", "registeredusersnum"); got[0] != "2" {
		t.Errorf("registered: %v", got)
	}

	s.want("change-user-password", "", field("accountjid", "juliet@capulet.lit"), field("password", "quill"))
	if !check(t, s.accounts, juliet, "quill") {
		t.Error("the password was not changed")
	}
	s.refuse("change-user-password", stanza.ItemNotFound, field("accountjid", "tybalt@capulet.lit"), field("password", "quill"))

	balcony, chamber := bind(t, s.router, "juliet@capulet.lit/balcony"), bind(t, s.router, "juliet@capulet.lit/chamber")
	must(t, s.accounts.Create(t.Context(), romeo, "pencil"))
	romeoAtHome := bind(t, s.router, "romeo@montague.lit/home")
	if got := s.want("get-online-users-list", "onlineuserjids", field("max_items", "25")); !slices.Equal(got, []string{"juliet@capulet.lit"}) {
		t.Errorf("online: %v", got)
	}
	for node, want := range map[string]string{"online": "1", "active": "1", "idle": "0", "disabled": "0"} {
		if got := s.want("get-"+node+"-users-num", node+"usersnum"); got[0] != want {
			t.Errorf("%s: %v", node, got)
		}
	}
	if got := s.want("user-stats", "onlineresources", field("accountjid", "juliet@capulet.lit")); !slices.Equal(got, []string{"balcony", "chamber"}) {
		t.Errorf("resources: %v", got)
	}
	if got := s.want("get-user-lastlogin", "lastlogin", field("accountjids", "juliet@capulet.lit", "nurse@capulet.lit")); got[0] == "" || got[1] != "" {
		t.Errorf("last login: %v", got)
	}

	s.want("announce", "", field("announcement", "the feast begins", "at eight"))
	if len(balcony.got) != 1 || len(chamber.got) != 1 || balcony.got[0].Text("jabber:client", "body") != "the feast begins\nat eight" {
		t.Error("the announcement did not come")
	}
	if len(romeoAtHome.got) != 0 {
		t.Error("the announcement came to another host")
	}

	// #end-user-session: a full address is that session only.
	s.want("end-user-session", "", field("accountjids", "juliet@capulet.lit/balcony"))
	if !balcony.over || chamber.over {
		t.Error("not the one session ended")
	}
	s.want("disable-user", "", field("accountjids", "juliet@capulet.lit"), field("x-reason", "banished"))
	if chamber.ended == nil || chamber.ended.Condition != stream.NotAuthorized {
		t.Errorf("disabling ended the session with %v", chamber.ended)
	}
	if got := s.want("get-disabled-users-list", "disableduserjids"); !slices.Equal(got, []string{"juliet@capulet.lit"}) {
		t.Errorf("disabled: %v", got)
	}
	s.want("reenable-user", "", field("accountjids", "juliet@capulet.lit"))

	s.refuse("delete-user", stanza.ItemNotFound, field("accountjids", "juliet@capulet.lit", "tybalt@capulet.lit"))
	if got := s.want("get-registered-users-num", "registeredusersnum"); got[0] != "2" {
		t.Error("a list with a mistake was worked on")
	}
	s.want("delete-user", "", field("accountjids", "juliet@capulet.lit/balcony", "juliet@capulet.lit", "nurse@capulet.lit"))
	if got := s.want("get-registered-users-num", "registeredusersnum"); got[0] != "0" {
		t.Errorf("registered after all: %v", got)
	}
}

// TestAdminForms: every form has the FORM_TYPE, every node is asked for once.
func TestAdminForms(t *testing.T) {
	s := newStage(t)
	for node, c := range s.commands {
		if c.Allowed(t.Context(), romeo, juliet.Host()) {
			t.Errorf("%s: anybody may", node)
		}
		for _, ask := range c.Forms {
			f, err := ask(t.Context(), nurse, nurse.Host(), &form.Form{})
			if err != nil || f.Type != form.Ask || f.FormType() != "http://jabber.org/protocol/admin" {
				t.Errorf("%s: form %+v, %v", node, f, err)
			}
		}
	}
	if len(s.commands) != 20 {
		t.Errorf("%d commands", len(s.commands))
	}
}

// TestListsLeaveOut: an account whose removal has begun is in no list, though its record
// goes last.
func TestListsLeaveOut(t *testing.T) {
	s := newStage(t)
	for _, name := range []string{"juliet", "nurse", "tybalt"} {
		s.want("add-user", "", field("accountjid", name+"@capulet.lit"), field("password", "pencil"))
	}
	s.want("disable-user", "", field("accountjids", "nurse@capulet.lit", "tybalt@capulet.lit"))
	must(t, s.accounts.Leave(t.Context(), jid.MustParse("tybalt@capulet.lit")))
	if got := s.want("get-registered-users-list", "registereduserjids"); !slices.Equal(got, []string{"juliet@capulet.lit", "nurse@capulet.lit"}) {
		t.Errorf("registered: %q", got)
	}
	if got := s.want("get-disabled-users-list", "disableduserjids"); !slices.Equal(got, []string{"nurse@capulet.lit"}) {
		t.Errorf("disabled: %q", got)
	}
}

func TestListSessions(t *testing.T) {
	s := newStage(t)
	must(t, s.accounts.Create(t.Context(), romeo, "pencil"))
	must(t, s.accounts.Create(t.Context(), juliet, "pencil"))
	bind(t, s.router, "juliet@capulet.lit/balcony")
	bind(t, s.router, "romeo@montague.lit/home")
	f, err := s.run(account.NodeSessions)
	if err != nil || len(f.Items) != 1 || f.Items[0].Fields[0].Values[0] != "juliet@capulet.lit/balcony" {
		t.Errorf("sessions: %+v, %v", f, err)
	}
	var want, got []string
	for i := range 1200 {
		if i%30 == 0 { // the router lets an account have few
			must(t, s.accounts.Create(t.Context(), jid.MustParse(fmt.Sprintf("j%04d@capulet.lit", i)), "pencil"))
		}
		full := fmt.Sprintf("j%04d@capulet.lit/%04d", i-i%30, i%30)
		bind(t, s.router, full)
		want = append(want, full)
	}
	want = append(want, "juliet@capulet.lit/balcony")
	for pages := 1; ; pages++ {
		after := ""
		if len(got) > 0 {
			after = got[len(got)-1]
		}
		if f, err = s.run(account.NodeSessions, field("x-after", after)); err != nil || pages > 4 {
			t.Fatal(pages, err)
		}
		if len(f.Items) == 0 {
			break
		}
		for _, item := range f.Items {
			got = append(got, item.Fields[0].Values[0])
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("page by page: %d sessions instead of %d", len(got), len(want))
	}
	s.refuse(strings.TrimPrefix(account.NodeSessions, nsAdmin), stanza.BadRequest, field("x-after", "@"))
}
