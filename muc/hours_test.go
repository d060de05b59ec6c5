package muc

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func hoursOf(t *testing.T, lines ...string) Hours {
	t.Helper()
	h, err := ParseHours(lines)
	if err != nil {
		t.Fatalf("%q: %v", lines, err)
	}
	return h
}

// When a room is open, and until when. 29 November 2026 is a Sunday.
func TestHours(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		lines []string
		at    string
		until string // "" is closed, "-" is for ever
	}{
		{"no hours", nil, "2026-11-29T12:00:00", "-"},
		{"inside", []string{"sunday 09:00:00-17:00:00"}, "2026-11-29T12:00:00", "2026-11-29T17:00:00"},
		{"the first moment", []string{"sunday 09:00:00-17:00:00"}, "2026-11-29T09:00:00", "2026-11-29T17:00:00"},
		{"before it", []string{"sunday 09:00:00-17:00:00"}, "2026-11-29T08:59:59", ""},
		{"the last moment is out", []string{"sunday 09:00:00-17:00:00"}, "2026-11-29T17:00:00", ""},
		{"another day", []string{"sunday 09:00:00-17:00:00"}, "2026-11-30T12:00:00", ""},
		{"past midnight, before", []string{"sunday 22:00:00-02:00:00"}, "2026-11-29T23:00:00", "2026-11-30T02:00:00"},
		{"past midnight, after", []string{"sunday 22:00:00-02:00:00"}, "2026-11-30T01:00:00", "2026-11-30T02:00:00"},
		{"past midnight, of Saturday", []string{"saturday 22:00:00-02:00:00"}, "2026-11-29T01:59:59", "2026-11-29T02:00:00"},
		{"not in the night before", []string{"sunday 22:00:00-02:00:00"}, "2026-11-29T01:00:00", ""},
		{"to midnight", []string{"sunday 22:00:00-24:00:00"}, "2026-11-29T23:59:59", "2026-11-30T00:00:00"},
		{"to midnight, written as the next day's", []string{"sunday 22:00:00-00:00:00"}, "2026-11-29T23:59:59", "2026-11-30T00:00:00"},
		{"a whole day", []string{"sunday 10:00:00-10:00:00"}, "2026-11-30T09:59:59", "2026-11-30T10:00:00"},
		{"the longer of two", []string{"sunday 09:00:00-13:00:00", "sunday 10:00:00-17:00:00"}, "2026-11-29T12:00:00", "2026-11-29T17:00:00"},
		{"between two", []string{"sunday 09:00:00-10:00:00", "sunday 11:00:00-12:00:00"}, "2026-11-29T10:30:00", ""},
		{"once", []string{"2026-11-29T09:00:00/2026-12-05T09:00:00"}, "2026-12-01T00:00:00", "2026-12-05T09:00:00"},
		{"once, over", []string{"2026-11-29T09:00:00/2026-12-05T09:00:00"}, "2026-12-05T09:00:00", ""},
		{"once and weekly", []string{"2026-11-29T09:00:00/2026-11-29T10:00:00", "monday 09:00:00-10:00:00"}, "2026-11-30T09:30:00", "2026-11-30T10:00:00"},
		// The night of 28 March 2027 has no 02:30 in Rome, that of 31 October two.
		{"a night that is shorter", []string{"sunday 01:00:00-04:00:00"}, "2027-03-28T03:59:59", "2027-03-28T04:00:00"},
		{"a night that is longer", []string{"sunday 01:00:00-04:00:00"}, "2027-10-31T03:59:59", "2027-10-31T04:00:00"},
	} {
		at, err := time.ParseInLocation(onceForm, c.at, rome)
		if err != nil {
			t.Fatal(err)
		}
		until, open := hoursOf(t, c.lines...).Open(at)
		got := ""
		if open {
			if got = until.Format(onceForm); until.IsZero() {
				got = "-"
			}
		}
		if got != c.until {
			t.Errorf("%s: %q instead of %q", c.name, got, c.until)
		}
	}
}

// The hours are those of the zone, whatever that of the moment is.
func TestHoursZone(t *testing.T) {
	h := hoursOf(t, "sunday 09:00:00-10:00:00")
	for hours, want := range map[int]bool{0: false, 9: true, -5: true} {
		zone := time.FixedZone("", hours*3600)
		at := time.Date(2026, 11, 29, 9, 30, 0, 0, time.FixedZone("", hours*3600)).UTC()
		if _, open := h.Open(at.In(zone)); !open {
			t.Errorf("%d hours from UTC it is closed at half past nine", hours)
		}
		if _, open := h.Open(at); open != (hours == 0) {
			t.Errorf("%d: open is %v in UTC (%v)", hours, open, want)
		}
	}
}

// In some zones the clocks are set forward at midnight, so a day begins at one: in Asunción
// Sunday 3 October 2010 did.
func TestHoursMidnight(t *testing.T) {
	zone, err := time.LoadLocation("America/Asuncion")
	if err != nil {
		t.Fatal(err)
	}
	one := time.Date(2010, 10, 3, 1, 0, 0, 0, zone)
	for _, c := range []struct {
		line  string
		at    time.Time
		until time.Time // zero is closed
	}{
		{"sunday 22:00:00-02:00:00", time.Date(2010, 10, 4, 0, 30, 0, 0, zone), time.Date(2010, 10, 4, 2, 0, 0, 0, zone)},
		{"saturday 22:00:00-02:00:00", time.Date(2010, 10, 4, 0, 30, 0, 0, zone), time.Time{}},
		{"saturday 22:00:00-24:00:00", one.Add(-time.Minute), one},
		{"saturday 22:00:00-24:00:00", one, time.Time{}},
		{"sunday 00:00:00-10:00:00", one.Add(-time.Minute), time.Time{}},
		{"sunday 00:00:00-10:00:00", one, one.Add(9 * time.Hour)},
		{"2010-10-02T22:00:00/2010-10-03T00:00:00", one.Add(-time.Minute), one},
	} {
		until, open := hoursOf(t, c.line).Open(c.at)
		if open == c.until.IsZero() || !until.Equal(c.until) {
			t.Errorf("%s at %v: %t until %v; want %v", c.line, c.at, open, until, c.until)
		}
	}
}

// What is written comes back; what cannot be is refused.
func TestHoursText(t *testing.T) {
	lines := []string{"sunday 09:00:00-17:30:00", "saturday 22:00:00-24:00:00", "2026-11-29T09:00:00/2026-12-05T09:00:01"}
	if got := hoursOf(t, append([]string{"", " SUNDAY  09:00:00-17:30:00 "}, lines[1:]...)...).Lines(); fmt.Sprint(got) != fmt.Sprint(lines) {
		t.Errorf("got %q", got)
	}
	for _, bad := range []string{
		"someday 09:00:00-17:30:00", "sunday", "sunday 09:00:00", "sunday 25:00:00-26:00:00", "sunday 24:00:00-01:00:00", "sunday 9-17",
		"2026-11-29T09:00:00", "2026-11-29T09:00:00/2026-11-29T09:00:00", "2026-02-30T09:00:00/2026-11-29T09:00:00", "x/y", "/", "-", "sunday -",
	} {
		if h, err := ParseHours([]string{bad}); err == nil {
			t.Errorf("%q was read as %q", bad, h.Lines())
		}
	}
	if _, err := ParseHours(make([]string, 1000)); err != nil {
		t.Errorf("empty lines: %v", err)
	}
	if _, err := ParseHours(strings.Split(strings.Repeat("sunday 09:00:00-17:30:00\n", mostSpans+1), "\n")); err == nil {
		t.Error("any number of spans")
	}
}

// FuzzHours: what is read is written in a form that reads the same.
func FuzzHours(f *testing.F) {
	f.Add("sunday 09:00:00-17:30:00\n2026-11-29T09:00:00/2026-12-05T09:00:01")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHours(strings.Split(text, "\n"))
		if err != nil {
			return
		}
		again := hoursOf(t, h.Lines()...)
		now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
		until, open := h.Open(now)
		if until2, open2 := again.Open(now); until2 != until || open2 != open || fmt.Sprint(again.Lines()) != fmt.Sprint(h.Lines()) {
			t.Errorf("%q became %q", h.Lines(), again.Lines())
		}
	})
}
