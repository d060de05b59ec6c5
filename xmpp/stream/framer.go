package stream

import "causeway/xmpp/stanza"

// An EventKind says what a Framer found.
type EventKind uint8

// The kinds of event.
const (
	NeedMore EventKind = iota // nothing whole is left: read into Buffer, Advance, ask again
	Opening                   // the opening tag of the stream: Header
	Whole                     // one whole, checked element: Element
	Closing                   // the closing tag of the stream
)

// An Event is what Next found. All that it points to is valid until the next
// call of a method of the Framer.
type Event struct {
	Kind    EventKind
	Header  *Header // of an Opening
	Element Element // of a Whole
	Raw     []byte  // the bytes of an Opening (with XML declaration) or Closing as they came
}

// An Element is a whole, checked, self-contained element.
type Element struct {
	Raw   []byte
	Index *stanza.Index

	content string // the stream's content namespace
}

// Is reports whether e is the element local of the namespace ns.
func (e Element) Is(ns, local string) bool { return false }

// Namespace gives the namespace of e, as raw bytes.
func (e Element) Namespace() []byte { return nil }

// Local gives the local name of e.
func (e Element) Local() []byte { return nil }

// A Framer cuts the bytes of one direction of a stream into events.
type Framer struct{ limits stanza.Limits }

// NewFramer gives a Framer that expects an opening tag.
func NewFramer(l stanza.Limits) *Framer { return &Framer{limits: l} }

// Reset makes f as new.
func (f *Framer) Reset(l stanza.Limits) {}

// Restart makes f expect a new opening tag; unread bytes stay (RFC 6120 §4.3.3).
func (f *Framer) Restart() {}

// Resume makes f expect elements, as after a header h that was read by somebody else.
func (f *Framer) Resume(h *Header) {}

// SetLimits changes the limits for the elements to come.
func (f *Framer) SetLimits(l stanza.Limits) {}

// Buffer gives free space to read into, at least 1 byte.
func (f *Framer) Buffer() []byte { return nil }

// Advance says that n bytes have been read into Buffer.
func (f *Framer) Advance(n int) {}

// Feed copies p in, as Buffer and Advance would.
func (f *Framer) Feed(p []byte) {}

// Next gives the next event. An error is an *Error and final.
func (f *Framer) Next() (Event, error) { return Event{}, nil }

// Buffered gives the bytes that no event has covered yet.
func (f *Framer) Buffered() []byte { return nil }

// Take is a copy of Buffered, which is then forgotten.
func (f *Framer) Take() []byte { return nil }

// Release gives the buffer back if nothing is half read, and reports whether f now holds none.
func (f *Framer) Release() bool { return false }

// Keepalives counts the runs of white space between elements since the last call (RFC 6120 §4.6.1).
func (f *Framer) Keepalives() int { return 0 }
