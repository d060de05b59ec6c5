package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A webPage is a page that is online by webim.
type webPage struct {
	*http.Client
	name   string
	ticket string
}

// goOnline logs somebody in from a browser of their own.
func goOnline(t *testing.T, s *process.Server, name string) *webPage {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &webPage{name: name, Client: &http.Client{Jar: jar, Timeout: wire.Patience, Transport: &http.Transport{
		TLSClientConfig: s.TLS(),
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.HTTPAddr)
		},
	}}}
	t.Cleanup(p.CloseIdleConnections)
	body, err := p.post("online", url.Values{"username": {name}, "password": {process.Password}, "show": {"available"}})
	if err != nil {
		t.Fatal(err)
	}
	var reply struct {
		Connection struct{ Ticket string }
	}
	if err := json.Unmarshal([]byte(body), &reply); err != nil || reply.Connection.Ticket == "" {
		t.Fatalf("%s: %s %v", name, body, err)
	}
	p.ticket = reply.Connection.Ticket
	return p
}

func (p *webPage) post(endpoint string, form url.Values) (string, error) {
	if p.ticket != "" {
		form.Set("ticket", p.ticket)
	}
	r, err := p.PostForm("https://"+domain+"/webim/"+endpoint, form)
	return read(r, err)
}

func (p *webPage) get(path string) (string, error) {
	r, err := p.Get("https://" + domain + path)
	return read(r, err)
}

func read(r *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, body)
	}
	return string(body), err
}

// Posts of pages that were answered "ok", and the server killed: each is in the archives of
// both, once, and in that of the room (webim #message).
func TestKillWhilePagesPost(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	s := process.New(t, domain, append(settings, `webim.poll = "2s"`)...)
	names := []string{"romeo", "juliet", "nurse"}
	s.AddUsers(t, names...)
	s.Start(t)
	answered := map[string][]string{} // by whom it was for: the texts
	for round := range rounds {
		pages := make(map[string]*webPage)
		for _, name := range names {
			pages[name] = goOnline(t, s, name)
		}
		for _, p := range pages {
			if _, err := p.post("join", url.Values{"id": {"ball"}, "nick": {"The ball"}}); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		var (
			all  sync.WaitGroup
			mu   sync.Mutex
			once sync.Once
		)
		first := make(chan struct{})
		for i, name := range names {
			p, to := pages[name], names[(i+1)%len(names)]
			all.Go(func() { // ends with the server
				for n := 0; ; n++ {
					form, whom := url.Values{"type": {"chat"}, "to": {to}}, name+" "+to
					if n%3 == 2 {
						form, whom = url.Values{"type": {"grpchat"}, "to": {"ball"}}, "ball"
					}
					text := fmt.Sprintf("%s-%d-%d", name, round, n)
					form.Set("body", text)
					body, err := p.post("message", form)
					if err != nil {
						return
					}
					if body == `"ok"` {
						mu.Lock()
						answered[whom] = append(answered[whom], text)
						mu.Unlock()
						once.Do(func() { close(first) })
					}
				}
			})
		}
		<-first
		<-time.After(rand.N(longest))
		s.Kill(t)
		all.Wait()
		s.Start(t)
	}
	missing, doubled, total := 0, 0, 0
	for whom, texts := range answered {
		total += len(texts)
		a, b, _ := strings.Cut(whom, " ")
		for _, look := range [][2]string{{a, b}, {b, a}} {
			if whom == "ball" {
				look = [2]string{names[0], "ball"}
			}
			file := transcript(t, s, look[0], look[1], whom == "ball")
			for _, text := range texts {
				switch n := strings.Count(file, ": "+text+"\n"); {
				case n == 0:
					missing++
					t.Errorf("%s is not in the history of %v", text, look)
				case n > 1:
					doubled++
					t.Errorf("%s is in the history of %v %d times", text, look, n)
				}
			}
		}
	}
	s.Stop(t)
	t.Logf("crash of pages: %d rounds, %d answered, %d missing, %d doubled", rounds, total, missing, doubled)
	if total == 0 {
		t.Error("nothing was answered")
	}
}

// transcript gives the whole of a conversation.
func transcript(t *testing.T, s *process.Server, name, with string, room bool) string {
	t.Helper()
	p := goOnline(t, s, name)
	kind := "chat"
	if room {
		kind = "grpchat"
		if _, err := p.post("join", url.Values{"id": {with}}); err != nil {
			t.Fatal(err)
		}
	}
	file, err := p.get("/webim/download_history?type=" + kind + "&id=" + with + "&ticket=" + url.QueryEscape(p.ticket))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
