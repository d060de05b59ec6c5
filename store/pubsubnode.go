package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"causeway/store/badger"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/jid"
)

// eraseBytes is how much of keys one step deletes, so that a node with many items
// does not hold up others.
const eraseBytes = 128 << 10

// An openedNode is a node inside one step, with what happens to its items.
type openedNode struct {
	txn     *badger.Txn
	owner   jid.JID
	name    string
	now     time.Time
	rec     *nodeRecord // nil if there is no such node
	tomb    *nodeRecord // what is left of one that is gone, if records of its items are
	evicted []string    // ids
	erased  int         // bytes of keys deleted
	left    bool        // some records could not be deleted in this step
}

func openNode(txn *badger.Txn, owner jid.JID, name string) (*openedNode, error) {
	o := &openedNode{txn: txn, owner: owner, name: name, now: time.Now()}
	val, err := read(txn, nodeKey(owner, name))
	if val == nil || err != nil {
		return o, err
	}
	rec, err := decodeNode(name, val)
	if err != nil {
		return nil, fmt.Errorf("node of %s: %w", owner, err)
	}
	if rec.gone {
		o.tomb = rec
	} else {
		o.rec = rec
	}
	return o, nil
}

// change does what f says.
func (o *openedNode) change(f func(*pep.Node, pep.Usage) (*pep.Step, error)) error {
	all, err := readUsage(o.txn, o.owner)
	if err != nil {
		return err
	}
	var old *pep.Node
	var before pep.Usage
	if o.rec != nil {
		copied := o.rec.Node
		old, before = &copied, o.rec.Usage
	}
	step, err := f(old, all)
	if err != nil {
		return err
	}
	if step.Node == nil {
		if err := o.remove(); err != nil {
			return err
		}
		return o.count(all, before, pep.Usage{})
	}
	o.begin(step.Node)
	if err := o.items(step); err != nil {
		return err
	}
	grown := o.rec.Usage.Bytes - before.Bytes
	if step.Quota > 0 && grown > 0 && all.Bytes+grown > step.Quota {
		return pep.ErrQuota
	}
	if err := o.txn.Set(nodeKey(o.owner, o.name), encodeNode(o.rec)); err != nil {
		return err
	}
	return o.count(all, before, o.rec.Usage)
}

// readUsage gives what owner has in all nodes, which is counted so that a change does
// not have to look at the others.
func readUsage(txn *badger.Txn, owner jid.JID) (pep.Usage, error) {
	val, err := read(txn, nodeKey(owner, ""))
	if val == nil || err != nil {
		return pep.Usage{}, err
	}
	all, err := decodeUsage(val)
	if err != nil {
		return all, fmt.Errorf("nodes of %s: %w", owner, err)
	}
	return all, nil
}

// count notes that the share of this node in what owner has was before and is now.
func (o *openedNode) count(all, before, now pep.Usage) error {
	if before == now {
		return nil
	}
	all.Nodes += now.Nodes - before.Nodes
	all.Items += now.Items - before.Items
	all.Bytes += now.Bytes - before.Bytes
	if all == (pep.Usage{}) {
		return o.txn.Delete(nodeKey(o.owner, ""))
	}
	return o.txn.Set(nodeKey(o.owner, ""), encodeUsage(all))
}

// begin puts n in the place of what was there; items stay.
func (o *openedNode) begin(n *pep.Node) {
	rec := &nodeRecord{Node: *n, next: 1, first: 1}
	rec.Name, rec.Usage = o.name, pep.Usage{Nodes: 1}
	switch {
	case o.rec != nil:
		rec.next, rec.first, rec.ends, rec.Usage = o.rec.next, o.rec.first, o.rec.ends, o.rec.Usage
	case o.tomb != nil:
		// Numbers go on, so that no item of the old node is one of the new.
		rec.next, rec.first, o.left = o.tomb.next, o.tomb.first, true
	}
	o.rec = rec
}

// items does to the items what step says.
func (o *openedNode) items(step *pep.Step) error {
	if step.Purge {
		if err := o.lookBehind(); err != nil {
			return err
		}
		if err := o.evict(o.rec.Usage.Items, false); err != nil {
			return err
		}
		o.rec.first, o.rec.ends, o.rec.Usage = o.rec.next, false, pep.Usage{Nodes: 1}
	}
	for _, id := range step.Retract {
		if _, err := o.retract(id); err != nil {
			return err
		}
	}
	if err := o.expire(); err != nil {
		return err
	}
	if step.Put != nil {
		there, err := o.retract(step.Put.ID)
		if err != nil {
			return err
		}
		if step.Refuse && !there && step.Keep > 0 && o.rec.Usage.Items >= step.Keep {
			return pep.ErrNodeFull
		}
		if err := o.put(step.Put, step.Expires); err != nil {
			return err
		}
	}
	if step.Keep > 0 && o.rec.Usage.Items > step.Keep {
		return o.evict(o.rec.Usage.Items-step.Keep, true)
	}
	return nil
}

// remove removes the node. A record of it stays until those of its items are deleted.
func (o *openedNode) remove() error {
	if o.rec == nil {
		return nil
	}
	if err := o.lookBehind(); err != nil {
		return err
	}
	if err := o.evict(o.rec.Usage.Items, false); err != nil {
		return err
	}
	if !o.left {
		return o.txn.Delete(nodeKey(o.owner, o.name))
	}
	tomb := &nodeRecord{gone: true, next: o.rec.next, first: o.rec.next}
	tomb.Name = o.name
	return o.txn.Set(nodeKey(o.owner, o.name), encodeNode(tomb))
}

// lookBehind sets o.left if records of items that are gone were left by a step before,
// which was interrupted: a new node of the same name must not take them for its own.
func (o *openedNode) lookBehind() error {
	gone := badger.Range{Prefix: itemsPrefix(o.owner, o.name, itemByNumber), To: itemKey(o.owner, o.name, o.rec.first)}
	return o.txn.Scan(gone, func(_, _ []byte) (bool, error) {
		o.left = true
		return false, nil
	})
}

// put writes an item as the newest.
func (o *openedNode) put(item *pep.Item, expires time.Time) error {
	number := o.rec.next
	o.rec.next++
	o.rec.ends = o.rec.ends || !expires.IsZero()
	o.rec.Usage.Items++
	o.rec.Usage.Bytes += sizeOf(item)
	if err := o.txn.Set(itemKey(o.owner, o.name, number), encodeItem(item, expires)); err != nil {
		return err
	}
	return o.txn.Set(itemIDKey(o.owner, o.name, item.ID), binary.AppendUvarint([]byte{recordVersion}, number))
}

// lookup finds an item by its id, expired or not; row is nil if there is none.
func (o *openedNode) lookup(id string) (number uint64, row *itemRecord, err error) {
	val, err := read(o.txn, itemIDKey(o.owner, o.name, id))
	if val == nil || err != nil {
		return 0, nil, err
	}
	d := decode(val)
	number = d.uvarint()
	if err := d.end(); err != nil || number < o.rec.first {
		return 0, nil, err
	}
	val, err = read(o.txn, itemKey(o.owner, o.name, number))
	if val == nil || err != nil {
		return 0, nil, err
	}
	row, err = decodeItem(val)
	return number, row, err
}

// bound finds the number of an item that a page begins or ends at.
func (o *openedNode) bound(id string) (uint64, error) {
	number, row, err := o.lookup(id)
	if err == nil && row == nil {
		return 0, pep.ErrNoItem
	}
	return number, err
}

// retract removes one item; it says whether it was there.
func (o *openedNode) retract(id string) (bool, error) {
	number, row, err := o.lookup(id)
	if row == nil || err != nil {
		return false, err
	}
	o.rec.Usage.Items--
	o.rec.Usage.Bytes -= sizeOf(&row.item)
	return !isExpired(row.expires, o.now), o.erase(number, id)
}

// expire removes the oldest items as long as they have expired.
func (o *openedNode) expire() error {
	if !o.rec.ends {
		return nil // the oldest item need not be read
	}
	n := 0
	err := o.fromOldest(func(_ uint64, row *itemRecord) (bool, error) {
		if !isExpired(row.expires, o.now) {
			return false, nil
		}
		n++
		return true, nil
	})
	if err != nil {
		return err
	}
	return o.evict(n, false)
}

// evict removes the n oldest items, and names them in o.evicted if told is set.
func (o *openedNode) evict(n int, told bool) error {
	if n == 0 {
		return nil
	}
	return o.fromOldest(func(number uint64, row *itemRecord) (bool, error) {
		o.rec.Usage.Items--
		o.rec.Usage.Bytes -= sizeOf(&row.item)
		o.rec.first = number + 1
		if told && !isExpired(row.expires, o.now) {
			o.evicted = append(o.evicted, row.item.ID)
		}
		n--
		if !o.room(row.item.ID) {
			o.left = true // the record follows
			return n > 0, nil
		}
		return n > 0, o.erase(number, row.item.ID)
	})
}

// fromOldest calls f with the items in order until it wants no more. The row is valid
// during the call.
func (o *openedNode) fromOldest(f func(number uint64, row *itemRecord) (more bool, err error)) error {
	rows := badger.Range{Prefix: itemsPrefix(o.owner, o.name, itemByNumber), From: itemKey(o.owner, o.name, o.rec.first)}
	return o.txn.Scan(rows, func(key, val []byte) (bool, error) {
		row, err := decodeItem(val)
		if err != nil {
			return false, err
		}
		return f(binary.BigEndian.Uint64(key[len(key)-8:]), row)
	})
}

// room reports whether this step may delete one more item.
func (o *openedNode) room(id string) bool {
	return o.erased+o.keySize(id) <= eraseBytes || o.erased == 0
}

// keySize is about what the keys of an item take.
func (o *openedNode) keySize(id string) int {
	return 2*(len(o.owner.String())+len(o.name)+16) + len(id)
}

// erase deletes the records of an item. The key with its id may be that of a newer
// item by now.
func (o *openedNode) erase(number uint64, id string) error {
	o.erased += o.keySize(id)
	if err := o.txn.Delete(itemKey(o.owner, o.name, number)); err != nil {
		return err
	}
	key := itemIDKey(o.owner, o.name, id)
	val, err := read(o.txn, key)
	if val == nil || err != nil {
		return err
	}
	d := decode(val)
	if at := d.uvarint(); at != number || d.err != nil {
		return d.err
	}
	return o.txn.Delete(key)
}

// sizeOf is what an item counts.
func sizeOf(item *pep.Item) int { return len(item.ID) + len(item.Payload) }
