package plugchat

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A page that goes while the room takes its time, and says the same again, says it once.
func TestSayAgainWhenGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p := s.open(url.Values{})
		for _, slow := range []time.Duration{3 * time.Second, time.Minute} { // the room answers late, or too late
			s.slow = slow
			id := fmt.Sprint("a", slow.Milliseconds())
			before := len(s.sent)
			form := url.Values{"publicKey": {"globe"}, "key": {p.Key}, "id": {id}, "text": {"soft"}}
			r := httptest.NewRequest(http.MethodPost, "/plugchat/say", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", origin)
			ctx, leave := context.WithTimeout(t.Context(), time.Second)
			var all sync.WaitGroup
			all.Go(func() { s.h.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx)) }) // ends with the room's answer
			time.Sleep(2 * time.Second)
			again := s.post("say", form)
			all.Wait()
			leave()
			third := s.post("say", form)
			if n := len(s.sent) - before; n != 1 || again.body != third.body || (again.Code == 200) != (slow < roomTime) {
				t.Errorf("%v: sent %d times; answered %s and %s", slow, n, again.body, third.body)
			}
		}
		time.Sleep(time.Minute)
	})
}

// The avatar of somebody whom a site has logged in is there when the server has been started
// again, and is not that of whoever has the nick next.
func TestFaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, q := s.open(url.Values{}), s.open(url.Values{})
		juliet := jid.MustParse("lobby@conference.capulet.lit/Juliet")
		wants := func(why, face string) {
			t.Helper()
			if got := s.h.hall.face(juliet); got != face {
				t.Errorf("%s: %q", why, got)
			}
		}
		id := p.State.ID
		p.login("nick=Juliet&avatar=https://capulet.lit/j.png")
		wants("after the login", "https://capulet.lit/j.png")
		time.Sleep(time.Second)
		s.lines, s.nicks = newWorld().lines, newWorld().nicks
		s.h = New(s.h.cfg) // the old one was killed
		wants("before she is back", "")
		p.poll()
		q.poll()
		wants("after the restart", "https://capulet.lit/j.png")

		full := s.nicks["Juliet"]
		delete(s.nicks, "Juliet")
		s.lines[full].Deliver(stanza.New(stanza.Presence, stanza.Unavailable, "", juliet, full,
			[]byte("<x xmlns='"+nsRoomUser+"'><status code='110'/><status code='307'/></x>"))) // XEP-0045 #kick
		wants("after she was asked to leave", "")
		q.login("nick=Juliet&avatar=https://capulet.lit/q.png")
		wants("somebody else", "https://capulet.lit/q.png")
		s.get("action=logout&apiKey=secret&user=" + id)
		wants("after the first Juliet has logged out", "https://capulet.lit/q.png")
		s.post("close", url.Values{"key": {p.Key}})
		wants("when she is gone", "https://capulet.lit/q.png")
		s.post("close", url.Values{"key": {q.Key}})
		wants("when both are", "")
	})
}

// ApiKeys cannot be tried without end; a back end whose key was right goes on.
func TestKeyTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p := s.open(url.Values{})
		if g := p.login("nick=x"); g.Code != 200 {
			t.Fatal(g.body)
		}
		codes := map[int]int{}
		for i := range 50 {
			codes[s.get(fmt.Sprintf("action=logout&user=1&apiKey=%d", i)).Code]++
		}
		if codes[300] != 19 || codes[429] != 31 { // the first one was the right key
			t.Errorf("answered %v", codes)
		}
		if g := p.login("nick=y"); g.Code != 200 {
			t.Errorf("the right key: %s", g.body)
		}
		if g := s.get("action=logout&user=1&apiKey=secret2"); g.Code != 429 {
			t.Errorf("a right key, found by trying: %s", g.body)
		}
		r := httptest.NewRequest(http.MethodGet, "/plugchat/?action=logout&user=1&apiKey=secret2", nil)
		r.RemoteAddr = "198.51.100.7:1"
		if g := s.do(r); g.Code != 401 {
			t.Errorf("from elsewhere: %s", g.body)
		}
		time.Sleep(5 * time.Second)
		if g := s.get("action=logout&user=1&apiKey=secret2"); g.Code != 401 {
			t.Errorf("later: %s", g.body)
		}
	})
}

// A guest of a host that is stopped is told so, and leaves nothing.
func TestHostStopped(t *testing.T) {
	s := newStage(t, nil)
	s.stopped = true
	if g := s.post("open", url.Values{}); g.Code != 503 || g.Txt != "The host is stopped" {
		t.Error(g.body)
	}
	if n := s.counts(); n != [3]int{0, 1, 0} {
		t.Errorf("left are %v", n)
	}
}

// A long nick is cut between two characters.
func TestCut(t *testing.T) {
	for text, want := range map[string]string{"": "", "abcd": "abcd", "abcde": "abcd…", "abc♥": "abc…", "♥♥": "♥…"} {
		if got := cut(text, 4); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
