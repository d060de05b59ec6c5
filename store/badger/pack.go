package badger

import (
	"encoding/binary"
	"fmt"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/s2"
)

// A large value is kept compressed if that saves something. Stanzas that lie together in one value say much the
// same: half to a third is left of them, and what a write costs is above all the pages that it dirties. It is
// compressed by frames, so that who wants a part of a value need not wait for all of it. A packed value is
//
//	its length, uvarint
//	the length of each frame when compressed, two bytes, little-endian
//	the frames, each a block of S2

const (
	// packed is the bit that says so, in what Badger lets its users keep beside a value.
	packed byte = 1
	// frameSize is the length of each frame but the last.
	frameSize = 4 << 10
	// maxPacker bounds the room that is kept for the next batch; few batches need more.
	maxPacker = 256 << 10
)

func frames(n int) int { return (n + frameSize - 1) / frameSize }

// packer makes the packed values of one batch.
type packer struct {
	room []byte // they lie in it, one after the other
}

// pack gives val as it is to be kept, valid until reset, and what is to be kept beside it.
func (p *packer) pack(val []byte) (kept []byte, meta byte) {
	if len(val) < largeValue {
		return val, 0
	}
	n := frames(len(val))
	if need := binary.MaxVarintLen32 + n*(2+s2.MaxEncodedLen(frameSize)); cap(p.room)-len(p.room) < need {
		p.room = make([]byte, 0, max(need, 2*cap(p.room))) // what lies in the old one stays there
	}
	small := binary.AppendUvarint(p.room[len(p.room):], uint64(len(val)))
	sizes := small[len(small) : len(small)+2*n]
	small = small[:len(small)+2*n]
	for i := range n {
		frame := s2.Encode(small[len(small):cap(small)], val[i*frameSize:min((i+1)*frameSize, len(val))])
		binary.LittleEndian.PutUint16(sizes[2*i:], uint16(len(frame)))
		small = small[:len(small)+len(frame)]
	}
	if len(small) > len(val)-len(val)/8 {
		return val, 0
	}
	p.room = p.room[:len(p.room)+len(small)]
	return small[:len(small):len(small)], packed
}

// reset forgets all values.
func (p *packer) reset() {
	if cap(p.room) > maxPacker {
		p.room = nil
	}
	p.room = p.room[:0]
}

// A Value is what a key has. Of a packed one only the frames that somebody looks at are unpacked.
type Value struct {
	whole  []byte // all of it, if it is not packed
	sizes  []byte // of the frames; nil if it is not packed
	frames []byte
	room   []byte // of the length of the value; the frames that are in opened are there
	opened [maxValue/frameSize/64 + 1]uint64
}

// Len is its length in bytes.
func (v *Value) Len() int {
	if v.sizes == nil {
		return len(v.whole)
	}
	return len(v.room)
}

// Part gives the bytes from one place up to another, or to the end. They are valid as long as the Value is, and must
// not be changed.
func (v *Value) Part(from, to int) ([]byte, error) {
	from, to = max(from, 0), min(to, v.Len())
	if from >= to {
		return nil, nil
	}
	if v.sizes == nil {
		return v.whole[from:to:to], nil
	}
	at, next := 0, 0
	for i := 0; i*frameSize < to; i++ {
		at, next = next, next+int(binary.LittleEndian.Uint16(v.sizes[2*i:]))
		if (i+1)*frameSize <= from || v.opened[i/64]>>(i%64)&1 != 0 {
			continue
		}
		if err := v.openFrame(i, at, next); err != nil {
			return nil, err
		}
	}
	return v.room[from:to:to], nil
}

// all gives all of it.
func (v *Value) all() ([]byte, error) { return v.Part(0, v.Len()) }

// openFrame unpacks frame i, which lies from at up to end.
func (v *Value) openFrame(i, at, end int) error {
	room := v.room[i*frameSize : min((i+1)*frameSize, len(v.room))]
	if end > len(v.frames) {
		return fmt.Errorf("%w: packed value is cut off", ErrDamaged)
	}
	n, err := s2.DecodedLen(v.frames[at:end])
	if err == nil && n != len(room) {
		err = s2.ErrCorrupt
	}
	if err == nil {
		_, err = s2.Decode(room, v.frames[at:end])
	}
	if err != nil {
		return fmt.Errorf("%w: packed value: %w", ErrDamaged, err)
	}
	v.opened[i/64] |= 1 << (i % 64)
	return nil
}

// unpack begins to read a packed value, in room if there is enough of it.
func unpack(room, small []byte) (Value, error) {
	n, used := binary.Uvarint(small)
	if used <= 0 || n > maxValue || len(small)-used < 2*frames(int(n)) {
		return Value{}, fmt.Errorf("%w: packed value has no head", ErrDamaged)
	}
	if int(n) > cap(room) {
		room = make([]byte, frames(int(n))*frameSize) // the next one may be a little longer
	}
	sizes := small[used : used+2*frames(int(n))]
	return Value{sizes: sizes, frames: small[used+len(sizes):], room: room[:n]}, nil
}

// unpacker shows the values of items.
type unpacker struct {
	room []byte // for the next one; nil while it is in use
}

// visit calls fn with the value of item, which is valid only during the call.
func (u *unpacker) visit(item *badgerdb.Item, fn func(*Value) error) error {
	return item.Value(func(val []byte) error {
		if item.UserMeta()&packed == 0 {
			return fn(&Value{whole: val})
		}
		v, err := unpack(u.room, val)
		if err != nil {
			return err
		}
		u.room = nil // fn may visit another one
		err = fn(&v)
		u.room = v.room
		return err
	})
}

// visitAll is visit for who wants all of it at once.
func (u *unpacker) visitAll(item *badgerdb.Item, fn func(val []byte) error) error {
	return u.visit(item, func(v *Value) error {
		val, err := v.all()
		if err != nil {
			return err
		}
		return fn(val)
	})
}
