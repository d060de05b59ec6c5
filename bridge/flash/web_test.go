package flash

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// openGroups has one group, which anybody may ask for.
type openGroups struct{ bridge.Apps }

func (openGroups) App(_ context.Context, k bridge.Kind, id string) (bridge.App, bool, error) {
	return bridge.App{Kind: k, ID: id, Host: jid.MustParse("capulet.lit")}, id == defaultGroup, nil
}

// slowTown takes longer to list its rooms than an answer is good.
type slowTown struct {
	*town
	listed atomic.Int32
}

func (w *slowTown) List(ctx context.Context, host string) ([]Numbered, error) {
	w.listed.Add(1)
	time.Sleep(3 * webAge)
	return w.town.List(ctx, host)
}

// However many pages ask at once, the rooms are listed once for all of them; whoever asked
// first may go.
func TestWebAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slowTown{town: newTown()}
		w.set(1, "jack")
		web := New(Config{Apps: openGroups{}, Hosts: w, Rooms: w, Logger: slog.New(slog.DiscardHandler)}).Web()
		ctx, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { // ends with the answer
			web.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", OnlinePath, nil).WithContext(ctx))
		})
		synctest.Wait()
		leave()
		for range 50 {
			all.Go(func() { // ends with the answer
				got := httptest.NewRecorder()
				web.ServeHTTP(got, httptest.NewRequest("GET", OnlinePath, nil))
				if got.Code != 200 || got.Body.String() != `var online={"cn":0,"ln":0,"rn":1};` {
					t.Errorf("%d %s", got.Code, got.Body)
				}
			})
		}
		all.Wait()
		if n := w.listed.Load(); n != 1 || len(web.asking) != 0 {
			t.Errorf("listed %d times, %d are asked for", n, len(web.asking))
		}
	})
}
