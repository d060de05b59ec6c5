// Package xep0313 checks the message archive of accounts.
package xep0313

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns      = "urn:xmpp:mam:2"
	nsPages = "http://jabber.org/protocol/rsm"
	nsDelay = "urn:xmpp:delay"
)

// Checks gives the checks of XEP-0313.
func Checks() []run.Check { return slices.Concat(queries(), pages()) }

// needs are those of all checks here.
func needs() []string { return []string{"~account:urn:xmpp:mam:2 host:urn:xmpp:mam:2"} }

// talk has romeo say so many things to juliet, and gives both.
func talk(t *run.T, n int) (r, j *run.Client) {
	r, j = t.Online("romeo"), t.Online("juliet")
	for i := range n {
		r.Send("<message to='%s' id='m%d' type='chat'><body>%d</body></message>", j.Bare, i, i)
	}
	j.Want("<message id='m%d'/>", n-1)
	t.Settle(r, j)
	r.Drop()
	j.Drop()
	return r, j
}

// ask queries an archive and gives the ids of the messages, the results and the end.
func ask(t *run.T, c *run.Client, inner string) (ids []string, results []*oracle.Element, fin *oracle.Element) {
	q := t.Word()
	e := c.Set("", "<query xmlns='%s' queryid='%s'>%s</query>", ns, q, inner)
	fin = e.Child(ns, "fin")
	t.True(fin != nil, "no <fin/>: %.300s", e.Raw)
	for _, m := range c.Kept() {
		res := m.Child(ns, "result")
		if res == nil || res.Attr("queryid") != q {
			continue
		}
		results = append(results, res)
		if inner := res.Find(oracle.NSClient, "message"); inner != nil {
			ids = append(ids, inner.Attr("id"))
		}
	}
	return ids, results, fin
}

// form is a query's form with fields, each as NAME=VALUE.
func form(fields ...string) string {
	var b strings.Builder
	b.WriteString("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>" + ns + "</value></field>")
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		fmt.Fprintf(&b, "<field var='%s'><value>%s</value></field>", name, value)
	}
	return b.String() + "</x>"
}

func set(inner string) string { return "<set xmlns='" + nsPages + "'>" + inner + "</set>" }

// queries is XEP-0313 #query, #filter, #query-form, #results and #archives_id.
func queries() []run.Check {
	return []run.Check{
		{ID: "0313/query/both-sides", Level: run.Must, Text: "a message is in the archive of its sender and of its recipient", Needs: needs(), Run: func(t *run.T) {
			r, j := talk(t, 1)
			for _, c := range []*run.Client{r, j} {
				ids, _, _ := ask(t, c, "")
				t.True(slices.Equal(ids, []string{"m0"}), "%s has %v", c.Bare, ids)
			}
		}},
		{ID: "0313/query/before-result", Level: run.Must, Text: "the answer to a query comes behind the last message of it", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 3)
			ids, _, _ := ask(t, j, "")
			j.Sync()
			t.True(len(ids) == 3, "%d messages came before the answer", len(ids))
		}},
		{ID: "0313/results/shape", Level: run.Must, Text: "a result has an id, the query's id, and the message forwarded with the time", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 1)
			j.Set("", "<query xmlns='%s' queryid='q7'/>", ns)
			j.Want("<message to='%s'><result xmlns='%s' id='*' queryid='q7'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='%s' stamp='*'/><message xmlns='jabber:client' id='m0'><body>0</body></message></forwarded></result></message>", j.Full, ns, nsDelay)
		}},
		{ID: "0313/results/time", Level: run.Must, Text: "the time is the one at which the message came, in UTC", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 1)
			_, results, _ := ask(t, j, "")
			t.True(len(results) == 1, "%d results", len(results))
			d := results[0].Find(nsDelay, "delay")
			t.True(d != nil, "no delay")
			at, err := time.Parse(time.RFC3339, d.Attr("stamp"))
			t.True(err == nil && time.Since(at).Abs() < time.Hour && strings.HasSuffix(d.Attr("stamp"), "Z"), "the stamp is %q", d.Attr("stamp"))
		}},
		{ID: "0313/results/order", Level: run.Must, Text: "results are in the order in which the messages came", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 5)
			ids, _, _ := ask(t, j, "")
			t.True(slices.Equal(ids, []string{"m0", "m1", "m2", "m3", "m4"}), "they are %v", ids)
		}},
		{ID: "0313/archives_id/same", Level: run.Must, Text: "the id in the archive is the stanza-id that came with the message", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m0' type='chat'><body>a</body></message>", j.Bare)
			e := j.Want("<message id='m0'><stanza-id xmlns='urn:xmpp:sid:0' by='%s'/></message>", j.Bare)
			want := e.Find("urn:xmpp:sid:0", "stanza-id").Attr("id")
			_, results, _ := ask(t, j, "")
			t.True(len(results) == 1 && results[0].Attr("id") == want, "it came with %q", want)
		}},
		{ID: "0313/archives_id/not-to-others", Level: run.Must, Text: "the id in the sender's archive is not told to the recipient", Needs: needs(), Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<message to='%s' id='m0' type='chat'><body>a</body></message>", j.Bare)
			e := j.Want("<message id='m0'/>")
			for _, s := range e.All("urn:xmpp:sid:0", "stanza-id") {
				t.True(s.Attr("by") != r.Bare, "came %.400s", e.Raw)
			}
		}},
		{ID: "0313/query-form/fields", Level: run.Must, Text: "the form has the fields with, start and end", Needs: needs(), Run: func(t *run.T) {
			e := t.Login("romeo").Get("", "<query xmlns='%s'/>", ns)
			for _, name := range []string{"with", "start", "end"} {
				t.True(run.Inside(e, oracle.Pattern("<field xmlns='jabber:x:data' var='%s'/>", name)), "%s is missing: %.500s", name, e.Raw)
			}
		}},
		{ID: "0313/query-form/types", Level: run.Must, Text: "of the types jid-single, text-single and text-single", Needs: needs(), Run: func(t *run.T) {
			e := t.Login("romeo").Get("", "<query xmlns='%s'/>", ns)
			for name, typ := range map[string]string{"with": "jid-single", "start": "text-single", "end": "text-single"} {
				t.True(run.Inside(e, oracle.Pattern("<field xmlns='jabber:x:data' var='%s' type='%s'/>", name, typ)), "%s is missing or of another type: %.500s", name, e.Raw)
			}
		}},
		{ID: "0313/query-form/unknown-field", Level: run.Must, Text: "a field that the server does not know is refused with feature-not-implemented", Needs: needs(), Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Refused(c.Ask("set", "", "<query xmlns='%s'>%s</query>", ns, form("{urn:example}hue=red")), "feature-not-implemented", "bad-request")
		}},
		{ID: "0313/filter-jid/with", Level: run.Must, Text: "with gives the messages with that person only", Needs: needs(), Run: func(t *run.T) {
			r, j := talk(t, 2)
			n := t.Online("nurse")
			n.Send("<message to='%s' id='n0' type='chat'><body>a</body></message>", j.Bare)
			j.Want("<message id='n0'/>")
			ids, _, _ := ask(t, j, form("with="+r.Bare))
			t.True(slices.Equal(ids, []string{"m0", "m1"}), "they are %v", ids)
		}},
		{ID: "0313/filter-time/start", Level: run.Must, Text: "start gives what is not older", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 2)
			past, _, _ := ask(t, j, form("start=2010-07-10T23:08:25Z"))
			future, _, _ := ask(t, j, form("start=2090-07-10T23:08:25Z"))
			t.True(len(past) == 2 && len(future) == 0, "since 2010 %d, since 2090 %d", len(past), len(future))
		}},
		{ID: "0313/filter-time/end", Level: run.Must, Text: "end gives what is not newer", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 2)
			past, _, _ := ask(t, j, form("end=2010-07-10T23:08:25Z"))
			future, _, _ := ask(t, j, form("end=2090-07-10T23:08:25Z"))
			t.True(len(past) == 0 && len(future) == 2, "until 2010 %d, until 2090 %d", len(past), len(future))
		}},
		{ID: "0313/filter-time/bad", Level: run.Must, Text: "what is no time is refused", Needs: needs(), Run: func(t *run.T) {
			c := t.Login("romeo")
			c.Refused(c.Ask("set", "", "<query xmlns='%s'>%s</query>", ns, form("start=yesterday")))
		}},
		{ID: "0313/query/fin", Level: run.Must, Text: "the answer has a fin with a set of XEP-0059", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 2)
			_, _, fin := ask(t, j, "")
			t.True(fin.Child(nsPages, "set") != nil, "no set")
		}},
		{ID: "0313/query/complete", Level: run.Must, Text: "an answer that holds all there is says complete", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 2)
			_, _, fin := ask(t, j, "")
			t.True(fin.Attr("complete") == "true" || fin.Attr("complete") == "1", "complete is %q", fin.Attr("complete"))
		}},
		{ID: "0313/security/foreign", Level: run.Must, Text: "nobody gets anything out of somebody else's archive", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 1)
			n := t.Login("nurse")
			e := n.Ask("set", j.Bare, "<query xmlns='%s' queryid='q'/>", ns)
			t.True(e.Is("iq"), "came %.300s", e.Raw)
			n.Without("<result xmlns='%s' queryid='q'/>", ns)
			set := e.Find(nsPages, "count")
			t.True(set == nil || set.Text == "0", "the number of messages is told: %.300s", e.Raw)
		}},
		{ID: "0313/archives_user/bare", Level: run.Must, Text: "the archive answers at the bare address of the account", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 1)
			j.Set(j.Bare, "<query xmlns='%s' queryid='q'/>", ns)
			j.WantIn("<result xmlns='%s' queryid='q'/>", ns)
		}},
	}
}

// pages is XEP-0313 #query-paging.
func pages() []run.Check {
	return []run.Check{
		{ID: "0313/query-paging/max", Level: run.Must, Text: "a page holds no more than it was asked to", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 5)
			ids, _, _ := ask(t, j, set("<max>2</max>"))
			t.True(slices.Equal(ids, []string{"m0", "m1"}), "they are %v", ids)
		}},
		{ID: "0313/query-paging/first-last", Level: run.Must, Text: "a page names the first and last id in it", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 5)
			_, results, fin := ask(t, j, set("<max>2</max>"))
			first, last := fin.Find(nsPages, "first"), fin.Find(nsPages, "last")
			t.True(len(results) == 2 && first != nil && last != nil && first.Text == results[0].Attr("id") && last.Text == results[1].Attr("id"), "first or last is not that of the page")
		}},
		{ID: "0313/query-paging/not-complete", Level: run.Must, Text: "a page that is not all does not say complete", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 5)
			ids, _, fin := ask(t, j, set("<max>2</max>"))
			t.True(len(ids) == 2 && fin.Attr("complete") != "true" && fin.Attr("complete") != "1", "%d messages, complete is %q", len(ids), fin.Attr("complete"))
		}},
		{ID: "0313/query-paging-request/after", Level: run.Must, Text: "after gives what follows, to the end", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 5)
			_, _, fin := ask(t, j, set("<max>3</max>"))
			last := fin.Find(nsPages, "last")
			t.True(last != nil, "no last")
			ids, _, fin := ask(t, j, set("<max>3</max><after>"+oracle.Escape(last.Text)+"</after>"))
			t.True(slices.Equal(ids, []string{"m3", "m4"}) && fin.Attr("complete") != "", "they are %v, complete is %q", ids, fin.Attr("complete"))
		}},
		{ID: "0313/query-paging-request/before", Level: run.Must, Text: "an empty before gives the last page, in the order of time", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 5)
			ids, _, _ := ask(t, j, set("<max>2</max><before/>"))
			t.True(slices.Equal(ids, []string{"m3", "m4"}), "they are %v", ids)
		}},
		{ID: "0313/query-paging-request/before-id", Level: run.Must, Text: "before gives the page that stands before", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 5)
			_, _, fin := ask(t, j, set("<max>2</max><before/>"))
			first := fin.Find(nsPages, "first")
			t.True(first != nil, "no first")
			ids, _, _ := ask(t, j, set("<max>2</max><before>"+oracle.Escape(first.Text)+"</before>"))
			t.True(slices.Equal(ids, []string{"m1", "m2"}), "they are %v", ids)
		}},
		{ID: "0313/query-paging-request/unknown", Level: run.Must, Text: "an id that is not in the archive is item-not-found", Needs: needs(), Run: func(t *run.T) {
			_, j := talk(t, 1)
			j.Refused(j.Ask("set", "", "<query xmlns='%s'>%s</query>", ns, set("<max>2</max><after>no such id</after>")), "item-not-found")
		}},
		{ID: "0313/query-paging/empty", Level: run.Must, Text: "an archive that holds nothing gives an empty page that is complete", Needs: needs(), Run: func(t *run.T) {
			ids, _, fin := ask(t, t.Login("romeo"), "")
			t.True(len(ids) == 0 && fin.Attr("complete") == "true" || fin.Attr("complete") == "1", "%d messages, complete is %q", len(ids), fin.Attr("complete"))
		}},
		{ID: "0313/query-paging-flip/flipped", Level: run.Must, Text: "a flipped page is in the opposite order", Needs: append(needs(), "~account:urn:xmpp:mam:2#extended host:urn:xmpp:mam:2#extended"), Run: func(t *run.T) {
			_, j := talk(t, 3)
			ids, _, _ := ask(t, j, "<flip-page/>")
			t.True(slices.Equal(ids, []string{"m2", "m1", "m0"}), "they are %v", ids)
		}},
		{ID: "0313/archive-metadata/bounds", Level: run.Must, Text: "the metadata name the first and the last message", Needs: append(needs(), "~account:urn:xmpp:mam:2#extended host:urn:xmpp:mam:2#extended"), Run: func(t *run.T) {
			_, j := talk(t, 3)
			_, results, _ := ask(t, j, "")
			e := j.Get("", "<metadata xmlns='%s'/>", ns)
			start, end := e.Find(ns, "start"), e.Find(ns, "end")
			t.True(len(results) == 3 && start != nil && end != nil && start.Attr("id") == results[0].Attr("id") && end.Attr("id") == results[2].Attr("id"), "came %.400s", e.Raw)
		}},
	}
}
