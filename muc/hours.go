package muc

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are when a room is open: the spans of a week, and some of certain days. A room
// without any is always open. The zone is that of the service.
type Hours struct {
	weekly []weekSpan
	once   []onceSpan
}

// A weekSpan comes again each week. One that does not end after it begins ends on the
// next day; so one whose two moments are the same is a whole day.
type weekSpan struct {
	day        time.Weekday
	begin, end int // seconds since midnight, up to that of the next day
}

// A onceSpan is one by the clocks of the zone.
type onceSpan struct{ begin, end time.Time } // in UTC, which stands for any zone

// mostSpans is how many spans a room has at most: three of each hour of a week.
const mostSpans = 504

const (
	onceForm = "2006-01-02T15:04:05" // of XEP-0082, without a zone
	wholeDay = 24 * 60 * 60
)

var weekdays = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// errHours says how a span is written.
var errHours = errors.New("opening hours are lines like: monday 09:00:00-17:30:00, or: 2026-11-30T09:00:00/2026-11-30T17:30:00")

// ParseHours reads lines of a span each, such as "monday 09:00:00-17:30:00" or
// "2026-11-30T09:00:00/2026-11-30T17:30:00"; empty ones are passed over. The end of a
// span is not in it, and may be 24:00:00 on a day of the week.
func ParseHours(lines []string) (h Hours, err error) {
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if len(h.weekly)+len(h.once) >= mostSpans {
			return Hours{}, fmt.Errorf("opening hours have %d spans at most", mostSpans)
		}
		if day, span, ok := strings.Cut(line, " "); ok {
			err = h.addWeekly(day, strings.TrimSpace(span))
		} else {
			err = h.addOnce(line)
		}
		if err != nil {
			return Hours{}, err
		}
	}
	return h, nil
}

func (h *Hours) addWeekly(name, span string) error {
	day := slices.Index(weekdays[:], strings.ToLower(name))
	from, to, _ := strings.Cut(span, "-")
	begin, ok := secondsOf(from)
	end, okEnd := secondsOf(to)
	if day < 0 || !ok || !okEnd || begin == wholeDay {
		return errHours
	}
	h.weekly = append(h.weekly, weekSpan{time.Weekday(day), begin, end})
	return nil
}

// secondsOf reads a time of the day.
func secondsOf(text string) (seconds int, ok bool) {
	text = strings.TrimSpace(text)
	if text == "24:00:00" {
		return wholeDay, true
	}
	t, err := time.Parse(time.TimeOnly, text)
	return t.Hour()*3600 + t.Minute()*60 + t.Second(), err == nil
}

func (h *Hours) addOnce(line string) error {
	from, to, _ := strings.Cut(line, "/")
	begin, err := time.Parse(onceForm, from)
	end, errEnd := time.Parse(onceForm, to)
	if err != nil || errEnd != nil || !end.After(begin) {
		return errHours
	}
	h.once = append(h.once, onceSpan{begin, end})
	return nil
}

// Lines writes the hours as ParseHours reads them.
func (h Hours) Lines() []string {
	var lines []string
	clock := func(s int) string { return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60) }
	for _, s := range h.weekly {
		lines = append(lines, weekdays[s.day]+" "+clock(s.begin)+"-"+clock(s.end))
	}
	for _, s := range h.once {
		lines = append(lines, s.begin.Format(onceForm)+"/"+s.end.Format(onceForm))
	}
	return lines
}

// Always reports whether there are no spans.
func (h Hours) Always() bool { return len(h.weekly)+len(h.once) == 0 }

// Open reports whether a moment lies in one of the spans, by the clocks of its zone, and
// when the longest of those that it lies in ends; the zero time if none ever does.
func (h Hours) Open(now time.Time) (until time.Time, open bool) {
	if h.Always() {
		return time.Time{}, true
	}
	see := func(begin, end time.Time) {
		if !now.Before(begin) && now.Before(end) {
			open = true
			if end.After(until) {
				until = end
			}
		}
	}
	for _, s := range h.weekly {
		for _, ago := range [...]int{0, 1} { // it may have begun yesterday
			if (now.Weekday()+7-time.Weekday(ago))%7 != s.day {
				continue
			}
			end := s.end
			if end <= s.begin {
				end += wholeDay
			}
			see(atClock(now, -ago, s.begin), atClock(now, -ago, end))
		}
	}
	for _, s := range h.once {
		see(inZone(s.begin, now.Location()), inZone(s.end, now.Location()))
	}
	return until, open
}

// atClock is when the clocks of a day show a time: in a night in which they are set they
// do so an hour sooner or later.
func atClock(now time.Time, days, seconds int) time.Time {
	return inZone(time.Date(now.Year(), now.Month(), now.Day()+days, 0, 0, seconds, 0, time.UTC), now.Location())
}

// inZone is when the clocks of a zone show what those of UTC show at t. What they never show,
// since they are set forward, is as if they had not been (RFC 5545 §3.3.5): time.Date may
// take it for an hour sooner as well, and in some zones that is the day before.
func inZone(t time.Time, zone *time.Location) time.Time {
	clock := func(t time.Time, zone *time.Location) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone)
	}
	at := clock(t, zone)
	return at.Add(max(0, t.Sub(clock(at, time.UTC))))
}
