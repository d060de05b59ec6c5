package store

import (
	"encoding/binary"
	"slices"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// The index of an archive tells where in the log its entries are: one list of places for all of it and one for each
// peer. A list is cut into leaves, records of up to leafPlaces places in the order of IDs, whose key ends with the ID
// of the first one.

// leafPlaces is the most places of one leaf: large enough that a key costs little for each, small enough that
// reading one is quick.
const leafPlaces = 128

// place is where in the log an entry is.
type place struct {
	id      archive.ID
	seq     uint64 // with the day: the record
	at      uint32 // where in its value the body begins
	expires int64  // microseconds since 1970, rounded down; 0: never
}

func (p place) day() uint32 {
	if p.expires == 0 {
		return never
	}
	return dayOf(time.UnixMicro(p.expires))
}

func (p place) expired(now time.Time) bool {
	return p.expires != 0 && p.expires <= now.UnixMicro()
}

// micros is a moment as a place has it.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(t.UnixMicro(), 1)
}

func comparePlaces(a, b place) int {
	switch {
	case a.id < b.id:
		return -1
	case a.id > b.id:
		return 1
	}
	return 0
}

// wholeList is the list of all entries of an archive.
func wholeList(owner jid.JID) []byte { return tablePrefix(owner, tableArchive) }

// peerList is the list of the entries with one peer, a bare JID.
func peerList(owner jid.JID, peer string) []byte {
	return append(append(tablePrefix(owner, tableArchivePeers), peer...), 0)
}

func leafKey(list []byte, first archive.ID) []byte {
	return binary.BigEndian.AppendUint64(slices.Clone(list), uint64(first))
}

// encodeLeaf writes each place as its difference to the one before: most take 8 to 12 bytes.
func encodeLeaf(places []place) []byte {
	b := make([]byte, 0, 2+12*len(places)+16)
	b = append(b, recordVersion)
	b = binary.AppendUvarint(b, uint64(len(places)))
	var prev place
	var prevLife int64
	for _, p := range places {
		life := int64(-1) // of what does not expire
		if p.expires != 0 {
			life = p.expires - int64(p.id)
		}
		b = binary.AppendUvarint(b, uint64(p.id-prev.id))
		b = binary.AppendVarint(b, int64(p.seq-prev.seq))
		b = binary.AppendUvarint(b, uint64(p.at))
		b = binary.AppendVarint(b, life-prevLife)
		prev, prevLife = p, life
	}
	return b
}

func decodeLeaf(val []byte) ([]place, error) {
	d := decode(val)
	places := make([]place, d.count())
	var prev place
	var life int64
	for i := range places {
		p := place{id: prev.id + archive.ID(d.uvarint()), seq: prev.seq + uint64(d.varint()), at: uint32(d.uvarint())}
		if life += d.varint(); life != -1 {
			p.expires = int64(p.id) + life
		}
		places[i], prev = p, p
	}
	return places, d.end()
}

// setLeaves writes places, which are in order, as leaves of their own.
func setLeaves(txn *badger.Txn, list []byte, places []place) error {
	for leaf := range slices.Chunk(places, leafPlaces) {
		if err := setLeaf(txn, leafKey(list, leaf[0].id), leaf); err != nil {
			return err
		}
	}
	return nil
}

// mergeLeaves adds places, which are in order, wherever they belong. No two leaves ever overlap.
func mergeLeaves(txn *badger.Txn, list []byte, places []place) error {
	for len(places) > 0 {
		key, err := leafAt(txn, list, places[0].id)
		if err != nil {
			return err
		}
		end, err := leafAfter(txn, list, places[0].id)
		if err != nil {
			return err
		}
		n := len(places)
		if end != 0 {
			n, _ = slices.BinarySearchFunc(places, place{id: end}, comparePlaces)
		}
		group := places[:n]
		places = places[n:]
		if key != nil {
			if group, err = withLeaf(txn, key, group); err != nil {
				return err
			}
		}
		if err := setLeaves(txn, list, group); err != nil {
			return err
		}
	}
	return nil
}

// withLeaf gives places together with those of the leaf at key, if the leaf goes beyond their first. All will be
// written: the leaf's first place stays the first.
func withLeaf(txn *badger.Txn, key []byte, places []place) ([]place, error) {
	val, err := txn.Get(key)
	if err != nil {
		return nil, err
	}
	leaf, err := decodeLeaf(val)
	if err != nil {
		return nil, err
	}
	if len(leaf) == 0 || leaf[len(leaf)-1].id < places[0].id {
		return places, nil
	}
	all := slices.Concat(places, leaf)
	slices.SortStableFunc(all, comparePlaces)
	return slices.CompactFunc(all, func(a, b place) bool { return a.id == b.id }), nil
}

func setLeaf(txn *badger.Txn, key []byte, leaf []place) error {
	last := int64(0)
	for _, p := range leaf {
		if p.expires == 0 {
			return txn.Set(key, encodeLeaf(leaf))
		}
		last = max(last, p.expires)
	}
	return txn.SetWithExpiry(key, encodeLeaf(leaf), time.UnixMicro(last).Add(expirySlack))
}

// bounds are the IDs between which places are looked for, neither included; 0 is no bound.
type bounds struct{ after, before archive.ID }

func (b bounds) hold(id archive.ID) bool {
	return id > b.after && (b.before == 0 || id < b.before)
}

// scanLeaves gives the places of a list that lie within the bounds, from either end, until fn wants no more.
func scanLeaves(txn *badger.Txn, list []byte, in bounds, backward bool, fn func(place) bool) error {
	all := badger.Range{Prefix: list, Reverse: backward}
	if in.before != 0 {
		all.To = leafKey(list, in.before)
	}
	if !backward && in.after != 0 {
		// The leaf in which the range begins may have begun before it.
		start, err := leafAt(txn, list, in.after)
		if err != nil {
			return err
		}
		all.From = start
	}
	return txn.Scan(all, func(_, val []byte) (bool, error) {
		places, err := decodeLeaf(val)
		if err != nil {
			return false, err
		}
		if backward {
			slices.Reverse(places)
		}
		for _, p := range places {
			if in.hold(p.id) && !fn(p) {
				return false, nil
			}
		}
		// Backward, the first place of a leaf before the bound ends the range.
		return !backward || len(places) == 0 || places[len(places)-1].id > in.after, nil
	})
}

// leafAt gives the key of the last leaf that begins at id or before; nil if none does.
func leafAt(txn *badger.Txn, list []byte, id archive.ID) (key []byte, err error) {
	upTo := badger.Range{Prefix: list, To: leafKey(list, id+1), Reverse: true, Limit: 1, Keys: true}
	err = txn.Scan(upTo, func(found, _ []byte) (bool, error) {
		key = slices.Clone(found)
		return false, nil
	})
	return key, err
}

// leafAfter gives the first ID of the first leaf that begins behind id; 0 if none does.
func leafAfter(txn *badger.Txn, list []byte, id archive.ID) (first archive.ID, err error) {
	behind := badger.Range{Prefix: list, From: leafKey(list, id+1), Limit: 1, Keys: true}
	err = txn.Scan(behind, func(key, _ []byte) (bool, error) {
		first = archive.ID(binary.BigEndian.Uint64(key[len(key)-8:]))
		return false, nil
	})
	return first, err
}

// movePlace puts p where the list has an entry with its ID; found is false if it has none.
func movePlace(txn *badger.Txn, list []byte, p place) (found bool, err error) {
	key, err := leafAt(txn, list, p.id)
	if key == nil || err != nil {
		return false, err
	}
	val, err := txn.Get(key)
	if err != nil {
		return false, err
	}
	places, err := decodeLeaf(val)
	if err != nil {
		return false, err
	}
	i, found := slices.BinarySearchFunc(places, p, comparePlaces)
	if !found {
		return false, nil
	}
	places[i] = p
	return true, setLeaf(txn, key, places)
}
