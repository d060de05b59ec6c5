// Package xep0077 checks in-band registration.
package xep0077

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns  = "jabber:iq:register"
	get = "<query xmlns='jabber:iq:register'/>"
)

// Checks gives the checks of XEP-0077.
func Checks() []run.Check {
	strangers := []string{"register"}
	accounts := []string{"host:jabber:iq:register"}
	return []run.Check{
		{ID: "0077/streamfeature/advertised", Level: run.Should, Text: "a server that registers strangers says so in the features before the login", Needs: strangers, Run: func(t *run.T) {
			f := t.Secured().Features
			t.True(f.Child("http://jabber.org/features/iq-register", "register") != nil, "came %.300s", f.Raw)
		}},
		{ID: "0077/usecases-register/fields", Level: run.Must, Text: "a stranger is told which fields are wanted: a name and a password, or a form", Needs: strangers, Run: func(t *run.T) {
			e := t.Secured().Ask("get", t.Domain(), get)
			q := e.Find(ns, "query")
			t.True(e.Attr("type") == "result" && q != nil, "came %.300s", e.Raw)
			t.True(q.Child(ns, "username") != nil && q.Child(ns, "password") != nil || len(q.Children) > 0, "no fields: %.300s", e.Raw)
		}},
		{ID: "0077/usecases-register/success", Level: run.Must, Text: "a registration is answered with a result, and the account can log in", Needs: strangers, Run: func(t *run.T) {
			user := t.Word()
			e := register(t, user, "a password")
			t.True(e.Attr("type") == "result", "came %.300s", e.Raw)
			r := t.Secured()
			if err := r.Authenticate(user, "a password"); err != nil {
				t.Failf("%v", err)
			}
			r.HeaderOf(oracle.Header(t.Domain()))
			r.Read("features")
			if _, err := r.Bind(""); err != nil {
				t.Failf("%v", err)
			}
			e = r.Ask("set", "", "<query xmlns='jabber:iq:register'><remove/></query>")
			t.True(e.Attr("type") == "result", "the new account cannot remove itself: %.300s", e.Raw)
		}},
		{ID: "0077/usecases-register/conflict", Level: run.Must, Text: "a name that is taken is refused with conflict", Needs: strangers, Run: func(t *run.T) {
			e := register(t, t.Account("romeo").User, "a password")
			t.True(e.Condition() == "conflict", "came %.300s", e.Raw)
		}},
		{ID: "0077/usecases-register/not-acceptable", Level: run.Must, Text: "a registration without a password is refused with not-acceptable", Needs: strangers, Run: func(t *run.T) {
			e := t.Secured().Ask("set", t.Domain(), "<query xmlns='jabber:iq:register'><username>"+t.Word()+"</username></query>")
			t.True(e.Condition() == "not-acceptable" || e.Condition() == "bad-request", "came %.300s", e.Raw)
		}},
		{ID: "0077/usecases-register/registered", Level: run.Must, Text: "who has an account is told so, with the name", Needs: accounts, Run: func(t *run.T) {
			c := t.Login("romeo")
			e := c.Get("", get)
			u := e.Find(ns, "username")
			t.True(e.Find(ns, "registered") != nil && u != nil && u.Text == t.Account("romeo").User, "came %.300s", e.Raw)
		}},
		{ID: "0077/usecases-changepw/success", Level: run.Must, Text: "who has an account can change the password, and logs in with the new one only", Needs: accounts, Run: func(t *run.T) {
			c, a := t.Login("romeo"), t.Account("romeo")
			c.Set(t.Domain(), "<query xmlns='jabber:iq:register'><username>%s</username><password>another one</password></query>", a.User)
			r := t.Secured()
			t.True(r.Authenticate(a.User, a.Password) != nil, "the old password still works")
			r = t.Secured()
			if err := r.Authenticate(a.User, "another one"); err != nil {
				t.Failf("the new password: %v", err)
			}
			c.Set(t.Domain(), "<query xmlns='jabber:iq:register'><username>%s</username><password>%s</password></query>", a.User, a.Password)
		}},
		{ID: "0077/usecases-changepw/somebody-else", Level: run.Must, Text: "nobody changes somebody else's password", Needs: accounts, Run: func(t *run.T) {
			c, j := t.Login("romeo"), t.Account("juliet")
			c.Ask("set", t.Domain(), "<query xmlns='jabber:iq:register'><username>%s</username><password>mine</password></query>", j.User)
			r := t.Secured()
			if err := r.Authenticate(j.User, j.Password); err != nil {
				t.Failf("the password of somebody else was changed: %v", err)
			}
		}},
		{ID: "0077/usecases-changepw/no-password", Level: run.Must, Text: "a change to no password is refused", Needs: accounts, Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Refused(c.Ask("set", t.Domain(), "<query xmlns='jabber:iq:register'><username>%s</username></query>", t.Account("romeo").User))
		}},
		{ID: "0077/usecases-cancel/removed", Level: run.Must, Text: "who removes the account cannot log in any more", Needs: accounts, Run: func(t *run.T) {
			c, a := t.Login("romeo"), t.Account("romeo")
			c.Send("<iq type='set' id='bye'><query xmlns='jabber:iq:register'><remove/></query></iq>")
			for {
				e, err := c.Stream.Next(t.Patience)
				if err != nil || e.Name.Local == "error" {
					break
				}
				if e.Attr("id") == "bye" {
					t.Need(e.Condition() != "not-allowed" && e.Condition() != "forbidden", "removal is not allowed here")
					t.True(e.Attr("type") == "result", "came %.300s", e.Raw)
					break
				}
			}
			t.True(t.Secured().Authenticate(a.User, a.Password) != nil, "the account still logs in")
		}},
		{ID: "0077/usecases-cancel/nothing-else", Level: run.Must, Text: "a removal with anything beside it is refused with bad-request", Needs: accounts, Run: func(t *run.T) {
			c := t.Login("romeo")
			e := c.Ask("set", "", "<query xmlns='jabber:iq:register'><remove/><username>a</username></query>")
			t.Need(e.Condition() != "not-allowed" && e.Condition() != "forbidden", "removal is not allowed here")
			c.Refused(e, "bad-request")
		}},
	}
}

// register has a stranger register.
func register(t *run.T, user, password string) *oracle.Element {
	return t.Secured().Ask("set", t.Domain(), "<query xmlns='jabber:iq:register'><username>"+user+"</username><password>"+password+"</password></query>")
}
