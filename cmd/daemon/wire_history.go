package daemon

import (
	"context"
	"slices"

	restapi "causeway/bridge/rest"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// hostHistory reads the archives of a host for the REST admin API.
type hostHistory struct{ h *house }

var _ restapi.History = hostHistory{}

// What one Read looks at.
const (
	mostPages    = 1000    // pages of archives
	ownersAtOnce = 100     // of which the names are in memory
	historyBytes = 1 << 20 // of stanzas
)

// owner is whose archive comes next.
type owner struct {
	name string // as in a Place
	bare jid.JID
}

// Read implements restapi.History.
func (y hostHistory) Read(ctx context.Context, r restapi.Reading) ([]restapi.Kept, restapi.Place, bool, error) {
	w := historyReader{hostHistory: y, Reading: r, room: historyBytes}
	for !w.full() {
		owners, err := y.owners(ctx, r.Host, w.At)
		if err != nil {
			return nil, r.At, false, err
		}
		if len(owners) == 0 {
			if w.At.Rooms || y.h.rooms == nil {
				return w.list, w.At, false, nil
			}
			w.At = restapi.Place{Rooms: true}
			continue
		}
		for _, o := range owners {
			if err := w.read(ctx, o); err != nil {
				return nil, r.At, false, err
			}
			if !w.At.Done {
				break // it is full
			}
		}
	}
	return w.list, w.At, true, nil
}

// historyReader is a Reading under way; its At moves on.
type historyReader struct {
	hostHistory
	restapi.Reading
	list   []restapi.Kept
	room   int // bytes that are left
	looked int // pages
}

func (w *historyReader) full() bool {
	return len(w.list) >= w.Max || w.room <= 0 || w.looked >= mostPages
}

// read reads the archive of o, from where the reading is, until its end or until w is full.
func (w *historyReader) read(ctx context.Context, o owner) error {
	if o.name != w.At.Owner {
		w.At = restapi.Place{Rooms: w.At.Rooms, Owner: o.name}
	}
	for !w.At.Done && !w.full() {
		found, err := w.page(ctx, o, w.Reading, &w.At, w.Max-len(w.list), w.room)
		if err != nil {
			return err
		}
		for i := range found {
			w.room -= len(found[i].XML)
		}
		w.list = append(w.list, found...)
		w.looked++
	}
	return nil
}

// owners gives some from a place on.
func (y hostHistory) owners(ctx context.Context, host jid.JID, at restapi.Place) (list []owner, err error) {
	if at.Rooms {
		return y.roomOwners(ctx, host, at)
	}
	var from account.ID
	if at.Owner != "" {
		if from, err = account.ParseID(at.Owner); err != nil {
			return nil, err
		}
	}
	made, err := y.h.accounts.Made(ctx, host.Domain(), from, ownersAtOnce)
	for i := range made {
		if at.Done && made[i].ID == from {
			continue
		}
		list = append(list, owner{made[i].ID.String(), made[i].JID})
	}
	return list, err
}

func (y hostHistory) roomOwners(ctx context.Context, host jid.JID, at restapi.Place) (list []owner, err error) {
	if y.h.rooms == nil {
		return nil, nil
	}
	service := y.h.rooms.Domain(host.Domain())
	if at.Owner != "" && !at.Done {
		if bare, err := jid.New(at.Owner, service, ""); err == nil {
			return []owner{{at.Owner, bare}}, nil
		}
	}
	rooms, err := y.h.rooms.Rooms(ctx, service, at.Owner, ownersAtOnce)
	for i := range rooms {
		list = append(list, owner{rooms[i].JID.Local(), rooms[i].JID})
	}
	return list, err
}

// page reads some of an archive, and moves the place behind it.
func (y hostHistory) page(ctx context.Context, o owner, r restapi.Reading, at *restapi.Place, most, bytes int) (list []restapi.Kept, err error) {
	q := archive.Query{Before: archive.ID(r.Until.UnixMicro()), Max: most, Bytes: bytes, Backward: r.LatestFirst}
	if from := r.From.UnixMicro(); from > 0 {
		q.After = archive.ID(from - 1)
	}
	if q.Before <= q.After+1 {
		at.Done = true // the span is empty
		return nil, nil
	}
	if at.Read != 0 {
		if r.LatestFirst {
			q.Before = min(q.Before, archive.ID(at.Read))
		} else {
			q.After = max(q.After, archive.ID(at.Read))
		}
	}
	page, err := y.h.store.Archive().Page(ctx, o.bare, q)
	if err != nil {
		return nil, err
	}
	if r.LatestFirst {
		slices.Reverse(page.Entries)
	}
	for i := range page.Entries {
		e := &page.Entries[i]
		if at.Rooms || e.Sent || y.foreign(r.Host, e.Peer) {
			peer := e.Peer
			if at.Rooms {
				peer = speaker(e)
			}
			list = append(list, restapi.Kept{
				ID: uint64(e.ID), At: e.ID.Time(), Owner: o.bare, Peer: peer, Received: !e.Sent, InRoom: at.Rooms, XML: e.XML,
			})
		}
	}
	at.Done = !page.More || page.Reached == 0
	at.Read = uint64(page.Reached)
	return list, nil
}

// foreign reports whether what somebody sends is in no archive of the host but that of who
// gets it.
func (y hostHistory) foreign(host, sender jid.JID) bool {
	if sender.Domain() == host.Domain() {
		return sender.Local() == ""
	}
	return y.h.rooms == nil || sender.Domain() != y.h.rooms.Domain(host.Domain())
}

// speaker is who has said something in a room: as the room has noted for those who may see
// it, in the last child of the message, or else by the nick.
func speaker(e *archive.Entry) jid.JID {
	st, err := stanza.Parse(e.XML)
	if err != nil {
		return e.Peer
	}
	all := st.Children()
	if len(all) == 0 || !st.ChildIs(all[len(all)-1], nsMUCUser, "x") {
		return e.Peer
	}
	var x struct {
		Item struct {
			JID jid.JID `xml:"jid,attr"`
		} `xml:"item"`
	}
	if err := st.DecodeChild(all[len(all)-1], &x); err != nil || x.Item.JID.IsZero() {
		return e.Peer
	}
	return x.Item.JID.Bare()
}

// nsMUCUser is of XEP-0045 #registrar-ns.
const nsMUCUser = "http://jabber.org/protocol/muc#user"
