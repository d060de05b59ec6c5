package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/muc"
	"causeway/roster"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/last"
	"causeway/xmpp/ext/offline"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/ext/push"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

var juliet = jid.MustParse("juliet@capulet.lit")

// codecs are all records: how to read one and how to write what was read.
func codecs() map[byte]func([]byte) (val any, encode func() []byte, err error) {
	return map[byte]func([]byte) (any, func() []byte, error){
		'A': func(b []byte) (any, func() []byte, error) {
			r, err := decodeRoom(b)
			if err != nil {
				return nil, nil, err
			}
			return *r, func() []byte { return encodeRoom(r) }, nil
		},
		'D': func(b []byte) (any, func() []byte, error) {
			r, err := decodeRemoval(b)
			return r, func() []byte { return encodeRemoval(r) }, err
		},
		'M': func(b []byte) (any, func() []byte, error) {
			m, err := decodeMember("juliet@capulet.lit", b)
			return m, func() []byte { return encodeMember(&m) }, err
		},
		'O': func(b []byte) (any, func() []byte, error) {
			life, err := decodeLife(b)
			return life, func() []byte { return encodeLife(life) }, err
		},
		'G': func(b []byte) (any, func() []byte, error) {
			r, err := decodeConsent(bridge.Site, "1", b)
			if err != nil {
				return nil, nil, err
			}
			return *r, func() []byte { return encodeConsent(r) }, nil
		},
		'P': func(b []byte) (any, func() []byte, error) {
			r, err := decodeApp(bridge.REST, "YXA6", b)
			if err != nil {
				return nil, nil, err
			}
			return *r, func() []byte { return encodeApp(r) }, nil
		},
		'T': func(b []byte) (any, func() []byte, error) {
			r, err := decodeToken(tokenHash{1}, b)
			if err != nil {
				return nil, nil, err
			}
			return *r, func() []byte { return encodeToken(r) }, nil
		},
		'a': func(b []byte) (any, func() []byte, error) {
			a, err := decodeAccount(juliet, b)
			return a, func() []byte { return encodeAccount(&a) }, err
		},
		'b': func(b []byte) (any, func() []byte, error) {
			l, err := decodeBlocks(b)
			return l, func() []byte { return encodeBlocks(l) }, err
		},
		'i': func(b []byte) (any, func() []byte, error) {
			r, err := decodeItem(b)
			if err != nil {
				return nil, nil, err
			}
			return *r, func() []byte { return encodeItem(&r.item, r.expires) }, nil
		},
		'l': func(b []byte) (any, func() []byte, error) {
			d, err := decodeDeparture(b)
			return d, func() []byte { return encodeDeparture(d) }, err
		},
		'n': func(b []byte) (any, func() []byte, error) {
			n, err := decodeNode("x", b)
			if err != nil {
				return nil, nil, err
			}
			return *n, func() []byte { return encodeNode(n) }, nil
		},
		'o': func(b []byte) (any, func() []byte, error) {
			expires, xml, err := decodeEntry(b)
			e := offline.Entry{Expires: expires, XML: xml}
			return e, func() []byte { return encodeEntry(e) }, err
		},
		'q': func(b []byte) (any, func() []byte, error) {
			l, err := decodeRegistrations(b)
			return l, func() []byte { return encodeRegistrations(l) }, err
		},
		'r': func(b []byte) (any, func() []byte, error) {
			c, err := decodeContact(juliet, b)
			return c, func() []byte { return encodeContact(c) }, err
		},
		'u': func(b []byte) (any, func() []byte, error) {
			u, err := decodeUsage(b)
			return u, func() []byte { return encodeUsage(u) }, err
		},
		'v': func(b []byte) (any, func() []byte, error) {
			xml, err := decodeXML(b)
			return xml, func() []byte { return encodeXML(xml) }, err
		},
		'w': func(b []byte) (any, func() []byte, error) {
			h, err := decodeHead(b)
			return h, func() []byte { return encodeHead(h) }, err
		},
	}
}

func samples() map[byte]any {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	return map[byte]any{
		'A': roomRecord{life: 300, Record: muc.Record{
			Settings: muc.Settings{
				Name: "Balcony", Description: "d", Lang: "it", PubSub: "xmpp:capulet.lit?;node=x", Persistent: true, Public: true, MembersOnly: true,
				Moderated: true, Password: "p", Whois: muc.ToAnyone, PrivateFrom: muc.Visitor, Subject: muc.Participant, Invites: true,
				MemberList: muc.Nobody, Broadcast: muc.RolesOf(muc.Visitor, muc.Moderator), Archive: true, MaxUsers: 300, HistoryLength: 7,
			},
			Subject: muc.Subject{XML: []byte("<subject/>"), From: jid.MustParse("balcony@conference.capulet.lit/J"), At: at},
			Creator: juliet, Created: at, Avatar: "00ff", Hats: []muc.Hat{{URI: "u", Title: "t", Hue: "90"}},
		}},
		'D': removal{life: 300, floor: 1 << 50},
		'M': muc.Member{JID: juliet, Affiliation: muc.Admin, Nick: "J", Reason: "why", Hats: []string{"u"}},
		'O': uint64(300),
		'G': consentRow{uuid: "u", Consent: bridge.Consent{Kind: bridge.Site, App: "1", Scope: "profile email", Given: at}},
		'P': appRow{salt: []byte{1}, sum: []byte{2}, App: bridge.App{
			Kind: bridge.REST, ID: "YXA6", Host: jid.MustParse("capulet.lit"), Name: "The feud", UUID: "u", Key: "feud#chat",
			Redirect: "https://r/", Website: "w", Strict: true, Disabled: true, Created: at, Rotated: at.Add(time.Hour),
		}},
		'T': tokenRow{hash: tokenHash{1}, spent: true, uuid: "u", rotated: at, password: at.Add(time.Hour), Grant: bridge.Grant{
			Use: bridge.Code, Kind: bridge.Site, App: "1", Host: jid.MustParse("capulet.lit"), User: juliet, Scope: "profile", Data: "d",
			Family: "f", Issued: at, Expires: at.Add(time.Minute),
		}},
		'a': account.Account{
			JID: juliet, Created: at, Changed: at.Add(time.Hour), Disabled: true, Reason: "gone",
			Keys: []sasl.Keys{{Hash: sasl.SHA1, Iterations: 4096, Salt: []byte{1}, StoredKey: []byte{2}, ServerKey: []byte{3}}},
		},
		'b': []jid.JID{juliet, jid.MustParse("verona.lit/x")},
		'i': itemRecord{expires: at, item: pep.Item{ID: "1", Payload: []byte("<a/>"), Publisher: juliet, Published: at}},
		'l': last.Departure{At: at, Status: "away"},
		'n': nodeRecord{next: 300, first: 2, gone: true, ends: true, Node: pep.Node{
			Name: "x", Created: at, Usage: pep.Usage{Nodes: 1, Items: 4, Bytes: 500},
			Config: pep.Config{
				Title: "t", Description: "d", Language: "en", Type: "y", Access: pep.Roster, Groups: []string{"Balcony"},
				PublishModel: "open", Subscribe: true, Persist: true, MaxItems: 7, Expire: time.Hour, MaxPayload: 99, Full: "reject",
				Deliver: true, Payloads: true, NotifyConfig: true, NotifyDelete: true, NotifyRetract: true, NotifySub: true,
				SendLast: "never", EventType: "normal", ItemReply: "publisher",
			},
			Affiliations:  []pep.Affiliation{{JID: juliet, Role: pep.Member}},
			Subscriptions: []pep.Subscription{{JID: juliet, Pending: true}},
		}},
		'o': offline.Entry{Expires: at, XML: []byte("<message/>")},
		'q': []push.Registration{
			{Service: jid.MustParse("push.verona.lit"), Node: "n", Options: []byte("<x/>"), Device: "phone", Failures: 3, Refused: "gone", Off: at},
			{Service: juliet},
		},
		'r': contactRecord{version: 300, item: &roster.Item{
			JID: juliet, Name: "J", Groups: []string{"Balcony"}, Subscription: roster.To, Listed: true, Ask: true, Request: []byte("<presence/>"),
		}},
		'u': pep.Usage{Nodes: 2, Items: 300, Bytes: 70000},
		'v': []byte("<vCard/>"),
		'w': rosterHead{version: 300, floor: 2, tombstones: 1},
	}
}

// stored are the samples as version 1 of the store has written them. These lines are never changed: a program that
// cannot read them any more would lose what people have.
var stored = map[byte]string{
	'A': "010742616c636f6e79ac027f010102040a016402697418786d70703a636170756c65742e6c69743f3b6e6f64653d780170d8040e0a3c7375626a6563742f3e2062616c636f6e" +
		"7940636f6e666572656e63652e636170756c65742e6c69742f4a8080e2d2f7c583ea31126a756c69657440636170756c65742e6c69748080e2d2f7c583ea3104303066660101750174023930",
	'D': "01ac028080808080808002",
	'M': "0103014a03776879010175",
	'O': "01ac02",
	'G': "0101750d70726f66696c6520656d61696c8080e2d2f7c583ea31",
	'P': "01030b636170756c65742e6c69740854686520666575640175096665756423636861740a68747470733a2f2f722f01778080e2d2f7c583ea318080a7debd9785ea3101010102",
	'T': "010104636f6465047369746501310b636170756c65742e6c6974126a756c69657440636170756c65742e6c69740770726f66696c650164016601758080e2d2f7c583ea31" +
		"80e09cd7b6c983ea318080e2d2f7c583ea318080a7debd9785ea31",
	'a': "01018080e2d2f7c583ea318080a7debd9785ea3104676f6e65010b534352414d2d5348412d318020010101020103",
	'b': "0102126a756c69657440636170756c65742e6c69740c7665726f6e612e6c69742f78",
	'i': "018080e2d2f7c583ea318080e2d2f7c583ea31126a756c69657440636170756c65742e6c697401313c612f3e",
	'l': "018080e2d2f7c583ea310461776179",
	'n': "01ff07ac020204f4030780c0e285e368638080e2d2f7c583ea310174016402656e017906726f73746572046f70656e0672656a656374056e65766572066e6f726d" +
		"616c097075626c6973686572010742616c636f6e7901126a756c69657440636170756c65742e6c6974066d656d62657201126a756c69657440636170756c65742e6c697401",
	'o': "018080e2d2f7c583ea313c6d6573736167652f3e",
	'q': "01020f707573682e7665726f6e612e6c6974016e043c782f3e0570686f6e650304676f6e658080e2d2f7c583ea31126a756c69657440636170756c65742e6c6974000000000000",
	'r': "01ac0237014a010742616c636f6e793c70726573656e63652f3e",
	'u': "0102ac02f0a204",
	'v': "013c76436172642f3e",
	'w': "01ac020201",
}

func TestRecordsOfOldVersions(t *testing.T) {
	for kind, want := range samples() {
		b, err := hex.DecodeString(stored[kind])
		if err != nil {
			t.Fatal(err)
		}
		got, encode, err := codecs()[kind](b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%c: got %+v, %v; want %+v", kind, got, err, want)
			continue
		}
		if again := encode(); !bytes.Equal(again, b) {
			t.Errorf("%c: written as %x, stored as %x", kind, again, b)
		}
		if _, _, err := codecs()[kind](append([]byte{9}, b[1:]...)); !errors.Is(err, errRecord) {
			t.Errorf("%c: unknown version was read: %v", kind, err)
		}
	}
}

// FuzzRecord feeds any bytes to each decoder: none may fail but with an error, and what was read must stay the same
// when it is written and read again.
func FuzzRecord(f *testing.F) {
	for kind, text := range stored {
		if b, err := hex.DecodeString(text); err == nil {
			f.Add(kind, b)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, b []byte) {
		codec, ok := codecs()[kind]
		if !ok {
			return
		}
		first, encode, err := codec(bytes.Clone(b))
		if err != nil {
			return
		}
		again, _, err := codec(encode())
		if err != nil || !reflect.DeepEqual(first, again) {
			t.Errorf("%c %x: read %+v, then %+v, %v", kind, b, first, again, err)
		}
	})
}
