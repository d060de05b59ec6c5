package websdk

import (
	"slices"
	"strconv"

	"causeway/xmpp/stanza"
)

const (
	nsManagement = "urn:xmpp:sm:3"     // XEP-0198
	nsReceipts   = "urn:xmpp:receipts" // XEP-0184, and what the SDK does in its name
)

// enable turns stream management on for the server: the adapter is the client that it
// thinks it has (XEP-0198 #enable). It is never resumed.
const enable = "<enable xmlns='" + nsManagement + "'/>"

// request asks the server to acknowledge.
const request = "<r xmlns='" + nsManagement + "'/>"

// maxOwed is how many stanzas may wait for the receipts of the SDK, which sends five in a
// second (wire 3.4). The oldest of more count as received, as they would without any of this.
const maxOwed = 256

// maxSent is how many messages of the SDK are remembered for errors that come back.
const maxSent = 64

// A letter is a message that the SDK has sent.
type letter struct {
	mid  string // the id that it has here
	id   string // the one the SDK gave it
	to   string // as the SDK wrote it
	body string
	room string // the room it is to, whose echo is for nobody
	seq  uint32 // its number among the stanzas of the client
	done bool   // it is acknowledged, or has failed
}

// receipts is what each side has acknowledged.
type receipts struct {
	enabled bool

	// Of what the SDK is sent:
	passed uint32   // how many stanzas it has, all in all
	owed   []string // those that it may not have yet, oldest first: ids, "" for none to wait for

	// Of what it sends:
	said uint32   // stanzas that the server was fed
	sent []letter // the last messages, oldest first
}

// passOn counts a stanza that leaves for the SDK; id is that of its receipt, "" if it sends
// none.
func (r *receipts) passOn(id string) {
	if r.enabled {
		r.owed = append(r.owed, id)
		r.settle()
	}
}

// received takes a receipt of the SDK.
func (r *receipts) received(id string) {
	for i := range r.owed {
		if r.owed[i] == id {
			r.owed[i] = ""
			break
		}
	}
	r.settle()
}

// settle counts as passed what waits for nothing.
func (r *receipts) settle() {
	n := 0
	for n < len(r.owed) && (r.owed[n] == "" || len(r.owed)-n > maxOwed) {
		n++
	}
	r.passed += uint32(n)
	if r.owed = r.owed[n:]; len(r.owed) == 0 {
		r.owed = nil
	}
}

// count is the acknowledgement of the SDK, as the server reads it.
func (r *receipts) count() []byte {
	dst := append([]byte(nil), "<a xmlns='"+nsManagement+"' h='"...)
	return append(strconv.AppendUint(dst, uint64(r.passed), 10), "'/>"...)
}

// remember keeps a message that is about to be fed to the server.
func (r *receipts) remember(l letter) {
	n := 0
	for len(r.sent)-n >= maxSent && r.sent[n].done { // there may be more while the disk is slow
		n++
	}
	r.sent = slices.Delete(r.sent, 0, n)
	l.seq = r.said + 1
	r.sent = append(r.sent, l)
}

// letter finds a message that the SDK has sent, nil if it is forgotten.
func (r *receipts) letter(mid string) *letter {
	for i := range r.sent {
		if r.sent[i].mid == mid {
			return &r.sent[i]
		}
	}
	return nil
}

// acknowledged gives the messages that the server now has on the disk: it has dealt with h
// stanzas.
func (r *receipts) acknowledged(h uint32) (list []letter) {
	for i := range r.sent {
		if l := &r.sent[i]; !l.done && int32(h-l.seq) >= 0 { // counts are modulo 2^32
			l.done = true
			list = append(list, *l)
		}
	}
	return list
}

// feedStanza gives the server a stanza.
func (s *Stream) feedStanza(e *element) {
	s.said++
	s.in.feed(e.bytes())
}

// feedMessage gives the server a message, and asks it to acknowledge it.
func (s *Stream) feedMessage(m *element, l letter) {
	s.remember(l)
	s.feedStanza(m)
	s.in.feed([]byte(request))
}

// manage takes an element of stream management of the server. What it acknowledges is kept,
// and so is what the SDK is told to be sent (wire 3.4).
func (s *Stream) manage(out []byte, e *element) []byte {
	switch e.local {
	case "enabled":
		s.enabled = true
	case "r":
		s.in.feed(s.count())
	case "a":
		h, err := strconv.ParseUint(e.attr("h"), 10, 32)
		if err != nil {
			return out
		}
		for _, l := range s.acknowledged(uint32(h)) {
			out = s.acknowledgement(&l).append(out, stanza.NSClient)
		}
	}
	return out
}

// acknowledgement is what calls the success callback of the SDK; later ones want the body.
func (s *Stream) acknowledgement(l *letter) *element {
	return elem(stanza.NSClient, "message", "from", s.names.domain, "to", s.me()).with(
		elem(nsReceipts, "received", "mid", l.mid).saying(l.id),
		elem(stanza.NSClient, "body").saying(l.id))
}
