package daemon

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// A slow is a client that does not take its answer before it is let.
type slow struct {
	*httptest.ResponseRecorder
	let chan struct{}
}

func (w *slow) Write(b []byte) (int, error) {
	<-w.let
	return w.ResponseRecorder.Write(b)
}

// What people have said at length does not become an answer without end; a download has
// all of it, and is one at a time.
func TestWebimLongHistory(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		v.friends()
		juliet := v.page()
		juliet.as("juliet")
		_, leave := juliet.stay()
		const count = 12
		for _, name := range []string{"romeo", "nurse", "peter", "sampson"} {
			if err := v.accounts.Create(t.Context(), jid.MustParse(name+"@capulet.lit"), "pencil"); err != nil && !errors.Is(err, account.ErrExists) {
				t.Fatal(err)
			}
			p := v.page()
			p.as(name)
			_, part := p.stay()
			for i := range count {
				p.ok("message", "type", "chat", "to", "juliet", "body", fmt.Sprintf("%02d", i)+strings.Repeat(">", 30<<10))
				time.Sleep(time.Second)
			}
			part()
		}
		leave()
		w := juliet.post("online", params("show", "available", "buddy_ids", "romeo,nurse,peter,sampson"))
		if n, given := w.Body.Len(), strings.Count(w.Body.String(), `"history":[{`); n > 3<<19 || given != 2 {
			t.Errorf("%d histories in %d bytes", given, n)
		}
		get := func(w http.ResponseWriter) {
			r := httptest.NewRequest(http.MethodGet, "http://capulet.lit/webim/download_history?type=chat&id=romeo", nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			for _, c := range juliet.jar.Cookies(r.URL) {
				r.AddCookie(c)
			}
			v.webim.ServeHTTP(w, r)
		}
		first, done := &slow{httptest.NewRecorder(), make(chan struct{})}, make(chan struct{})
		go func() { defer close(done); get(first) }() // ends when it is let
		time.Sleep(time.Second)
		second := httptest.NewRecorder()
		if get(second); second.Code != http.StatusTooManyRequests {
			t.Errorf("a second download: %d", second.Code)
		}
		close(first.let)
		<-done
		text := first.Body.String()
		for i := range count {
			if strings.Count(text, fmt.Sprintf(": %02d>", i)) != 1 {
				t.Errorf("message %d is there %d times", i, strings.Count(text, fmt.Sprintf(": %02d>", i)))
			}
		}
		third := httptest.NewRecorder()
		if get(third); third.Code != http.StatusOK || third.Body.String() != text {
			t.Errorf("once more: %d", third.Code)
		}
	})
}

// Who logs in again and again is held up.
func TestWebimOnlineStorm(t *testing.T) {
	inVerona(t, nil, func(t *testing.T, v *verona) {
		juliet := v.page()
		juliet.as("juliet")
		held := 0
		for range 120 {
			if answerOf(t, juliet.post("online", params()))["success"] != true {
				held++
			}
		}
		if held == 0 {
			t.Error("nobody says no")
		}
	})
}
