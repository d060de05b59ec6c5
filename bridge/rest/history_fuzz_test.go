package rest

import (
	"strings"
	"testing"
)

// What a ql means, by the grammar of wire part 2, item 7.
func TestQL(t *testing.T) {
	for text, want := range map[string]wish{
		"":                              {until: maxMilli},
		"select *":                      {until: maxMilli},
		"select * where timestamp>5":    {from: 6, until: maxMilli},
		"SELECT * WHERE timestamp >= 5": {from: 5, until: maxMilli},
		"select*where timestamp<9":      {until: 9},
		"select * where timestamp<=9":   {until: 10},
		"select * where timestamp>5 and timestamp<9 order by timestamp desc": {from: 6, until: 9, latestFirst: true},
		"select * where timestamp>5 order by timestamp asc":                  {from: 6, until: maxMilli},
		"select * order by timestamp":                                        {until: maxMilli},
		"select * where timestamp>9223372036854775807":                       {from: maxMilli, until: maxMilli},
	} {
		if got, err := readQL(text); err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"select", "select from", "select * where", "select * where timestamp", "select * where timestamp>", "select * where timestamp>x",
		"select * where timestamp>-1", "select * where timestamp>1 and", "select * where timestamp>1 or timestamp<2", "select * where to='romeo'",
		"select * order by to", "select * order by timestamp up", "select * where timestamp>1; drop", "select * where timestamp>99999999999999999999",
		"select * where timestamp=1", "timestamp>1", " ", strings.Repeat("select ", 100),
	} {
		if got, err := readQL(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// FuzzQL: what is understood is a span of time that can be asked for.
func FuzzQL(f *testing.F) {
	for _, seed := range []string{"select * where timestamp>5 and timestamp<9 order by timestamp desc", "select*", "select * where timestamp>=9223372036854775807", "", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if w, err := readQL(text); err == nil && (w.from < 0 || w.from > maxMilli || w.until < 0 || w.until > maxMilli) {
			t.Errorf("%q is %+v", text, w)
		}
	})
}

// FuzzPlace: what is taken for a cursor of the history is one, and is written as another that means the same.
func FuzzPlace(f *testing.F) {
	p := Place{Owner: "01890a5d-ac96-774b-bcce-b302099a8057", Read: 7}
	for _, seed := range []string{p.cursor(), (&Place{Rooms: true, Owner: "7", Done: true}).cursor(), "", "=", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPlace(text)
		if err != nil {
			return
		}
		if again, err := readPlace(p.cursor()); err != nil || again != p {
			t.Errorf("%q is %+v, and again %+v, %v", text, p, again, err)
		}
	})
}
