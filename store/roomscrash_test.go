package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"causeway/muc"
	"causeway/store"
	"causeway/store/badger"
	"causeway/store/badger/badgertest"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// The power goes at a random commit while eight rooms are made, talked in and removed, over and over. Afterwards each
// is in the life that was acknowledged last or in the next one, whole, and has nothing of those before.
func TestRoomsPowerCut(t *testing.T) {
	lost := 0
	for round := range 10 {
		lost += roomsPowerCut(t, rand.New(rand.NewPCG(uint64(round), 3)), false)
	}
	if lost != 0 {
		t.Errorf("%d acknowledged changes lost", lost)
	}
}

// The control: acknowledged before the sync, the same check has to find losses.
func TestRoomsPowerCutNoticesEarlyAcknowledgement(t *testing.T) {
	lost := 0
	for round := range 5 {
		lost += roomsPowerCut(t, rand.New(rand.NewPCG(uint64(round), 3)), true)
	}
	if lost == 0 {
		t.Error("nothing was noticed")
	}
}

// A roomLife is what was acknowledged of a room. Its changes are numbered: each life has as many as perLife.
type roomLife struct {
	jid   jid.JID
	acked int
}

// perLife: the room is made with a member, two messages are said, another member comes, and the room is removed.
const perLife = 5

func roomsPowerCut(t *testing.T, rnd *rand.Rand, early bool) (lost int) {
	t.Helper()
	dir, image := t.TempDir(), filepath.Join(t.TempDir(), "image")
	cut, err := badgertest.NewPowerCut(dir)
	must(t, err)
	cut.Image, cut.At, cut.Written, cut.Early = image, 2+rnd.IntN(80), rnd.IntN(2) == 0, early
	s, err := store.Open(t.Context(), badger.Options{Dir: dir, Fault: cut})
	must(t, err)
	rooms := make([]roomLife, 8)
	var wg sync.WaitGroup
	for i := range rooms {
		r := &rooms[i]
		r.jid = jid.MustParse(fmt.Sprintf("r%d@%s", i, service))
		wg.Go(func() {
			for {
				err := liveOn(s, r.jid, r.acked)
				if err != nil {
					if !errors.Is(err, badger.ErrClosed) {
						t.Error(err)
					}
					return
				}
				r.acked++
			}
		})
	}
	wg.Wait()
	must(t, errors.Join(cut.Err(), s.Close()))

	s, err = store.Open(t.Context(), badger.Options{Dir: image})
	must(t, err)
	defer closeOf(t, s)
	for _, cleared := range []bool{false, true} {
		for i := range rooms {
			// The change after the last acknowledged one may have come to the disk as well.
			if got := stateOf(t, s, rooms[i].jid); got != stateAfter(rooms[i].acked) && got != stateAfter(rooms[i].acked+1) {
				if !early {
					t.Errorf("round of %v, cleared %v: %s after %d changes is %s", cut.At, cleared, rooms[i].jid, rooms[i].acked, got)
				}
				lost++
			}
		}
		must(t, s.Rooms().Clear(t.Context()))
	}
	return lost
}

// liveOn makes change n of a room.
func liveOn(s *store.Store, at jid.JID, n int) error {
	id := archive.ID(n + 1)
	life := fmt.Sprint(n / perLife)
	guest := func(who string) muc.Member {
		return muc.Member{JID: jid.MustParse(who + life + "@capulet.lit"), Affiliation: muc.MemberOf}
	}
	switch n % perLife {
	case 0:
		return outcome(s.Rooms().Write(at, muc.Change{Record: room(life, muc.Settings{}), Members: []muc.Member{guest("first")}}))
	case 1, 2:
		return outcome(s.Archive().Append(archived(at, id, at)))
	case 3:
		return outcome(s.Rooms().Write(at, muc.Change{Members: []muc.Member{guest("second")}}))
	default:
		return outcome(s.Rooms().Remove(at))
	}
}

// stateAfter is what is there of a room after n changes.
func stateAfter(n int) string {
	life, first := n/perLife, n-n%perLife
	var members []string
	var ids []archive.ID
	if n%perLife > 0 {
		members = append(members, fmt.Sprintf("first%d", life))
	}
	for i := first + 1; i < min(n, first+3); i++ {
		ids = append(ids, archive.ID(i+1))
	}
	if n%perLife > 3 {
		members = append(members, fmt.Sprintf("second%d", life))
	}
	return fmt.Sprint(members, ids)
}

func stateOf(t *testing.T, s *store.Store, at jid.JID) string {
	t.Helper()
	record, list, err := s.Rooms().Room(t.Context(), at)
	must(t, err)
	var members []string
	for _, m := range list {
		members = append(members, m.JID.Local())
		known, err := s.Rooms().Memberships(t.Context(), m.JID)
		must(t, err)
		if !slices.Contains(known, at) {
			t.Errorf("%s is a member of %s, but the index does not know", m.JID, at)
		}
	}
	if (record == nil) != (len(members) == 0) {
		t.Errorf("%s: record %v, members %v", at, record, members)
	}
	page, err := s.Archive().Page(t.Context(), at, archive.Query{Max: 100})
	must(t, err)
	return fmt.Sprint(members, archivedIDs(page))
}
