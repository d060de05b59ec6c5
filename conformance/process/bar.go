package process

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// A Bar is a page with the chat bar of a site, as far as the server sees it.
type Bar struct {
	*http.Client
	PublicKey string
	Key       string // what it is let in by
	ID        string // for the cookie plugChatUserSessionId
	Status    int    // for the cookie plugChatUserStatus
	Nick      string
	Texts     []string // what was said, as the last call of Open gave it

	base string
}

// A BarAnswer is what every call is answered (plugchat #1.2).
type BarAnswer struct {
	Code int
	Txt  string
	Data struct {
		Key   string
		State struct {
			ID     string
			Status int
			Nick   string
			Room   struct{ Inside bool }
		}
		Events []struct{ Text string }
	}
}

// NewBar makes a page, and opens no session.
func (s *Server) NewBar(t testing.TB, publicKey string) *Bar {
	t.Helper()
	b := &Bar{PublicKey: publicKey, base: "https://" + s.Domain + "/plugchat/", Client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		TLSClientConfig: s.TLS(),
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.HTTPAddr)
		},
	}}}
	t.Cleanup(b.CloseIdleConnections)
	return b
}

// Call makes a call of the bar, or of the API if name is "".
func (b *Bar) Call(name string, form url.Values) (a BarAnswer, err error) {
	if name != "" {
		form.Set("publicKey", b.PublicKey)
		form.Set("key", b.Key)
	}
	r, err := b.PostForm(b.base+name, form)
	if err != nil {
		return a, err
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	return a, err
}

// Open opens the session, or comes back to it.
func (b *Bar) Open(t testing.TB) {
	t.Helper()
	a, err := b.Call("open", url.Values{})
	if err != nil || a.Code != http.StatusOK {
		t.Fatalf("open: %+v %v", a, err)
	}
	b.Key, b.ID, b.Status, b.Nick, b.Texts = a.Data.Key, a.Data.State.ID, a.Data.State.Status, a.Data.State.Nick, nil
	for _, e := range a.Data.Events {
		b.Texts = append(b.Texts, e.Text)
	}
}
