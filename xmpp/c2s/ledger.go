package c2s

import (
	"time"

	"causeway/xmpp/stanza"
)

// An entry is a stanza that was sent, or waits to be, and is not acknowledged.
type entry struct {
	size int   // in bytes of the log
	at   int64 // when it was queued, Unix seconds
	told func(delivered bool)
	held *held // while it is kept on the disk
}

// A ledger is the state of stream management for one session (XEP-0198 #acking):
// how many stanzas went each way, and the ones that the client may not have got.
// Counts are modulo 2^32. It is used under client.mu.
type ledger struct {
	id        string
	resumable bool
	max       time.Duration // that the session waits when cut
	cutAt     int64         // Unix seconds
	missed    bool          // who wakes devices has been told of what is not acknowledged

	// What came in.
	handled uint32        // stanzas routed
	given   uint64        // tickets of the router
	kept    uint64        // tickets fulfilled
	wanted  bool          // the client waits for an <a/> ...
	wantAt  uint64        // ... that may go when so many tickets are fulfilled ...
	wantH   uint32        // ... and says this
	failed  error         // a ticket could not be fulfilled
	quiet   chan struct{} // closed when all tickets are fulfilled, if somebody waits for that
	onKept  func(error)   // made once

	// What went out. The log holds the bytes of the entries, one after the other;
	// those before first and start have been acknowledged.
	acked   uint32 // the last h of the client
	passed  uint64 // bytes of the entries that it has acknowledged
	entries []entry
	first   int
	log     []byte
	start   int
	unasked bool // there are entries since the client was last asked to acknowledge
}

// add appends st. The bytes it returns are those to be written; they are valid
// until the next call.
func (g *ledger) add(st *stanza.Stanza, at int64) []byte {
	before := len(g.log)
	g.log = st.AppendTo(g.log)
	g.entries = append(g.entries, entry{size: len(g.log) - before, at: at, told: st.Told})
	g.unasked = true
	return g.log[before:]
}

// addBytes appends a stanza that was queued at another time than now.
func (g *ledger) addBytes(xml []byte, at int64) {
	g.log = append(g.log, xml...)
	g.entries = append(g.entries, entry{size: len(xml), at: at})
	g.unasked = true
}

// waiting gives the bytes that are not acknowledged.
func (g *ledger) waiting() []byte { return g.log[g.start:] }

// open gives the entries that are not acknowledged.
func (g *ledger) open() []entry { return g.entries[g.first:] }

// sent is the number of stanzas that the client has been sent, all in all.
func (g *ledger) sent() uint32 { return g.acked + uint32(len(g.open())) }

// ack takes the client's count. It gives the entries that the client has got
// now, valid until the next call of a method; ok is false if it counts more than
// there are.
func (g *ledger) ack(h uint32) (got []entry, ok bool) {
	n := h - g.acked // modulo 2^32, so a count that goes back is one far too high
	if int64(n) > int64(len(g.open())) {
		return nil, false
	}
	g.acked = h
	got = g.entries[g.first : g.first+int(n)]
	for i := range got {
		g.start += got[i].size
		g.passed += uint64(got[i].size)
	}
	g.first += int(n)
	return got, true
}

// compact gives back the room of what has been acknowledged, once that is most
// of it. What ack returned is gone then.
func (g *ledger) compact() {
	if g.first*2 > len(g.entries) {
		n := copy(g.entries, g.open())
		clear(g.entries[n:])
		g.entries, g.first = g.entries[:n], 0
	}
	if g.start*2 > len(g.log) {
		n := copy(g.log, g.waiting())
		g.log, g.start = g.log[:n], 0
	}
	if cap(g.log) > keepBuffer {
		g.trim()
	}
}

// trim gives back all room if nothing is waiting.
func (g *ledger) trim() {
	if len(g.open()) == 0 {
		g.log, g.start, g.entries, g.first = nil, 0, nil, 0
	}
}
