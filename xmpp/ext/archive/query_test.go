package archive

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/stanza"
)

// TestPage holds a page against XEP-0313 #results, to the byte.
func TestPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.login(balcony)
		w.says(orchard, juliet, "a")
		w.says(balcony, romeo, "b")
		got := w.ask(balcony, "set", query(""))
		inside := func(id, from, to, body string, µs int) string {
			return "<message from='juliet@capulet.lit' to='juliet@capulet.lit/balcony'><result xmlns='urn:xmpp:mam:2' queryid='f27' id='" + id + "'>" +
				"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2000-01-01T00:00:00.00000" + fmt.Sprint(µs) + "Z'/>" +
				"<message xmlns='jabber:client' from='" + from + "' to='" + to + "' type='chat' id='" + body + "'><body>" + body + "</body></message>" +
				"</forwarded></result></message>"
		}
		for i, want := range []string{
			inside("946684800000000", orchard, juliet, "a", 0),
			inside("946684800000001", balcony, romeo, "b", 1),
			"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='q'><fin xmlns='urn:xmpp:mam:2' complete='true'>" +
				"<set xmlns='http://jabber.org/protocol/rsm'><first>946684800000000</first><last>946684800000001</last></set></fin></iq>",
		} {
			if i >= len(got) || got[i] != want {
				t.Errorf("%d: got %q\nwant %s", i, got, want)
			}
		}
	})
}

// TestQuery asks the archive of juliet, which holds a to h, a second apart.
func TestQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.login(balcony)
		for _, m := range []struct{ from, to, body string }{
			{orchard, juliet, "a"},
			{balcony, orchard, "b"},
			{"romeo@montague.lit/home", balcony, "c"},
			{"nurse@capulet.lit/hall", juliet, "d"},
			{balcony, juliet, "e"},
			{orchard, balcony, "f"},
			{balcony, "nurse@capulet.lit", "g"},
			{orchard, juliet, "h"},
		} {
			w.says(m.from, m.to, m.body)
			time.Sleep(time.Second)
		}
		rows := w.disk.archive(juliet)
		id := func(body string) string { return rows[body[0]-'a'].ID.String() }
		at := func(body string) string { return rows[body[0]-'a'].ID.Time().Format(time.RFC3339Nano) }
		for _, c := range []struct{ name, query, bodies, rest string }{
			{"XEP-0313 #query: everything", query(""), "a b c d e f g h", "complete a-h"},
			{"XEP-0313 #filter-jid: a bare JID", query("", "with="+romeo), "a b c f h", "complete a-h"},
			{"XEP-0313 #filter-jid: a full JID", query("", "with="+orchard), "a b f h", "complete a-h"},
			{"XEP-0313 #filter-jid: to oneself", query("", "with="+juliet), "e", "complete e-e"},
			{"XEP-0313 #filter: nobody matches", query("", "with=tybalt@capulet.lit"), "", "complete"},
			{"XEP-0313 #filter-time: start is within", query("", "start="+at("d")), "d e f g h", "complete d-h"},
			{"XEP-0313 #filter-time: end is within", query("", "end="+at("d")), "a b c d", "complete a-d"},
			{"XEP-0313 #filter-time: both", query("", "start="+at("b"), "end="+at("c")), "b c", "complete b-c"},
			{"XEP-0082: a zone and a fraction", query("", "end=2000-01-01T02:00:02.5+02:00"), "a b c", "complete a-c"},
			{"finer than an ID", query("", "start=2000-01-01T00:00:02.0000001Z"), "d e f g h", "complete d-h"},
			{"before there was time", query("", "end=1900-01-01T00:00:00Z"), "", "complete"},
			{"in the wrong order", query("", "start="+at("d"), "end="+at("a")), "", "complete"},
			{"XEP-0313 #query-limit-id: after-id", query("", "after-id="+id("f")), "g h", "complete g-h"},
			{"XEP-0313 #query-limit-id: before-id", query("", "before-id="+id("c")), "a b", "complete a-b"},
			{"XEP-0313 #query-limit-id: between", query("", "after-id="+id("b"), "before-id="+id("e")), "c d", "complete c-d"},
			{"XEP-0313 #query-limit-id: ids, in order", query("", "ids="+id("g")+","+id("b")+","+id("g")), "b g", "complete b-g"},
			{"no ids", query("", "ids="), "", "item-not-found"},
			{"XEP-0313 #query-include-groupchat", query("", "include-groupchat=false"), "a b c d e f g h", "complete a-h"},
			{"XEP-0059 #limit", query(set("<max>3</max>")), "a b c", "a-c"},
			{"XEP-0059 #forwards", query(set("<max>3</max><after>" + id("c") + "</after>")), "d e f", "d-f"},
			{"XEP-0059 #forwards: the last page", query(set("<max>3</max><after>" + id("f") + "</after>")), "g h", "complete g-h"},
			{"profanity: after without a set", query("<after>" + id("f") + "</after>"), "g h", "complete g-h"},
			{"XEP-0059 #forwards: nothing more", query(set("<after>" + id("h") + "</after>")), "", "complete"},
			{"XEP-0059 #last", query(set("<max>3</max><before/>")), "f g h", "f-h"},
			{"XEP-0059 #backwards", query(set("<max>3</max><before>" + id("f") + "</before>")), "c d e", "c-e"},
			{"XEP-0059 #backwards: the first page", query(set("<max>3</max><before>" + id("c") + "</before>")), "a b", "complete a-b"},
			{"both ends", query(set("<max>2</max><after>" + id("a") + "</after><before>" + id("f") + "</before>")), "d e", "d-e"},
			{"a filter and a page", query(set("<max>2</max><before/>"), "with="+romeo), "f h", "f-h"},
			{"XEP-0313 #query-paging-flip", "<query xmlns='urn:xmpp:mam:2'>" + set("<max>3</max><after>"+id("c")+"</after>") + "<flip-page/></query>", "f e d", "d-f"},
			{"XEP-0059 #count", query(set("<max>0</max>")), "", "count 8"},
			{"XEP-0059 #count of a filter", query(set("<max>0</max>"), "with="+romeo), "", "count 5"},
			{"XEP-0059 #count of nothing", query(set("<max>0</max>"), "with=tybalt@capulet.lit"), "", "complete count 0"},
			{"XEP-0313 #query-paging-request: unknown in after", query(set("<after>1</after>")), "", "item-not-found"},
			{"XEP-0313 #query-paging-request: unknown in before", query(set("<before>09af3-cc343-b409f</before>")), "", "item-not-found"},
			{"XEP-0313 #query-limit-id: unknown after-id", query("", "after-id=1"), "", "item-not-found"},
			{"XEP-0313 #query-limit-id: unknown before-id", query("", "before-id=x"), "", "item-not-found"},
			{"XEP-0313 #query-limit-id: one of the ids", query("", "ids="+id("a")+",1"), "", "item-not-found"},
			{"the same number written otherwise", query("", "after-id=0"+id("a")), "", "item-not-found"},
		} {
			got := w.ask(balcony, "set", c.query)
			w.want(c.name+": messages", bodiesOf(got), c.bodies)
			w.want(c.name+": the end", w.end(got), c.rest)
		}
	})
}

// end tells what the answer to a query says: the condition of an error, or whether it
// is complete, what the page is by the bodies of its first and last message, the count.
func (w *world) end(stanzas []string) string {
	if cond := condition(stanzas); cond != "" {
		return cond
	}
	fin := parse(w.t, stanzas[len(stanzas)-1])
	var f struct {
		Complete string `xml:"complete,attr"`
		Set      struct {
			First string `xml:"first"`
			Last  string `xml:"last"`
			Count string `xml:"count"`
		} `xml:"http://jabber.org/protocol/rsm set"`
	}
	if err := fin.Decode(&f); err != nil {
		w.t.Fatal(err)
	}
	body := func(id string) string {
		for _, e := range w.disk.archive(juliet) {
			if e.ID.String() == id {
				return bodiesOf([]string{string(e.XML)})
			}
		}
		return "?"
	}
	var list []string
	if f.Complete == "true" {
		list = append(list, "complete")
	}
	if f.Set.First != "" {
		list = append(list, body(f.Set.First)+"-"+body(f.Set.Last))
	}
	if f.Set.Count != "" {
		list = append(list, "count "+f.Set.Count)
	}
	return strings.Join(list, " ")
}

func TestBadQueries(t *testing.T) {
	w := newWorld(t)
	w.login(balcony)
	w.login(orchard)
	const open = "<query xmlns='urn:xmpp:mam:2'>"
	for _, c := range []struct{ name, kind, payload, want string }{
		{"XEP-0313 #query-form: an unknown field", "set", query("", "{urn:x}text=a"), "feature-not-implemented"},
		{"XEP-0313 #filter: another FORM_TYPE", "set", open + "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:x</value></field></x></query>", "bad-request"},
		{"XEP-0313 #filter: no FORM_TYPE", "set", open + "<x xmlns='jabber:x:data' type='submit'><field var='with'><value>a@b</value></field></x></query>", "bad-request"},
		{"XEP-0004 #protocol-formtypes: not submitted", "set", open + "<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field></x></query>", "bad-request"},
		{"two forms", "set", open + submit("with=a@b") + submit("with=a@b") + "</query>", "bad-request"},
		{"one field twice", "set", query("", "with=a@b", "with=c@d"), "bad-request"},
		{"two values", "set", query("", "with=a@b,c@d"), "bad-request"},
		{"no address", "set", query("", "with=@"), "jid-malformed"},
		{"XEP-0082: no time", "set", query("", "start=yesterday"), "bad-request"},
		{"XEP-0082: no zone", "set", query("", "end=2000-01-01T00:00:00"), "bad-request"},
		{"neither yes nor no", "set", query("", "include-groupchat=perhaps"), "bad-request"},
		{"XEP-0059: no number", "set", query(set("<max>many</max>")), "bad-request"},
		{"XEP-0059: negative", "set", query(set("<max>-1</max>")), "bad-request"},
		{"XEP-0059: two sets", "set", query(set("<max>1</max>") + set("<max>1</max>")), "bad-request"},
		{"XEP-0059 #jump", "set", query(set("<index>3</index>")), "feature-not-implemented"},
		{"XEP-0313 #business-storeret-pubsub-archives: a node", "set", "<query xmlns='urn:xmpp:mam:2' node='urn:x'/>", "feature-not-implemented"},
		{"metadata is not set", "set", "<metadata xmlns='urn:xmpp:mam:2'/>", "feature-not-implemented"},
		{"not known", "set", "<delete xmlns='urn:xmpp:mam:2'/>", "feature-not-implemented"},
		{"XEP-0441 #config-default", "set", "<prefs xmlns='urn:xmpp:mam:2' default='sometimes'/>", "bad-request"},
		{"XEP-0441 #config-default: none", "set", "<prefs xmlns='urn:xmpp:mam:2'/>", "bad-request"},
		{"XEP-0441: no address", "set", "<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid>@</jid></never></prefs>", "jid-malformed"},
		{"XEP-0441: a list twice", "set", "<prefs xmlns='urn:xmpp:mam:2' default='always'><never/><never/></prefs>", "bad-request"},
		{"XEP-0441: too many", "set", "<prefs xmlns='urn:xmpp:mam:2' default='always'><never>" + manyJIDs() + "</never></prefs>", "policy-violation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := condition(w.ask(balcony, c.kind, c.payload)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	for _, payload := range []string{query(""), "<metadata xmlns='urn:xmpp:mam:2'/>", "<prefs xmlns='urn:xmpp:mam:2'/>"} {
		w.devices[orchard].take()
		w.route(orchard, "<iq type='get' id='q' to='"+juliet+"'>"+payload+"</iq>")
		w.want("XEP-0313 #security-privacy", condition(w.devices[orchard].take()), "forbidden")
	}
}

func manyJIDs() string {
	var b strings.Builder
	for i := range maxListed + 1 {
		fmt.Fprintf(&b, "<jid>u%d@verona.lit</jid>", i)
	}
	return b.String()
}

// TestForm: XEP-0313 #query-form.
func TestForm(t *testing.T) {
	w := newWorld(t)
	w.login(balcony)
	got := strings.Join(w.ask(balcony, "get", "<query xmlns='urn:xmpp:mam:2'/>"), "")
	for _, field := range []string{
		"hidden' var='FORM_TYPE", "jid-single' var='with", "text-single' var='start", "text-single' var='end",
		"text-single' var='before-id", "text-single' var='after-id", "list-multi' var='ids", "boolean' var='include-groupchat",
	} {
		if !strings.Contains(got, "<field type='"+field+"'") {
			t.Errorf("no %s in %s", field, got)
		}
	}
	if !strings.Contains(got, "<open/>") || strings.Contains(got, "<required/>") {
		t.Error(got)
	}
}

// TestMetadata: XEP-0313 #archive-metadata.
func TestMetadata(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.login(balcony)
		const ask = "<metadata xmlns='urn:xmpp:mam:2'/>"
		w.want("empty", payload(t, w.ask(balcony, "get", ask)), ask)
		w.says(orchard, juliet, "a")
		w.says(orchard, juliet, "b")
		w.want("its ends", payload(t, w.ask(balcony, "get", ask)), "<metadata xmlns='urn:xmpp:mam:2'>"+
			"<start id='946684800000000' timestamp='2000-01-01T00:00:00.000000Z'/><end id='946684800000001' timestamp='2000-01-01T00:00:00.000001Z'/></metadata>")
	})
}

// payload gives that of the one stanza.
func payload(t *testing.T, stanzas []string) string {
	t.Helper()
	if len(stanzas) != 1 {
		t.Fatalf("got %q", stanzas)
	}
	st := parse(t, stanzas[0])
	c, ok := st.Payload()
	if !ok {
		t.Fatalf("got %q", stanzas)
	}
	return string(st.Bytes(c.All))
}

// TestWaits: a page has all that was delivered before it was asked for.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.login(balcony)
		w.disk.lazy = true
		w.says(orchard, juliet, "a")
		done := make(chan string)
		go func() { done <- bodiesOf(w.ask(balcony, "set", query(""))) }() // ends with the answer
		synctest.Wait()
		select {
		case got := <-done:
			t.Fatalf("answered with %q", got)
		default:
		}
		w.disk.sync()
		w.want("then", <-done, "a")
	})
}

// TestPageBytes: a page is bounded on the wire, one message always fits.
func TestPageBytes(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PageBytes = 4000 })
	w.login(balcony)
	for _, size := range []int{1000, 1000, 1000, 9000, 10} {
		w.says(orchard, juliet, strings.Repeat("x", size/2))
	}
	size := func(set string) string {
		got := w.ask(balcony, "set", query(set))
		ids := idsOf(got)
		return fmt.Sprint(len(ids), " ", strings.Contains(got[len(got)-1], "complete='true'"))
	}
	w.want("forwards", size(""), "2 false")
	w.want("backwards", size(set("<before/>")), "1 false")
	ids := idsOf(w.ask(balcony, "set", query("")))
	w.want("the large one waits", size(set("<after>"+ids[1]+"</after>")), "1 false")
	w.want("after it", bodiesOf(w.ask(balcony, "set", query(set("<before/>")))), "xxxxx")
}

// TestSlowReader: a client that does not read gets an error and no half page.
func TestSlowReader(t *testing.T) {
	w := newWorld(t)
	b := w.login(balcony)
	w.says(orchard, juliet, "a")
	_, err := w.service.Query(t.Context(), b.session.JID().Bare(), parse(t, "<iq type='set' id='1' from='"+balcony+"'>"+query("")+"</iq>"),
		func(*stanza.Stanza) bool { return false })
	var told *stanza.Error
	if !errors.As(err, &told) || told.Condition != stanza.ResourceConstraint {
		t.Errorf("got %v", err)
	}
}

// FuzzQuery: whatever is asked, the bounds are sane.
func FuzzQuery(f *testing.F) {
	f.Add(query("", "start=2000-01-01T00:00:00Z", "with="+romeo))
	f.Add(query(set("<max>10</max><before/>"), "ids=1,2"))
	f.Add("<query xmlns='urn:xmpp:mam:2'><flip-page/></query>")
	f.Fuzz(func(t *testing.T, payload string) {
		iq, err := stanza.Parse([]byte("<iq type='set' id='1'>" + payload + "</iq>"))
		if err != nil {
			return
		}
		q, err := parseQuery(iq)
		var told *stanza.Error
		if err != nil && !errors.As(err, &told) {
			t.Fatalf("%v is for nobody", err)
		}
		if err == nil && (q.Max < 0 || q.Max > maxPage || q.count != (q.Max == 0) || q.After > maxID || q.Before > maxID+1) {
			t.Errorf("%+v", q)
		}
	})
}
