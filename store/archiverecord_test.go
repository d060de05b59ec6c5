package store

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

var (
	shortly = time.Date(2031, 5, 1, 12, 0, 0, 123456789, time.UTC)

	copies = []archive.Entry{
		{
			Owner: jid.MustParse("romeo@montague.lit"), ID: 1_900_000_000_000_000, Peer: jid.MustParse("juliet@capulet.lit"),
			Sent: true, Expires: shortly, XML: []byte("<message/>"),
		},
		{
			Owner: jid.MustParse("juliet@capulet.lit"), ID: 1_900_000_000_000_001, Peer: jid.MustParse("romeo@montague.lit/orchard"),
			Expires: shortly.Add(time.Minute), XML: []byte("<message/>"),
		},
		{
			Owner: jid.MustParse("capulet.lit"), ID: 7, Peer: jid.MustParse("nurse@capulet.lit"),
			Expires: shortly, XML: []byte("<message/>"),
		},
	}
)

// What is written is read back, whatever stands behind it.
func TestBody(t *testing.T) {
	if n := shared(copies); n != len(copies) {
		t.Fatalf("%d share a body", n)
	}
	val := append(bodyHead(nil, copies), copies[0].XML...)
	end := len(val)
	val = append(val, "more"...)
	b, rest, err := decodeBody(val)
	if err != nil || string(rest) != "more" {
		t.Fatalf("rest %q, %v", rest, err)
	}
	for i, want := range copies {
		e, err := b.entry(want.Owner, i)
		if err != nil || !reflect.DeepEqual(e, want) {
			t.Errorf("copy %d: got %+v, %v; want %+v", i, e, err, want)
		}
		if b.find(want.Owner.String(), want.ID) != i || b.find(want.Owner.String(), want.ID+5) != -1 {
			t.Errorf("copy %d is not found", i)
		}
	}
	for i := range copies {
		if b.gone(i) || !bytes.Contains(val, copies[0].XML) {
			t.Errorf("copy %d is gone too early", i)
		}
		b.giveUp(i)
	}
	if again, _, err := decodeBody(val); err != nil || bytes.Contains(val[:end], copies[0].XML) || !again.gone(0) || len(again.copies) != 3 {
		t.Errorf("nobody has it, and it is there: %q, %v", val, err)
	}
}

func TestShared(t *testing.T) {
	change := func(f func(e *archive.Entry)) archive.Entry {
		e := copies[1]
		f(&e)
		return e
	}
	for name, tc := range map[string]struct {
		second archive.Entry
		want   int
	}{
		"equal":         {copies[1], 2},
		"other XML":     {change(func(e *archive.Entry) { e.XML = []byte("<message />") }), 1},
		"other day":     {change(func(e *archive.Entry) { e.Expires = shortly.Add(24 * time.Hour) }), 1},
		"never expires": {change(func(e *archive.Entry) { e.Expires = time.Time{} }), 1},
	} {
		if n := shared([]archive.Entry{copies[0], tc.second}); n != tc.want {
			t.Errorf("%s: %d share a body, want %d", name, n, tc.want)
		}
	}
}

func TestLeaf(t *testing.T) {
	places := []place{
		{id: 1, seq: 900, at: 0, expires: 0},
		{id: 1_900_000_000_000_000, seq: 5, at: 16000, expires: 1_900_000_000_000_777},
		{id: 1_900_000_000_000_001, seq: 1 << 63, at: 1 << 31, expires: 1},
		{id: 1<<64 - 1, seq: 1, at: 2, expires: 0},
	}
	got, err := decodeLeaf(encodeLeaf(places))
	if err != nil || !reflect.DeepEqual(got, places) {
		t.Errorf("got %+v, %v; want %+v", got, err, places)
	}
}

// Damaged records are an error, never a panic, and never make us reserve more than they are.
func FuzzArchiveRecords(f *testing.F) {
	f.Add(append(bodyHead(nil, copies), copies[0].XML...))
	f.Add(encodeLeaf([]place{{id: 3, seq: 4, at: 5, expires: 6}, {id: 7}}))
	f.Add(encodeIndexed(8, 9))
	f.Fuzz(func(_ *testing.T, val []byte) {
		_, _ = decodeLeaf(val)
		_, _, _ = decodeIndexed(val)
		for at := range len(val) {
			b, err := bodyAt(bytes.Clone(val), uint32(at))
			if err != nil {
				continue
			}
			for i := range b.copies {
				_, _ = b.entry(copies[0].Owner, i)
				b.giveUp(i)
			}
		}
	})
}
