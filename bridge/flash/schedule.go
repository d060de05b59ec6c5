package flash

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/form"
)

// days are those of the attribute o: the first is Sunday (wire §1.8, no. 17).
var days = map[string]string{
	"day1": "sunday", "day2": "monday", "day3": "tuesday", "day4": "wednesday", "day5": "thursday", "day6": "friday", "day7": "saturday",
}

// maxTimes is how many elements Time there are at most: three for each hour of a week.
const maxTimes = 504

// roomSchedule reads the child roomOpen: when the room is open, a line for each Time. One
// without any has the room always open.
func roomSchedule(c *call) ([]form.Field, error) {
	schedule, ok := c.child("roomOpen")
	if !ok {
		return nil, nil
	}
	times, err := schedule.Inside()
	if err != nil || len(times) > maxTimes {
		return nil, bad("roomOpen")
	}
	hours := form.Field{Var: roomHours}
	for i := range times {
		t := &times[i]
		if t.Local != "Time" {
			continue
		}
		line, err := timeLine(t.Attr("o"), t.Attr("s"), t.Attr("e"))
		if err != nil {
			return nil, err
		}
		hours.Values = append(hours.Values, line)
	}
	return []form.Field{hours}, nil
}

// timeLine makes the line of one Time. A span of a day that does not end after it begins
// runs past midnight; one of a date has to.
func timeLine(option, start, end string) (string, error) {
	day, weekly := days[option]
	switch {
	case weekly:
		from, ok := clock(start)
		to, okEnd := clock(end)
		switch {
		case !ok || from == "24:00:00":
			return "", bad("s")
		case !okEnd:
			return "", bad("e")
		}
		return day + " " + from + "-" + to, nil
	case option != "special":
		return "", bad("o")
	}
	from, ok := moment(start)
	to, okEnd := moment(end)
	switch {
	case !ok:
		return "", bad("s")
	case !okEnd, !to.After(from):
		return "", bad("e")
	}
	const layout = "2006-01-02T15:04:05"
	return from.Format(layout) + "/" + to.Format(layout), nil
}

// clock reads H:MM:SS, whose parts may be without their leading zeros (wire §1.2).
func clock(text string) (string, bool) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) != 3 {
		return "", false
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || len(p) > 2 || p[0] < '0' || p[0] > '9' {
			return "", false
		}
		n[i] = v
	}
	if n == [3]int{24, 0, 0} {
		return "24:00:00", true
	}
	return fmt.Sprintf("%02d:%02d:%02d", n[0], n[1], n[2]), n[0] < 24 && n[1] < 60 && n[2] < 60
}

// moment reads YYYY-MM-DD HH:MM:SS.
func moment(text string) (time.Time, bool) {
	day, at, _ := strings.Cut(strings.TrimSpace(text), " ")
	at, ok := clock(at)
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateTime, day+" "+at)
	return t, err == nil
}
