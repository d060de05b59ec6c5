package muc

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/rsm"
	"causeway/xmpp/stanza"
)

// Namespaces of discovery (XEP-0030), and of commands (XEP-0050).
const (
	nsInfo     = "http://jabber.org/protocol/disco#info"
	nsItems    = "http://jabber.org/protocol/disco#items"
	nsCommands = "http://jabber.org/protocol/commands"

	nodeNick    = "x-roomuser-item" // XEP-0045 #reservednick
	nodeTraffic = NS + "#traffic"   // XEP-0045 #impl-service-traffic
	formInfo    = NS + "#roominfo"  // XEP-0045 #registrar-formtype-roominfo
)

// roomFeatures is what every room can do; what depends on its settings comes besides.
var roomFeatures = [...]string{
	nsCommands, nsInfo, nsItems, NS, NS + "#self-ping-optimization", NS + "#stable_id",
	nsRegister, nsHats, nsOccupantID, nsPing, nsVCard,
}

// archiveFeatures is what a room can do that keeps what is said.
var archiveFeatures = [...]string{nsArchive, nsArchive + "#extended", nsStanzaIDs, nsRetract, nsRetract + "#tombstone", nsModerate}

// info answers what the room is (XEP-0045 #disco-roominfo).
func (r *room) info(t *turn, iq *stanza.Stanza) error {
	node, err := nodeOf(iq)
	if err != nil {
		return err
	}
	p := openQuery(nsInfo, node)
	switch node {
	case "":
		p = appendIdentity(p, r.Settings.Name)
		for _, f := range r.features() {
			p = appendFeature(p, f)
		}
		p = r.infoForm(iq.From.Bare()).Append(p)
	case nodeNick:
		// "MUST return the nickname to the user as the value of the 'name'"; "If the user
		// does not have a registered nickname, the room MUST return a … query … that is empty"
		if nick := r.members[iq.From.Bare()].Nick; nick != "" {
			p = appendIdentity(p, nick)
		}
	case nodeTraffic:
		// "If a service does not discard any namespaces, it MUST return … service-unavailable"
		return stanza.ServiceUnavailable.Err("everything passes")
	case nsCommands:
		p = append(p, "<identity category='automation' type='command-list'/>"...)
	default:
		return stanza.ItemNotFound.Err("")
	}
	t.answer(iq, append(p, "</query>"...))
	return nil
}

// features gives what the room can do, and how it is set up (XEP-0045
// #registrar-features).
func (r *room) features() []string {
	s := &r.Settings
	either := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	list := append([]string(nil), roomFeatures[:]...)
	if s.Archive {
		list = append(list, archiveFeatures[:]...)
	}
	return append(
		list,
		either(s.Public, "muc_public", "muc_hidden"),
		either(s.Persistent, "muc_persistent", "muc_temporary"),
		either(s.MembersOnly, "muc_membersonly", "muc_open"),
		either(s.Moderated, "muc_moderated", "muc_unmoderated"),
		either(s.Whois == ToAnyone, "muc_nonanonymous", "muc_semianonymous"),
		either(s.Password != "", "muc_passwordprotected", "muc_unsecured"))
}

// infoForm is what else there is to know of the room. What is talked about there is for
// those who may enter.
func (r *room) infoForm(asker jid.JID) *form.Form {
	s := &r.Settings
	subject := ""
	if r.mayRead(asker) == nil {
		subject = subjectText(r.Subject.XML)
	}
	f := form.New(
		form.Result, formInfo,
		text("muc#roominfo_description", "Description", s.Description),
		text("muc#roominfo_subject", "Subject", subject),
		text("muc#roominfo_occupants", "Number of occupants", strconv.Itoa(len(r.seats))),
		yesNo("muc#roominfo_subjectmod", "May occupants change the subject?", s.Subject < Moderator),
		yesNo(fieldSubject, "May occupants change the subject?", s.Subject < Moderator),
		yesNo(fieldInvites, "May members invite others?", s.Invites),
		text(fieldHistory, "Messages that are told to who enters", strconv.Itoa(s.HistoryLength)))
	for _, extra := range [...]form.Field{
		text("muc#roominfo_lang", "Language of the discussions", s.Lang),
		text(fieldPubSub, "URI of a node that belongs to the room", s.PubSub),
		avatarField(r.Avatar),
		text("hats#hash", "Hash of the hats", r.hatsHash()), // XEP-0317 #disco
		lines(fieldHours, "When the room is open", s.Hours),
		ifSo(fieldAudio, "Audio", s.Audio), ifSo(fieldVideo, "Video", s.Video), ifSo(fieldWhiteboard, "Whiteboard", s.Whiteboard),
		numbered(fieldDisplay, "Where the room is shown", s.Display),
		numbered(fieldNumber, "Number", r.Number),
	} {
		if len(extra.Values) > 0 && extra.Values[0] != "" {
			f.Fields = append(f.Fields, extra)
		}
	}
	return f
}

// ifSo is a field that is there when something is so.
func ifSo(name, label string, so bool) form.Field {
	if !so {
		return form.Field{}
	}
	return yesNo(name, label, true)
}

// numbered is a field that is there for a number that is not 0.
func numbered(name, label string, n int) form.Field {
	if n == 0 {
		return form.Field{}
	}
	return text(name, label, strconv.Itoa(n))
}

// avatarField tells which pictures the room has (XEP-0486 #disco-avatar-hash).
func avatarField(hashes string) form.Field {
	return form.Field{Var: "muc#roominfo_avatarhash", Type: form.TextMulti, Label: "Hash of the avatar", Values: strings.Fields(hashes)}
}

// subjectText is the subject without its markup.
func subjectText(xml []byte) string {
	if len(xml) == 0 {
		return ""
	}
	return stanza.ElementText(xml)
}

// items answers who is in the room, to those who are (XEP-0045 #disco-roomitems:
// "implementations … are advised to turn off such information sharing by default"), and
// which commands it has.
func (r *room) items(t *turn, iq *stanza.Stanza) error {
	node, err := nodeOf(iq)
	if err != nil {
		return err
	}
	p := openQuery(nsItems, node)
	switch node {
	case "":
		if r.sessions[iq.From] != nil {
			for _, occ := range r.seats {
				if occ.known {
					p = appendItem(p, occ.jid, "", "")
				}
			}
		}
	case nsCommands:
		for _, c := range hatCommands {
			if c.allowed(r, iq.From.Bare()) {
				p = appendItem(p, r.jid, c.node, c.name)
			}
		}
	default:
		return stanza.ItemNotFound.Err("")
	}
	t.answer(iq, append(p, "</query>"...))
	return nil
}

// openDesk makes what answers for the service itself (XEP-0045 #disco-service-features,
// #disco-rooms).
func (s *Service) openDesk() {
	s.desk = router.NewDesk(s.cfg.Router)
	s.desk.HandleIQ(nsInfo, handlerFunc(s.serviceInfo))
	s.desk.HandleIQ(nsItems, handlerFunc(s.serviceItems))
}

// handlerFunc makes a router.Handler of a function.
type handlerFunc func(ctx context.Context, iq *stanza.Stanza) ([]byte, error)

// HandleIQ implements router.Handler.
func (f handlerFunc) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	return f(ctx, iq)
}

func (s *Service) serviceInfo(_ context.Context, iq *stanza.Stanza) ([]byte, error) {
	node, err := nodeOf(iq)
	if err != nil {
		return nil, err
	}
	if node != "" {
		return nil, stanza.ItemNotFound.Err("")
	}
	p := appendIdentity(openQuery(nsInfo, ""), "Rooms")
	// XEP-0421 #rules has the service say it too, when all rooms do it.
	features := append(s.desk.Features(), NS, NS+"#stable_id", nsOccupantID, rsm.NS, nsVCard)
	for _, f := range features {
		p = appendFeature(p, f)
	}
	return append(p, "</query>"...), nil
}

// maxListed is how many rooms one answer lists.
const maxListed = 100

// serviceItems lists the public rooms, a page at a time: the id of a page is the address
// of a room (XEP-0045 #disco-rooms, XEP-0059).
func (s *Service) serviceItems(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	node, err := nodeOf(iq)
	if err != nil {
		return nil, err
	}
	if node != "" {
		return nil, stanza.ItemNotFound.Err("")
	}
	c, _ := iq.Payload()
	want, err := readSet(iq.ChildBytes(c))
	if err != nil {
		return nil, err
	}
	if want.Backward || want.Index != rsm.Unset {
		return nil, stanza.FeatureNotImplemented.Err("pages go forward") // XEP-0059 #backwards, #jump
	}
	after := ""
	if want.After != "" {
		j, err := jid.Parse(want.After)
		if err != nil || j.Domain() != iq.To.Domain() {
			return nil, stanza.ItemNotFound.Err("there is no such page") // XEP-0059 #forwards
		}
		after = j.Local()
	}
	most := maxListed
	if want.Max != rsm.Unset {
		most = min(most, want.Max)
	}
	list, err := s.cfg.Store.List(ctx, iq.To.Domain(), after, most+1, false)
	if err != nil {
		return nil, fmt.Errorf("list rooms of %s: %w", iq.To.Domain(), err)
	}
	more := len(list) > most
	list = list[:min(len(list), most)]
	p := openQuery(nsItems, "")
	for _, l := range list {
		name := l.Name
		if name == "" {
			name = l.JID.Local()
		}
		p = appendItem(p, l.JID, "", name)
	}
	if (more || after != "") && len(list) > 0 {
		p = rsm.Page(list[0].JID.String(), list[len(list)-1].JID.String()).Append(p)
	}
	return append(p, "</query>"...), nil
}

// readSet reads which page is wanted.
func readSet(query []byte) (rsm.Request, error) {
	_, inside, err := stanza.Split(query)
	if err != nil {
		return rsm.All(), stanza.BadRequest.Err("")
	}
	for i := range inside {
		if inside[i].Is(rsm.NS, "set") {
			return rsm.Parse(inside[i].XML)
		}
	}
	return rsm.All(), nil
}

// nodeOf reads the node of a question.
func nodeOf(iq *stanza.Stanza) (string, error) {
	c, _ := iq.Payload()
	if iq.Type != stanza.Get || string(iq.Bytes(c.Name)) != "query" {
		return "", stanza.FeatureNotImplemented.Err("") // RFC 6120 §8.3.3.3
	}
	return attribute(iq, c, "node"), nil
}

func openQuery(ns, node string) []byte {
	p := []byte("<query")
	p = stanza.AppendAttr(p, "xmlns", ns)
	if node != "" {
		p = stanza.AppendAttr(p, "node", node)
	}
	return append(p, '>')
}

func appendIdentity(p []byte, name string) []byte {
	p = append(p, "<identity category='conference' type='text'"...)
	if name != "" {
		p = stanza.AppendAttr(p, "name", name)
	}
	return append(p, "/>"...)
}

func appendFeature(p []byte, f string) []byte {
	p = append(p, "<feature"...)
	p = stanza.AppendAttr(p, "var", f)
	return append(p, "/>"...)
}

func appendItem(p []byte, at jid.JID, node, name string) []byte {
	p = append(p, "<item"...)
	p = stanza.AppendAttr(p, "jid", at.String())
	if node != "" {
		p = stanza.AppendAttr(p, "node", node)
	}
	if name != "" {
		p = stanza.AppendAttr(p, "name", name)
	}
	return append(p, "/>"...)
}
