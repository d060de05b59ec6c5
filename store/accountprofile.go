package store

import (
	"encoding/binary"
	"maps"
	"slices"

	"causeway/xmpp/account"
)

// Which fields of a profile that may never have been set are there.
const (
	profileStyle = 1 << iota
	profileQuiet
	profileStart
	profileEnd
)

func appendProfile(b []byte, p *account.Profile) []byte {
	b = appendBytes(b, p.Name)
	b = appendBytes(b, p.Nick)
	b = appendTime(b, p.Modified)
	w := &p.Push
	b = append(b, flag(w.Style != nil, profileStyle)|flag(w.Quiet != nil, profileQuiet)|flag(w.Start != nil, profileStart)|flag(w.End != nil, profileEnd))
	for _, n := range []*int{w.Style, w.Start, w.End} {
		if n != nil {
			b = binary.AppendUvarint(b, uint64(*n))
		}
	}
	if w.Quiet != nil {
		b = append(b, flag(*w.Quiet, 1))
	}
	b = binary.AppendUvarint(b, uint64(len(w.Ignore)))
	for _, room := range slices.Sorted(maps.Keys(w.Ignore)) {
		b = append(appendBytes(b, room), flag(w.Ignore[room], 1))
	}
	b = appendBytes(b, w.Notifier)
	return appendBytes(b, w.Device)
}

// profile reads what appendProfile wrote.
func (d *decoder) profile() (p account.Profile) {
	p.Name, p.Nick, p.Modified = d.string(), d.string(), d.time()
	set := d.byte()
	number := func(bit byte) *int {
		if set&bit == 0 {
			return nil
		}
		n := int(d.uvarint())
		return &n
	}
	w := &p.Push
	w.Style, w.Start, w.End = number(profileStyle), number(profileStart), number(profileEnd)
	if set&profileQuiet != 0 {
		quiet := d.byte() == 1
		w.Quiet = &quiet
	}
	for range d.count() {
		if w.Ignore == nil {
			w.Ignore = make(map[string]bool)
		}
		room := d.string()
		w.Ignore[room] = d.byte() == 1
	}
	w.Notifier, w.Device = d.string(), d.string()
	return p
}
