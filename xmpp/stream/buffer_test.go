package stream

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"causeway/xmpp/stanza"
)

// read does what a connection does: it fills the free space of f from in.
func read(f *Framer, in []byte) (rest []byte) {
	n := copy(f.Buffer(), in)
	f.Advance(n)
	return in[n:]
}

func TestBufferGrowsToLimit(t *testing.T) {
	const limit = 64 << 10
	f := NewFramer(stanza.Limits{Bytes: limit})
	sizes := []int{10, 4000, 5000, 9, limit - 7, 100}
	in := []byte(opening)
	for _, n := range sizes {
		in = append(in, "<a>"+strings.Repeat("x", n)+"</a>"...)
	}
	var got []int
	for {
		ev, err := f.Next()
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind == Whole {
			got = append(got, len(ev.Raw)-7)
		}
		if ev.Kind == NeedMore {
			if len(in) == 0 {
				break
			}
			in = read(f, in)
			if c := cap(f.work.buf); c > limit+smallRead {
				t.Fatalf("a buffer of %d bytes", c)
			}
		}
	}
	if len(got) != len(sizes) {
		t.Fatalf("elements of %v, want %v", got, sizes)
	}
	for i := range got {
		if got[i] != sizes[i] {
			t.Errorf("elements of %v, want %v", got, sizes)
		}
	}
	if !f.Release() {
		t.Error("not released")
	}
	if w := workspaces.Get().(*workspace); cap(w.buf) > keptBuffer {
		t.Errorf("a buffer of %d bytes is kept", cap(w.buf))
	}
}

func TestKeepalives(t *testing.T) {
	f := NewFramer(stanza.Limits{})
	f.Feed([]byte(opening))
	if _, err := f.Next(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		f.Feed(bytes.Repeat([]byte{' '}, 3))
		if ev, err := f.Next(); ev.Kind != NeedMore || err != nil {
			t.Fatal(ev, err)
		}
		if !f.Release() {
			t.Error("white space is kept")
		}
	}
	if n := f.Keepalives(); n != 3 {
		t.Errorf("%d keepalives, want 3", n)
	}
	if n := f.Keepalives(); n != 0 {
		t.Errorf("%d keepalives, want 0", n)
	}
}

// A stream that has ended says nothing more, whatever comes.
func TestFramerAfterEnd(t *testing.T) {
	f := NewFramer(stanza.Limits{})
	f.Feed([]byte(opening + "</stream:stream><a/>"))
	for _, want := range []EventKind{Opening, Closing, NeedMore, NeedMore} {
		if ev, err := f.Next(); ev.Kind != want || err != nil {
			t.Fatalf("Next = %v, %v, want %v", ev.Kind, err, want)
		}
	}
	f.Reset(stanza.Limits{})
	f.Feed([]byte("x"))
	_, first := f.Next()
	f.Feed([]byte(opening))
	if _, again := f.Next(); first == nil || !errors.Is(again, first) {
		t.Errorf("Next = %v, then %v", first, again)
	}
}
