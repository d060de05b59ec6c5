package rfc6121

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// presence is RFC 6121 §4.2 to §4.5 and §4.7.
func presence() []run.Check {
	friends := func(steps func(t *run.T, r, j *run.Client)) func(*run.T) {
		return func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			steps(t, r, j)
		}
	}
	return []run.Check{
		{ID: "6121/4.2.2/broadcast", Level: run.Must, Text: "initial presence goes to the contacts who have a subscription", Run: friends(func(t *run.T, r, j *run.Client) {
			r2 := t.LoginAs("romeo", "garden")
			r2.Send("<presence><show>away</show></presence>")
			j.Want("<presence from='%s' type='!'><show>away</show></presence>", r2.Full)
		})},
		{ID: "6121/4.2.2/own-resources", Level: run.Must, Text: "and to one's own available resources", Run: func(t *run.T) {
			a := t.OnlineAs("romeo", "balcony", 0)
			b := t.OnlineAs("romeo", "garden", 0)
			a.Want("<presence from='%s' type='!'/>", b.Full)
		}},
		{ID: "6121/4.2.2/own-resources-known", Level: run.Must, Text: "a resource that becomes available hears of one's others", Run: func(t *run.T) {
			a := t.OnlineAs("romeo", "balcony", 0)
			t.ArriveAs("romeo", "garden").Want("<presence from='%s' type='!'/>", a.Full)
		}},
		{ID: "6121/4.3.2/probed", Level: run.Must, Text: "who becomes available hears of the contacts who are", Run: friends(func(t *run.T, r, j *run.Client) {
			t.ArriveAs("romeo", "garden").Want("<presence from='%s' type='!'/>", j.Full)
		})},
		{ID: "6121/4.3.2/probe-answered", Level: run.Must, Text: "a probe from somebody with a subscription is answered with the presence of each resource", Run: friends(func(t *run.T, r, j *run.Client) {
			j.Send("<presence><status>here</status></presence>")
			r.Want("<presence from='%s'><status>here</status></presence>", j.Full)
			r.Send("<presence to='%s' type='probe'/>", j.Bare)
			r.Want("<presence from='%s'><status>here</status></presence>", j.Full)
		})},
		{ID: "6121/4.3.2/probe-of-stranger", Level: run.Must, Text: "a probe from somebody without a subscription tells nothing", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s' type='probe'/>", j.Bare)
			t.Settle(r, j, r)
			r.Without("<presence from='%s' type='!'/>", j.Full)
		}},
		{ID: "6121/4.4.2/subsequent", Level: run.Must, Text: "presence that changes goes to contacts, whole", Run: friends(func(t *run.T, r, j *run.Client) {
			r.Send("<presence><show>dnd</show><status>wooing</status><x xmlns='urn:example:x'/></presence>")
			j.Want("<presence from='%s' type='!'><show>dnd</show><status>wooing</status><x xmlns='urn:example:x'/></presence>", r.Full)
		})},
		{ID: "6121/4.4.2/not-strangers", Level: run.Must, Text: "presence does not go to strangers", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence><show>away</show></presence>")
			t.Settle(r, j)
			j.Without("<presence from='%s'/>", r.Full)
		}},
		{ID: "6121/4.5.2/unavailable", Level: run.Must, Text: "unavailable presence goes to contacts, with its status", Run: friends(func(t *run.T, r, j *run.Client) {
			r.Send("<presence type='unavailable'><status>adieu</status></presence>")
			j.Want("<presence from='%s' type='unavailable'><status>adieu</status></presence>", r.Full)
		})},
		{ID: "6121/4.5.2/closed-stream", Level: run.Must, Text: "a stream that is closed makes its resource unavailable", Run: friends(func(t *run.T, r, j *run.Client) {
			r.Quit()
			j.Want("<presence from='%s' type='unavailable'/>", r.Full)
		})},
		{ID: "6121/4.5.2/broken-stream", Level: run.Must, Text: "so does a connection that ends without a word", Run: friends(func(t *run.T, r, j *run.Client) {
			r.Leave()
			j.Want("<presence from='%s' type='unavailable'/>", r.Full)
		})},
		{ID: "6121/4.5.2/own-resources", Level: run.Must, Text: "one's other resources hear of it too", Run: func(t *run.T) {
			a, b := t.OnlineAs("romeo", "balcony", 0), t.OnlineAs("romeo", "garden", 0)
			b.Send("<presence type='unavailable'/>")
			a.Want("<presence from='%s' type='unavailable'/>", b.Full)
		}},
		{ID: "6121/4.5.1/still-connected", Level: run.Must, Text: "an unavailable resource is still connected", Run: func(t *run.T) {
			c := t.Online("romeo")
			c.Send("<presence type='unavailable'/>")
			c.Get("", get)
		}},
		{ID: "6121/4.7.1/unknown-type", Level: run.Must, Text: "presence of a type that there is not is refused, and passed on to nobody", Run: friends(func(t *run.T, r, j *run.Client) {
			r.Send("<presence type='dancing' id='odd'/>")
			t.Settle(r, j)
			for _, e := range j.Kept() {
				t.True(e.Attr("type") != "dancing", "came %.300s", e.Raw)
			}
		})},
		{ID: "6121/4.7.2.1/show-kept", Level: run.Must, Text: "each of the values of show passes", Run: friends(func(_ *run.T, r, j *run.Client) {
			for _, show := range []string{"away", "chat", "dnd", "xa"} {
				r.Send("<presence><show>%s</show></presence>", show)
				j.Want("<presence from='%s'><show>%s</show></presence>", r.Full, show)
			}
		})},
		{ID: "6121/4.7.2.2/status-languages", Level: run.Must, Text: "statuses in several languages all pass", Run: friends(func(_ *run.T, r, j *run.Client) {
			r.Send("<presence><status xml:lang='it'>ciao</status><status xml:lang='en'>hail</status></presence>")
			j.Want("<presence from='%s'><status xml:lang='it'>ciao</status><status xml:lang='en'>hail</status></presence>", r.Full)
		})},
		{ID: "6121/4.7.2.3/priority-kept", Level: run.Must, Text: "priorities from -128 to 127 pass", Run: friends(func(_ *run.T, r, j *run.Client) {
			for _, p := range []string{"-128", "127"} {
				r.Send("<presence><priority>%s</priority></presence>", p)
				j.Want("<presence from='%s'><priority>%s</priority></presence>", r.Full, p)
			}
		})},
	}
}

// directed is RFC 6121 §4.6.
func directed() []run.Check {
	return []run.Check{
		{ID: "6121/4.6.3/reaches-stranger", Level: run.Must, Text: "presence that is directed at somebody reaches them without a subscription", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s'><status>psst</status></presence>", j.Bare)
			j.Want("<presence from='%s'><status>psst</status></presence>", r.Full)
		}},
		{ID: "6121/4.6.3/full-address", Level: run.Must, Text: "directed at a full address it reaches that resource", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.OnlineAs("juliet", "balcony", 0)
			r.Send("<presence to='%s'><status>psst</status></presence>", j.Full)
			j.Want("<presence from='%s' to='%s'><status>psst</status></presence>", r.Full, j.Full)
		}},
		{ID: "6121/4.6.3/not-remembered", Level: run.Must, Text: "later presence does not follow it to a stranger", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s'/>", j.Bare)
			j.Want("<presence from='%s'/>", r.Full)
			r.Send("<presence><show>away</show></presence>")
			t.Settle(r, j)
			j.Without("<show>away</show>")
		}},
		{ID: "6121/4.6.3/unavailable-follows", Level: run.Must, Text: "but unavailability does, when the resource leaves", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s'/>", j.Bare)
			j.Want("<presence from='%s' type='!'/>", r.Full)
			r.Send("<presence type='unavailable'/>")
			j.Want("<presence from='%s' type='unavailable'/>", r.Full)
		}},
		{ID: "6121/4.6.3/unavailable-on-break", Level: run.Must, Text: "also when its connection breaks", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			r.Send("<presence to='%s'/>", j.Bare)
			j.Want("<presence from='%s' type='!'/>", r.Full)
			r.Leave()
			j.Want("<presence from='%s' type='unavailable'/>", r.Full)
		}},
		{ID: "6121/4.6.1/without-presence", Level: run.Must, Text: "a resource that is not available may direct presence", Run: func(t *run.T) {
			r, j := t.Login("romeo"), t.Online("juliet")
			r.Send("<presence to='%s'><status>psst</status></presence>", j.Bare)
			e := j.Want("<presence from='%s'/>", r.Full)
			t.True(e.Child(oracle.NSClient, "status") != nil, "came %.300s", e.Raw)
		}},
	}
}
