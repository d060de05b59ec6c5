package store_test

import (
	"errors"
	"io"
	"sync"
	"testing"

	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var (
	romeo  = jid.MustParse("romeo@montague.lit")
	juliet = jid.MustParse("juliet@capulet.lit")
	nurse  = jid.MustParse("nurse@capulet.lit")
)

// house is a store on disk that a test can close and open again.
type house struct {
	*store.Store
	t   *testing.T
	dir string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir()}
	h.open()
	t.Cleanup(func() { closeOf(t, h) })
	return h
}

func (h *house) open() {
	h.t.Helper()
	h.openWith(badger.Options{Dir: h.dir})
}

func (h *house) openWith(opts badger.Options) {
	h.t.Helper()
	s, err := store.Open(h.t.Context(), opts)
	if err != nil {
		h.t.Fatal(err)
	}
	h.Store = s
}

func (h *house) restart() {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open()
}

func closeOf(tb testing.TB, c io.Closer) {
	tb.Helper()
	if err := c.Close(); err != nil {
		tb.Errorf("close: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// together runs fn so many times at once and gives the errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	return errs
}

// What the disk has no room for is told to the sender; what frees space goes on.
func TestFullDiskIsAResourceConstraint(t *testing.T) {
	const mib = 1 << 20
	s, err := store.Open(t.Context(), badger.Options{
		Dir:       t.TempDir(),
		FreeSpace: func(string) (uint64, error) { return 100 * mib, nil },
	})
	must(t, err)
	defer closeOf(t, s)
	refused := map[string]error{
		"card":    s.VCards().SetCard(t.Context(), romeo, []byte("<vCard/>")),
		"offline": outcome(s.Offline().Push(romeo, entry(1))),
	}
	for name, err := range refused {
		var told *stanza.Error
		if !errors.As(err, &told) || told.Condition != stanza.ResourceConstraint || !errors.Is(err, badger.ErrFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, s.VCards().SetCard(t.Context(), romeo, nil))
	must(t, outcome(s.Offline().Delete(romeo, []uint64{1})))
	must(t, s.Forget(t.Context(), romeo))
}
