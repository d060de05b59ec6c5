package flash

import (
	"strings"
	"testing"

	"causeway/xmpp/jid"
)

// flash #add-room: the element Time, in what shapes tools write it (wire §1.2).
func TestSchedule(t *testing.T) {
	for _, c := range []struct{ o, s, e, want, bad string }{
		{"day2", "00:00:00", "10:00:00", "monday 00:00:00-10:00:00", ""},
		{"day1", "9:5:00", "17:30:00", "sunday 09:05:00-17:30:00", ""},
		{"day7", "22:00:00", "2:00:00", "saturday 22:00:00-02:00:00", ""},
		{"day3", "23:00:00", "24:00:00", "tuesday 23:00:00-24:00:00", ""},
		{"special", "2014-08-27 11:45:00", "2014-08-27 12:00:00", "2014-08-27T11:45:00/2014-08-27T12:00:00", ""},
		{"special", "2014-08-27 9:0:00", "2014-09-01 12:00:00", "2014-08-27T09:00:00/2014-09-01T12:00:00", ""},
		{"day8", "0:0:0", "1:0:0", "", "o"},
		{"day0", "0:0:0", "1:0:0", "", "o"},
		{"", "0:0:0", "1:0:0", "", "o"},
		{"day1", "25:00:00", "26:00:00", "", "s"},
		{"day1", "24:00:00", "1:00:00", "", "s"},
		{"day1", "10:60:00", "11:00:00", "", "s"},
		{"day1", "-1:00:00", "11:00:00", "", "s"},
		{"day1", "+1:00:00", "11:00:00", "", "s"},
		{"day1", "١:00:00", "11:00:00", "", "s"},
		{"day1", "10:00:00", "", "", "e"},
		{"day1", "10:00:00", "2014-08-27 11:00:00", "", "e"},
		{"special", "10:00:00", "11:00:00", "", "s"},
		{"special", "2014-02-30 10:00:00", "2014-03-01 11:00:00", "", "s"},
		{"special", "2014-08-27 12:00:00", "2014-08-27 11:45:00", "", "e"},
		{"special", "2014-08-27 12:00:00", "2014-08-27 12:00:00", "", "e"},
	} {
		got, err := timeLine(c.o, c.s, c.e)
		want := ""
		if c.bad != "" {
			want = "bad parameter: " + c.bad
		}
		if got != c.want || (err != nil) != (want != "") || err != nil && err.Error() != want {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

// A room has 168 spans and more, but not any number; white space inside is none.
func TestSchedules(t *testing.T) {
	for n, want := range map[int]int{0: 0, 168: 168, 504: 504, 505: -1} {
		d, err := readDocument([]byte("<Command><roomOpen>\n" + strings.Repeat("<Time o='day1' s='1:0:0' e='2:0:0'/>", n) + "\n</roomOpen></Command>"))
		if err != nil {
			t.Fatal(err)
		}
		fields, err := roomSchedule(&call{document: d, host: jid.MustParse("capulet.lit")})
		switch {
		case want < 0 && codeOf(err) != badParameter, want >= 0 && (err != nil || len(fields) != 1 || len(fields[0].Values) != want):
			t.Errorf("%d: %v, %v", n, len(fields), err)
		}
	}
}
