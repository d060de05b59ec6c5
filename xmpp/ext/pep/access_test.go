package pep_test

import (
	"strings"
	"testing"

	"causeway/xmpp/ext/pep"
)

const (
	set      = "type='set'"
	get      = "type='get'"
	toJuliet = " to='juliet@capulet.lit'"
)

func affiliate(node string, pairs ...string) string {
	list := ""
	for _, p := range pairs {
		j, role, _ := strings.Cut(p, "=")
		list += "<affiliation jid='" + j + "' affiliation='" + role + "'/>"
	}
	return owner("<affiliations node='" + node + "'>" + list + "</affiliations>")
}

func TestAccessModels(t *testing.T) {
	type answer struct{ full, want string }
	yes := items(tune, "<item id='1'/>")
	presence := wantError("auth", "not-authorized", "presence-subscription-required")
	group := wantError("auth", "not-authorized", "not-in-roster-group")
	closed := wantError("cancel", "not-allowed", "closed-node")
	notSubscribed := wantError("auth", "not-authorized", "not-subscribed")
	for _, tt := range []struct {
		why     string
		options []string
		answers []answer
	}{
		{"XEP-0060 #accessmodels: open", []string{"pubsub#access_model=open"}, []answer{{orchard, yes}, {street, yes}}},
		{"XEP-0060 #accessmodels: presence", []string{"pubsub#access_model=presence"}, []answer{{orchard, yes}, {street, presence}}},
		{
			"XEP-0060 #accessmodels: roster",
			[]string{"pubsub#access_model=roster", "pubsub#roster_groups_allowed=Friends"},
			[]answer{{orchard, yes}, {kitchen, group}, {street, group}},
		},
		{"XEP-0060 #accessmodels: authorize", []string{"pubsub#access_model=authorize"}, []answer{{orchard, notSubscribed}, {street, notSubscribed}}},
		{"XEP-0060 #accessmodels: whitelist", []string{"pubsub#access_model=whitelist"}, []answer{{orchard, closed}, {street, closed}}},
	} {
		v := play(t, pep.Limits{})
		v.asks(tt.why, balcony, set, publication(tune, "1", song("x"), tt.options...), "")
		heard := v.clients[orchard].got
		v.asks(tt.why+", the owner", chamber, get, items(tune, ""), yes)
		for _, a := range tt.answers {
			v.asks(tt.why+", "+a.full, a.full, get+toJuliet, items(tune, ""), a.want)
			if a.full == orchard && (a.want == yes) != (len(heard) == 1) {
				t.Errorf("%s: Romeo heard %q", tt.why, heard)
			}
		}
		v.asks("a member", balcony, set, affiliate(tune, "tybalt@capulet.lit=member", "romeo@montague.lit=outcast"), "")
		v.asks(tt.why+": XEP-0060 #affiliations, a member", street, get+toJuliet, items(tune, ""), yes)
		v.asks(tt.why+": XEP-0060 #subscriber-retrieve-error-blocked", orchard, get+toJuliet, items(tune, ""), wantError("auth", "forbidden", ""))
	}
}

func TestRosterIsFollowed(t *testing.T) {
	v := play(t, pep.Limits{})
	v.asks("publish", balcony, set, publication(tune, "1", song("x")), "")
	delete(v.roster[juliet], romeo)
	v.asks("XEP-0163 #impl-subscriptions", orchard, get+toJuliet, items(tune, ""), wantError("auth", "not-authorized", "presence-subscription-required"))
	v.clients[orchard].got = nil
	v.asks("publish", balcony, set, publication(tune, "2", song("x")), "")
	v.hears("XEP-0163 #impl-subscriptions", orchard)
}

func TestAffiliations(t *testing.T) {
	v := play(t, pep.Limits{People: 3})
	v.asks("a node", balcony, set, create(tune, "pubsub#max_items=max"), "")
	v.asks("XEP-0060 #owner-affiliations-modify", balcony, set,
		affiliate(tune, "romeo@montague.lit/orchard=publisher", "nurse@capulet.lit=owner", "juliet@capulet.lit=owner"), "")
	v.asks("XEP-0060 #owner-affiliations-retrieve-success", balcony, get, owner("<affiliations node='"+tune+"'/>"),
		owner("<affiliations node='"+tune+"'><affiliation jid='juliet@capulet.lit' affiliation='owner'/>"+
			"<affiliation jid='romeo@montague.lit' affiliation='publisher'/><affiliation jid='nurse@capulet.lit' affiliation='owner'/></affiliations>"))
	v.asks("XEP-0060 #entity-affiliations", orchard, get+toJuliet, "<pubsub xmlns='"+pep.NS+"'><affiliations/></pubsub>",
		"<pubsub xmlns='"+pep.NS+"'><affiliations><affiliation node='"+tune+"' affiliation='publisher'/></affiliations></pubsub>")
	v.asks("XEP-0060 #entity-affiliations", street, get+toJuliet, "<pubsub xmlns='"+pep.NS+"'><affiliations/></pubsub>",
		"<pubsub xmlns='"+pep.NS+"'><affiliations/></pubsub>")
	v.asks("a publisher publishes", orchard, set+toJuliet, publication(tune, "r", song("x")), "")
	v.asks("and the owner", balcony, set, publication(tune, "j", song("x")), "")
	v.asks("XEP-0060 #affiliations: his own", orchard, set+toJuliet, retraction(tune, "r"), "")
	v.asks("XEP-0060 #affiliations: hers", orchard, set+toJuliet, retraction(tune, "j"), wantError("auth", "forbidden", ""))
	v.asks("XEP-0060 #affiliations: an owner", kitchen, set+toJuliet, retraction(tune, "j"), "")
	for _, tt := range []struct{ why, full, payload, want string }{
		{"XEP-0060 #owner-affiliations-retrieve-forbidden", orchard, affiliate(tune, "romeo@montague.lit=owner"), wantError("auth", "forbidden", "")},
		{"XEP-0060 #owner-affiliations-multi: the account", balcony, affiliate(tune, "juliet@capulet.lit=none"), wantError("modify", "not-acceptable", "")},
		{"XEP-0060 #owner-affiliations-multi: twice", balcony, affiliate(tune, "a@b=member", "a@b=none"), wantError("modify", "bad-request", "")},
		{"XEP-0060 #owner-affiliations-nosuchaffil", balcony, affiliate(tune, "a@b=publish-only"), wantError("cancel", "feature-not-implemented", "unsupported feature='publish-only-affiliation'")},
		{"XEP-0060 #owner-affiliations-nosuchaffil", balcony, affiliate(tune, "a@b=king"), wantError("modify", "bad-request", "")},
		{"no jid", balcony, affiliate(tune, "@=member"), wantError("modify", "bad-request", "")},
		{"XEP-0060 #owner-affiliations-retrieve-node", balcony, affiliate("x", "a@b=member"), wantError("cancel", "item-not-found", "")},
		{"too many", balcony, affiliate(tune, "a@b=member", "c@d=member"), wantError("modify", "policy-violation", "")},
	} {
		v.asks(tt.why, tt.full, set+toJuliet, tt.payload, tt.want)
	}
	v.asks("XEP-0060 #owner-affiliations-delete", balcony, set, affiliate(tune, "romeo@montague.lit=none"), "")
	v.asks("XEP-0060 #owner-affiliations-delete", orchard, set+toJuliet, publication(tune, "r", song("x")), wantError("auth", "forbidden", ""))
}

func TestPublishModel(t *testing.T) {
	v := play(t, pep.Limits{})
	for _, tt := range []struct{ model, romeo, tybalt string }{
		{"publishers", wantError("auth", "forbidden", ""), wantError("auth", "forbidden", "")},
		{"subscribers", "", wantError("auth", "forbidden", "")},
		{"open", "", ""},
	} {
		v.asks("a node", balcony, set, create(tt.model, "pubsub#publish_model="+tt.model), "")
		v.asks("XEP-0060 #registrar-formtypes-config: "+tt.model, orchard, set+toJuliet, publication(tt.model, "r", song("x")), tt.romeo)
		v.asks("XEP-0060 #registrar-formtypes-config: "+tt.model, street, set+toJuliet, publication(tt.model, "t", song("x")), tt.tybalt)
	}
}
