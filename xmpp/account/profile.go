package account

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

// An ID tells one account from all others that there ever were, also of its own name. It
// is a UUID of version 7 (RFC 9562 §5.7), so in the order of their bytes are the accounts
// in the order in which they were made.
type ID [16]byte

// IsZero reports whether it is no ID.
func (id ID) IsZero() bool { return id == ID{} }

// Time is when the ID was made, in milliseconds (RFC 9562 §5.7).
func (id ID) Time() time.Time {
	var ms [8]byte
	copy(ms[2:], id[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:]))).UTC()
}

// String gives the form of RFC 9562 §4: 36 characters, hyphens in between.
func (id ID) String() string {
	var text [36]byte
	at := 0
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		hex.Encode(text[at:], []byte{b})
		at += 2
	}
	return string(text[:])
}

// ParseID reads what String wrote, in either case.
func ParseID(text string) (id ID, err error) {
	digits := strings.ReplaceAll(text, "-", "")
	if _, err := hex.Decode(id[:], []byte(digits)); len(text) != 36 || len(digits) != 32 || err != nil || !strings.EqualFold(id.String(), text) {
		return ID{}, errID
	}
	return id, nil
}

var errID = errors.New("not a UUID")

// A Profile is what programs that manage accounts have noted of one. All of it may be
// missing.
type Profile struct {
	Name string // the localpart as it was written when the account was made; "" is the localpart itself
	Nick string // what others may call the person
	// Modified is when an administrator's program last changed the account; zero is never.
	Modified time.Time

	Push Wishes
}

// Wishes are how a person wants to be told by push (XEP-0357). A nil field was never set.
type Wishes struct {
	Style  *int // 0 is that something has come, 1 is who wrote and what
	Quiet  *bool
	Start  *int // the hours of the day, 0 to 24, between which Quiet counts
	End    *int
	Ignore map[string]bool // rooms by the name that the program has for them

	Notifier, Device string // of the program's own push service
}

// Silent reports whether nobody is to be woken at t, whose zone is that of the person.
// Without hours, or if both are the same, all of the day is quiet.
func (w *Wishes) Silent(t time.Time) bool {
	if w.Quiet == nil || !*w.Quiet {
		return false
	}
	if w.Start == nil || w.End == nil || *w.Start%24 == *w.End%24 {
		return true
	}
	start, end, hour := *w.Start%24, *w.End%24, t.Hour()
	if start < end {
		return start <= hour && hour < end
	}
	return start <= hour || hour < end // over midnight
}

// Spelling gives the localpart as it was written.
func (a *Account) Spelling() string {
	if a.Profile.Name != "" {
		return a.Profile.Name
	}
	return a.JID.Local()
}

// Born is when the account was made, in milliseconds if they are known.
func (a *Account) Born() time.Time {
	if t := a.ID.Time(); t.Truncate(time.Second).Equal(a.Created) || a.Created.IsZero() {
		return t
	}
	return a.Created
}
