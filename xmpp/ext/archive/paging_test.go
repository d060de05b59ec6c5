package archive

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPaging: whatever is in an archive, and however it is asked for, page by page in
// either direction it is what was stored, in order, each message once.
func TestPaging(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) { paging(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func paging(t *testing.T, rnd *rand.Rand) {
	w := newWorld(t, func(c *Config) { c.PageBytes = 600 + rnd.IntN(6000) })
	w.disk.look = rnd.IntN(3) * 4
	w.login(balcony)
	peers := []string{orchard, "romeo@montague.lit/home", "nurse@capulet.lit/hall", balcony}
	for i := range rnd.IntN(120) {
		peer := peers[rnd.IntN(len(peers))]
		if rnd.IntN(2) == 0 {
			w.says(peer, juliet, fmt.Sprint("m", i))
		} else {
			w.says(balcony, peer, fmt.Sprint("m", i))
		}
		time.Sleep(time.Duration(rnd.IntN(3)) * time.Millisecond)
	}
	rows := w.disk.archive(juliet)
	for range 10 {
		var fields []string
		want := slices.Clone(rows)
		keep := func(f func(Entry) bool) {
			want = slices.DeleteFunc(want, func(e Entry) bool { return !f(e) })
		}
		pick := func() Entry { return rows[rnd.IntN(len(rows))] }
		if rnd.IntN(2) == 0 {
			with := peers[rnd.IntN(len(peers))]
			if rnd.IntN(2) == 0 {
				with, _, _ = strings.Cut(with, "/")
				keep(func(e Entry) bool { return e.Peer.Bare().String() == with })
			} else {
				keep(func(e Entry) bool { return e.Peer.String() == with })
			}
			fields = append(fields, "with="+with)
		}
		if len(rows) > 0 && rnd.IntN(2) == 0 {
			from := pick()
			keep(func(e Entry) bool { return e.ID >= from.ID })
			fields = append(fields, "start="+from.ID.Time().Format(time.RFC3339Nano))
		}
		if len(rows) > 0 && rnd.IntN(2) == 0 {
			to := pick()
			keep(func(e Entry) bool { return e.ID < to.ID })
			fields = append(fields, "before-id="+to.ID.String())
		}
		var list []string
		for _, e := range want {
			list = append(list, e.ID.String())
		}
		most := 1 + rnd.IntN(20)
		for _, backward := range []bool{false, true} {
			if got := w.pageThrough(most, backward, fields); !slices.Equal(got, list) {
				t.Fatalf("%v, backward %v, pages of %d of %d bytes:\n got %v\nwant %v", fields, backward, most, w.service.pageBytes, got, list)
			}
		}
	}
}

// pageThrough reads all that a query means, as clients do.
func (w *world) pageThrough(most int, backward bool, fields []string) (all []string) {
	w.t.Helper()
	at := map[bool]string{true: "<before/>"}[backward]
	for {
		got := w.ask(balcony, "set", query(set(fmt.Sprintf("<max>%d</max>%s", most, at)), fields...))
		if c := condition(got); c != "" {
			w.t.Fatalf("%v, %s: %s", fields, at, c)
		}
		ids := idsOf(got)
		if len(ids) > most {
			w.t.Fatalf("%d messages, asked for %d", len(ids), most)
		}
		complete := strings.Contains(got[len(got)-1], "complete='true'")
		if len(ids) == 0 {
			if !complete {
				w.t.Fatalf("nothing to go on from: %s", got)
			}
			return all
		}
		if backward {
			all = append(slices.Clone(ids), all...)
			at = "<before>" + ids[0] + "</before>"
		} else {
			all = append(all, ids...)
			at = "<after>" + ids[len(ids)-1] + "</after>"
		}
		if complete {
			return all
		}
	}
}
