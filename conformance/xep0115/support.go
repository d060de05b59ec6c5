// Package xep0115 checks entity capabilities.
package xep0115

import (
	"crypto/sha1" // the hash of XEP-0115
	"encoding/base64"
	"slices"
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	ns     = "http://jabber.org/protocol/caps"
	nsInfo = "http://jabber.org/protocol/disco#info"
	nsForm = "jabber:x:data"
)

// Checks gives the checks of XEP-0115.
func Checks() []run.Check {
	needs := []string{"stream:http://jabber.org/protocol/caps"}
	return []run.Check{
		{ID: "0115/stream/attributes", Level: run.Must, Text: "capabilities of the server in its features name a hash, a node and a version", Needs: needs, Run: func(t *run.T) {
			c := caps(t.Authenticated("romeo").Features)
			t.True(c != nil && c.Attr("hash") != "" && c.Attr("node") != "" && c.Attr("ver") != "", "no capabilities with hash, node and ver")
		}},
		{ID: "0115/ver-proc/true", Level: run.Must, Text: "the version is the hash of what discovery tells of the node", Needs: needs, Run: func(t *run.T) {
			r := t.At(run.Bound)
			c := caps(r.Features)
			t.True(c != nil, "no capabilities in the features")
			t.Need(c.Attr("hash") == "sha-1", "the hash is not sha-1")
			e := r.Ask("get", t.Domain(), "<query xmlns='"+nsInfo+"' node='"+oracle.Escape(c.Attr("node")+"#"+c.Attr("ver"))+"'/>")
			q := e.Child(nsInfo, "query")
			t.True(e.Attr("type") == "result" && q != nil, "came %.300s", e.Raw)
			got := version(q)
			t.True(got == c.Attr("ver"), "the version is %s, what is told has %s", c.Attr("ver"), got)
		}},
		{ID: "0115/discover/node", Level: run.Must, Text: "the answer about the node of the capabilities names the node", Needs: needs, Run: func(t *run.T) {
			r := t.At(run.Bound)
			c := caps(r.Features)
			t.True(c != nil, "no capabilities in the features")
			node := c.Attr("node") + "#" + c.Attr("ver")
			e := r.Ask("get", t.Domain(), "<query xmlns='"+nsInfo+"' node='"+oracle.Escape(node)+"'/>")
			q := e.Child(nsInfo, "query")
			t.True(q != nil && q.Attr("node") == node, "came %.300s", e.Raw)
		}},
		{ID: "0115/advertise/passed", Level: run.Must, Text: "capabilities in presence reach contacts", Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			r.Send("<presence><c xmlns='%s' hash='sha-1' node='urn:example:client' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/></presence>", ns)
			j.Want("<presence from='%s'><c xmlns='%s' node='urn:example:client' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/></presence>", r.Full, ns)
		}},
	}
}

// caps gives the capabilities in the features.
func caps(f *oracle.Element) *oracle.Element { return f.Child(ns, "c") }

// version computes what XEP-0115 #ver-gen says.
func version(q *oracle.Element) string {
	var identities, features, forms []string
	for _, c := range q.Children {
		switch {
		case c.Name.Space == nsInfo && c.Name.Local == "identity":
			identities = append(identities, c.Attr("category")+"/"+c.Attr("type")+"/"+c.Lang()+"/"+c.Attr("name"))
		case c.Name.Space == nsInfo && c.Name.Local == "feature":
			features = append(features, c.Attr("var"))
		case c.Name.Space == nsForm:
			forms = append(forms, formText(c))
		}
	}
	var all []string
	for _, list := range [][]string{identities, features, forms} {
		slices.Sort(list)
		all = append(all, list...)
	}
	text := strings.Join(all, "<")
	if len(all) > 0 {
		text += "<"
	}
	sum := sha1.Sum([]byte(strings.ReplaceAll(text, "<<", "<")))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// formText is one form as the hash has it.
func formText(form *oracle.Element) string {
	var kind string
	var fields []string
	for _, f := range form.All(nsForm, "field") {
		var values []string
		for _, v := range f.All(nsForm, "value") {
			values = append(values, v.Text)
		}
		slices.Sort(values)
		if f.Attr("var") == "FORM_TYPE" {
			kind = strings.Join(values, "<")
			continue
		}
		fields = append(fields, strings.Join(append([]string{f.Attr("var")}, values...), "<"))
	}
	slices.Sort(fields)
	return strings.Join(append([]string{kind}, fields...), "<")
}
