package store

import (
	"bytes"
	"encoding/binary"
	"time"

	"causeway/xmpp/ext/pep"
	"causeway/xmpp/jid"
)

// A nodeRecord is a node as it is kept.
type nodeRecord struct {
	pep.Node
	next  uint64 // the number of the item that comes next
	first uint64 // items with smaller numbers are gone
	gone  bool   // the node is; the record remembers first
	ends  bool   // some items expire, or did
}

// The flags of a node.
const (
	nodeGone = 1 << iota
	nodeSubscribe
	nodePersist
	nodeDeliver
	nodePayloads
	nodeNotifyConfig
	nodeNotifyDelete
	nodeNotifyRetract
	nodeNotifySub
	nodeItemsEnd
)

func encodeNode(n *nodeRecord) []byte {
	c := &n.Config
	var flags uint64
	for _, f := range []struct {
		set bool
		bit uint64
	}{
		{n.gone, nodeGone},
		{c.Subscribe, nodeSubscribe},
		{c.Persist, nodePersist},
		{c.Deliver, nodeDeliver},
		{c.Payloads, nodePayloads},
		{c.NotifyConfig, nodeNotifyConfig},
		{c.NotifyDelete, nodeNotifyDelete},
		{c.NotifyRetract, nodeNotifyRetract},
		{c.NotifySub, nodeNotifySub},
		{n.ends, nodeItemsEnd},
	} {
		if f.set {
			flags |= f.bit
		}
	}
	b := binary.AppendUvarint([]byte{recordVersion}, flags)
	for _, v := range []uint64{n.next, n.first, uint64(n.Usage.Items), uint64(n.Usage.Bytes), uint64(c.MaxItems), uint64(c.Expire), uint64(c.MaxPayload)} {
		b = binary.AppendUvarint(b, v)
	}
	b = appendTime(b, n.Created)
	for _, v := range []string{
		c.Title, c.Description, c.Language, c.Type, string(c.Access), c.PublishModel, c.Full, c.SendLast, c.EventType, c.ItemReply,
	} {
		b = appendBytes(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Groups)))
	for _, g := range c.Groups {
		b = appendBytes(b, g)
	}
	b = binary.AppendUvarint(b, uint64(len(n.Affiliations)))
	for _, a := range n.Affiliations {
		b = appendBytes(appendBytes(b, a.JID.String()), string(a.Role))
	}
	b = binary.AppendUvarint(b, uint64(len(n.Subscriptions)))
	for _, s := range n.Subscriptions {
		b = append(appendBytes(b, s.JID.String()), flag(s.Pending, 1))
	}
	return b
}

func decodeNode(name string, val []byte) (*nodeRecord, error) {
	d := decode(val)
	n := &nodeRecord{Node: pep.Node{Name: name, Usage: pep.Usage{Nodes: 1}}}
	c := &n.Config
	flags := d.uvarint()
	n.gone, n.ends = flags&nodeGone != 0, flags&nodeItemsEnd != 0
	c.Subscribe, c.Persist = flags&nodeSubscribe != 0, flags&nodePersist != 0
	c.Deliver, c.Payloads = flags&nodeDeliver != 0, flags&nodePayloads != 0
	c.NotifyConfig, c.NotifyDelete = flags&nodeNotifyConfig != 0, flags&nodeNotifyDelete != 0
	c.NotifyRetract, c.NotifySub = flags&nodeNotifyRetract != 0, flags&nodeNotifySub != 0
	n.next, n.first = d.uvarint(), d.uvarint()
	n.Usage.Items, n.Usage.Bytes = int(d.uvarint()), int(d.uvarint())
	c.MaxItems, c.Expire, c.MaxPayload = int(d.uvarint()), time.Duration(d.uvarint()), int(d.uvarint())
	n.Created = d.time()
	c.Title, c.Description, c.Language, c.Type = d.string(), d.string(), d.string(), d.string()
	c.Access, c.PublishModel, c.Full = pep.Access(d.string()), d.string(), d.string()
	c.SendLast, c.EventType, c.ItemReply = d.string(), d.string(), d.string()
	for range d.count() {
		c.Groups = append(c.Groups, d.string())
	}
	for range d.count() {
		n.Affiliations = append(n.Affiliations, pep.Affiliation{JID: d.jid(), Role: pep.Role(d.string())})
	}
	for range d.count() {
		n.Subscriptions = append(n.Subscriptions, pep.Subscription{JID: d.jid(), Pending: d.byte() == 1})
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return n, nil
}

// encodeUsage writes what an account has in all its nodes.
func encodeUsage(u pep.Usage) []byte {
	b := []byte{recordVersion}
	for _, v := range []int{u.Nodes, u.Items, u.Bytes} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return b
}

func decodeUsage(val []byte) (u pep.Usage, err error) {
	d := decode(val)
	u.Nodes, u.Items, u.Bytes = int(d.uvarint()), int(d.uvarint()), int(d.uvarint())
	return u, d.end()
}

// An itemRecord is an item as it is kept.
type itemRecord struct {
	item    pep.Item // its payload lies in the record
	expires time.Time
}

// copy gives the item to keep.
func (r *itemRecord) copy() pep.Item {
	item := r.item
	item.Payload = bytes.Clone(item.Payload)
	return item
}

func encodeItem(item *pep.Item, expires time.Time) []byte {
	b := append(make([]byte, 0, len(item.Payload)+len(item.ID)+96), recordVersion)
	b = appendTime(appendTime(b, expires), item.Published)
	b = appendBytes(appendBytes(b, item.Publisher.String()), item.ID)
	return append(b, item.Payload...)
}

func decodeItem(val []byte) (*itemRecord, error) {
	d := decode(val)
	r := &itemRecord{expires: d.time()}
	r.item.Published = d.time()
	publisher := d.string()
	r.item.ID = d.string()
	if d.err != nil {
		return nil, d.err
	}
	if publisher != "" {
		var err error
		if r.item.Publisher, err = jid.Parse(publisher); err != nil {
			return nil, errRecord
		}
	}
	r.item.Payload = d.rest
	return r, nil
}
