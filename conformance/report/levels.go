package report

import (
	"fmt"
	"strings"

	"causeway/conformance/run"
)

// A Feature is one line of the compliance suites for servers (XEP-0479 #suites).
type Feature struct {
	Category string // Core, Web, IM, Mobile, Calls
	Name     string
	Advanced bool     // only the advanced level wants it
	Needs    []string // all must be offered, as run.Capabilities has them; none: it cannot be seen from outside
	Docs     []string // whose checks must not fail
}

// Suites gives the features that XEP-0479 1.0 (2023) wants of servers.
func Suites() []Feature {
	return []Feature{
		{"Core", "core features", false, nil, []string{"6120", "7622"}},
		{"Core", "TLS", false, []string{"tls"}, []string{"7590"}},
		{"Core", "direct TLS", true, []string{"direct-tls"}, []string{"0368"}},
		{"Core", "feature discovery", false, []string{"host:http://jabber.org/protocol/disco#info"}, []string{"0030"}},
		{"Core", "feature broadcasts", true, []string{"stream:http://jabber.org/protocol/caps"}, []string{"0115"}},
		{"Core", "event publishing", true, []string{"account:pubsub/pep"}, []string{"0060", "0163"}},
		{"Web", "WebSocket or BOSH", false, []string{"~websocket bosh"}, []string{"7395", "0124", "0206"}},
		{"IM", "core features", false, nil, []string{"6121"}},
		{"IM", "avatar compatibility", true, []string{"account:urn:xmpp:pep-vcard-conversion:0"}, []string{"0398"}},
		{"IM", "vcard-temp", false, []string{"~host:vcard-temp account:vcard-temp"}, []string{"0054"}},
		{"IM", "outbound message synchronisation", false, []string{"~host:urn:xmpp:carbons:2 account:urn:xmpp:carbons:2"}, []string{"0280"}},
		{"IM", "user blocking", true, []string{"host:urn:xmpp:blocking"}, []string{"0191"}},
		{"IM", "group chat", false, []string{"muc"}, []string{"0045"}},
		{"IM", "advanced group chat", true, []string{"muc:urn:xmpp:mam:2"}, []string{"0402", "0410"}},
		{"IM", "private data via PubSub", true, []string{"account:http://jabber.org/protocol/pubsub#persistent-items", "account:http://jabber.org/protocol/pubsub#publish-options"}, []string{"0223"}},
		{"IM", "private XML storage", true, []string{"~host:jabber:iq:private account:jabber:iq:private"}, []string{"0049"}},
		{"IM", "stream management", true, []string{"stream:urn:xmpp:sm:3"}, []string{"0198"}},
		{"IM", "history", true, []string{"~account:urn:xmpp:mam:2 host:urn:xmpp:mam:2"}, []string{"0313"}},
		{"IM", "file upload", false, []string{"upload"}, []string{"0363"}},
		{"Mobile", "stream management", false, []string{"stream:urn:xmpp:sm:3"}, []string{"0198"}},
		{"Mobile", "client state indication", false, []string{"stream:urn:xmpp:csi:0"}, []string{"0352"}},
		{"Mobile", "push notifications", true, []string{"~account:urn:xmpp:push:0 host:urn:xmpp:push:0"}, []string{"0357"}},
		{"Calls", "STUN and TURN discovery", false, []string{"host:urn:xmpp:extdisco:2"}, []string{"0215"}},
	}
}

// A Standing is how far a target meets one level of one category.
type Standing struct {
	Category string   `json:"category"`
	Level    string   `json:"level"` // Server, Advanced Server
	Met      int      `json:"met"`
	Of       int      `json:"of"`
	Missing  []string `json:"missing,omitempty"`
}

func (s Standing) String() string {
	text := fmt.Sprintf("%s %s: %d of %d", s.Category, s.Level, s.Met, s.Of)
	if len(s.Missing) > 0 {
		text += "; missing " + strings.Join(s.Missing, ", ")
	}
	return text
}

// Seen gives the features with what keeps each from being met put into its name's
// place; offers tells what the target has.
func (r *Report) Seen(offers *run.Capabilities) {
	for _, f := range Suites() {
		for _, need := range f.Needs {
			if !offers.Offers(need) {
				f.Name += " (not offered)"
				break
			}
		}
		for _, res := range r.Results {
			for _, doc := range f.Docs {
				if res.Check.Document() == doc && res.Outcome == run.Failed && res.Check.Level == run.Must && !strings.Contains(f.Name, "(") {
					f.Name += " (a MUST of " + name(doc) + " fails)"
				}
			}
		}
		r.Features = append(r.Features, f)
	}
}

// Standings gives the levels of XEP-0479, computed from the results; none unless all
// documents were looked at. External components and STUN, which XEP-0479 wants too,
// cannot be seen by clients.
func (r *Report) Standings() []Standing {
	var list []Standing
	for _, category := range []string{"Core", "Web", "IM", "Mobile", "Calls"} {
		for _, advanced := range []bool{false, true} {
			s := Standing{Category: category, Level: "Server"}
			if advanced {
				s.Level = "Advanced Server"
			}
			for _, f := range r.Features {
				if f.Category != category || f.Advanced && !advanced {
					continue
				}
				s.Of++
				if strings.Contains(f.Name, "(") {
					s.Missing = append(s.Missing, f.Name)
				} else {
					s.Met++
				}
			}
			if s.Of > 0 {
				list = append(list, s)
			}
		}
	}
	return list
}
