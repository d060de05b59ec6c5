package pep_test

import (
	"fmt"
	"strings"
	"testing"

	"causeway/xmpp/ext/pep"
)

func paged(node, attr, inner string) string {
	return pubsub("<items node='" + node + "'" + attr + "/><set xmlns='http://jabber.org/protocol/rsm'>" + inner + "</set>")
}

// page is a pattern of an answer.
func page(ids string, first string, index string, last string, count string) string {
	list := ""
	for _, id := range strings.Fields(ids) {
		list += "<item id='" + id + "'/>"
	}
	if index != "" {
		index = " index='" + index + "'"
	}
	part := ""
	if first != "" {
		part = "<first" + index + ">" + first + "</first><last>" + last + "</last>"
	}
	return pubsub("<items node='" + tune + "'>" + list + "</items><set xmlns='http://jabber.org/protocol/rsm'>" + part + "<count>" + count + "</count></set>")
}

func TestPages(t *testing.T) {
	v := play(t, pep.Limits{})
	for i := range 6 {
		v.asks("publish", balcony, set, publication(tune, fmt.Sprint("n", i), song("x"), "pubsub#max_items=max"), "")
	}
	for _, tt := range []struct{ why, payload, want string }{
		{"XEP-0059 #limit", paged(tune, "", "<max>2</max>"), page("n0 n1", "n0", "0", "n1", "6")},
		{"XEP-0059 #forwards", paged(tune, "", "<max>2</max><after>n1</after>"), page("n2 n3", "n2", "", "n3", "6")},
		{"XEP-0059 #backwards", paged(tune, "", "<max>2</max><before>n2</before>"), page("n0 n1", "n0", "0", "n1", "6")},
		{"XEP-0059 #last", paged(tune, "", "<max>2</max><before/>"), page("n4 n5", "n4", "4", "n5", "6")},
		{"XEP-0059 #count", paged(tune, "", "<max>0</max>"), page("", "", "", "", "6")},
		{"XEP-0059 #forwards: nothing is left", paged(tune, "", "<after>n5</after>"), page("", "", "", "", "6")},
		{"XEP-0059 #forwards: the item is gone", paged(tune, "", "<after>x</after>"), wantError("cancel", "item-not-found", "")},
		{"XEP-0059 #jump", paged(tune, "", "<index>2</index>"), wantError("cancel", "feature-not-implemented", "")},
		{"XEP-0059 #schema", paged(tune, "", "<max>many</max>"), wantError("modify", "bad-request", "")},
		{"XEP-0060 #subscriber-retrieve-requestrecent", pubsub("<items node='" + tune + "' max_items='2'/>"), items(tune, "<item id='n4'/><item id='n5'/>")},
		{"XEP-0060 #subscriber-retrieve-requestrecent", pubsub("<items node='" + tune + "' max_items='0'/>"), wantError("modify", "bad-request", "")},
		{"XEP-0060 #subscriber-retrieve-returnnotify", items(tune, "<item id='n3'/><item id='x'/><item id='n1'/>"), items(tune, "<item id='n3'/><item id='n1'/>")},
		{"XEP-0060 #schemas-pubsub: without an id", items(tune, "<item/>"), wantError("modify", "bad-request", "item-required")},
		{"XEP-0060 #subscriber-retrieve-error-node", items("x", ""), wantError("cancel", "item-not-found", "")},
		{"a node is needed", pubsub("<items/>"), wantError("modify", "bad-request", "nodeid-required")},
	} {
		v.asks(tt.why, balcony, get, tt.payload, tt.want)
	}
}

// TestTruncated: a client that knows no pages gets the first, and learns that there
// are more (XEP-0060 #subscriber-retrieve-returnsome).
func TestTruncated(t *testing.T) {
	v := play(t, pep.Limits{PageBytes: 1000})
	for i := range 4 {
		v.asks("publish", balcony, set, publication(tune, fmt.Sprint("n", i), song(strings.Repeat("x", 400)), "pubsub#max_items=max"), "")
	}
	v.asks("two fit", balcony, get, items(tune, ""), page("n0 n1", "n0", "0", "n1", "4"))
	v.asks("and two by their ids", balcony, get, items(tune, "<item id='n3'/><item id='n2'/><item id='n1'/>"), items(tune, "<item id='n3'/><item id='n2'/>"))
	got := v.says(balcony, get, items(tune, "<item id='n3'/><item id='n2'/><item id='n1'/>"))
	if strings.Contains(got, "id='n1'") {
		t.Errorf("too long: %s", got)
	}
}

// What was published comes back byte for byte, and stands alone.
func TestPayloadIsUntouched(t *testing.T) {
	v := play(t, pep.Limits{})
	const payload = `<a  xmlns="urn:x" xmlns:p='urn:z' b='"'><c xmlns=''>&#65;<![CDATA[<]]></c ><p:d/></a>`
	v.asks("publish", balcony, set, publication(tune, "1", payload), "")
	if got := v.says(balcony, get, items(tune, "")); !strings.Contains(got, payload) {
		t.Errorf("got %s", got)
	}
	outside := "<pubsub xmlns='" + pep.NS + "' xmlns:q='urn:y'><publish node='" + tune + "'><item id='2'><q:a><q:b/></q:a></item></publish></pubsub>"
	v.asks("a prefix of the request", balcony, set, outside, "")
	v.asks("goes with it", balcony, get, items(tune, ""), items(tune, "<item id='2'><a xmlns='urn:y'><b xmlns='urn:y'/></a></item>"))
}
