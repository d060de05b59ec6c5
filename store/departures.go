package store

import (
	"context"
	"fmt"

	"causeway/store/badger"
	"causeway/xmpp/ext/last"
	"causeway/xmpp/jid"
)

// Departures keeps when the last resource of each account went away.
type Departures struct{ db *badger.DB }

var _ last.Store = Departures{}

// Departure implements last.Store.
func (r Departures) Departure(ctx context.Context, account jid.JID) (last.Departure, error) {
	val, err := get(ctx, r.db, tablePrefix(account, tableDeparture))
	if val == nil || err != nil {
		return last.Departure{}, err
	}
	dep, err := decodeDeparture(val)
	if err != nil {
		return last.Departure{}, fmt.Errorf("last departure of %s: %w", account, err)
	}
	return dep, nil
}

// SetDeparture implements last.Store. It does not wait for the disk.
func (r Departures) SetDeparture(ctx context.Context, account jid.JID, d last.Departure) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key, val := tablePrefix(account, tableDeparture), encodeDeparture(d)
	return tell(r.db.Submit(func(txn *badger.Txn) error { return txn.Set(key, val) }).Err())
}

func encodeDeparture(d last.Departure) []byte {
	return appendBytes(appendTime([]byte{recordVersion}, d.At), d.Status)
}

func decodeDeparture(val []byte) (last.Departure, error) {
	d := decode(val)
	dep := last.Departure{At: d.time(), Status: d.string()}
	return dep, d.end()
}
