package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/ext/push"
	"causeway/xmpp/jid"
)

// tablePush has one record for each account: the devices that want to be woken.
const tablePush table = 'q'

// Push keeps which devices of an account are to be woken, and by whom.
type Push struct{ db *badger.DB }

var _ push.Store = Push{}

// Push gives the repository of push registrations.
func (s *Store) Push() Push { return Push{s.db} }

// Registrations implements push.Store.
func (r Push) Registrations(ctx context.Context, owner jid.JID) ([]push.Registration, error) {
	var list []push.Registration
	err := view(ctx, r.db, func(txn *badger.Txn) (err error) {
		list, err = readRegistrations(txn, owner)
		return err
	})
	return list, err
}

// Change implements push.Store.
func (r Push) Change(ctx context.Context, owner jid.JID, change func([]push.Registration) ([]push.Registration, error)) error {
	key := tablePrefix(owner, tablePush)
	return update(ctx, r.db, func(txn *badger.Txn) error {
		list, err := readRegistrations(txn, owner)
		if err != nil {
			return err
		}
		list, err = change(list)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return txn.Delete(key)
		}
		return txn.Set(key, encodeRegistrations(list))
	})
}

func readRegistrations(txn *badger.Txn, owner jid.JID) ([]push.Registration, error) {
	val, err := read(txn, tablePrefix(owner, tablePush))
	if val == nil || err != nil {
		return nil, err
	}
	list, err := decodeRegistrations(val)
	if err != nil {
		return nil, fmt.Errorf("push registrations of %s: %w", owner, err)
	}
	return list, nil
}

func encodeRegistrations(list []push.Registration) []byte {
	b := binary.AppendUvarint([]byte{recordVersion}, uint64(len(list)))
	for _, r := range list {
		b = appendBytes(b, r.Service.String())
		b = appendBytes(b, r.Node)
		b = appendBytes(b, r.Options)
		b = appendBytes(b, r.Device)
		b = binary.AppendUvarint(b, uint64(r.Failures))
		b = appendBytes(b, r.Refused)
		b = appendTime(b, r.Off)
	}
	return b
}

func decodeRegistrations(val []byte) ([]push.Registration, error) {
	d := decode(val)
	var list []push.Registration
	for range d.count() {
		r := push.Registration{Service: d.jid(), Node: d.string()}
		if options := d.bytes(); len(options) > 0 {
			r.Options = append([]byte(nil), options...)
		}
		r.Device = d.string()
		r.Failures = int(d.uvarint())
		r.Refused = d.string()
		r.Off = d.time()
		list = append(list, r)
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return list, nil
}
