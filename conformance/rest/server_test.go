package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
)

const host = "capulet.lit"

func TestMain(m *testing.M) { process.Main(m) }

// A backend is a server, an app of it, and the app's token.
type backend struct {
	*process.Server
	id, secret, token string
	client            *http.Client
}

func newBackend(t testing.TB, settings ...string) *backend {
	t.Helper()
	b := &backend{Server: process.New(t, host, append([]string{
		`accounts.hashes = ["SCRAM-SHA-256"]`, "accounts.iterations = 4096", "rest.rate = -1",
	}, settings...)...)}
	b.id, b.secret = b.app(t, "chat-demo#testapp")
	b.client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: b.TLS(), MaxIdleConnsPerHost: 16,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, b.HTTPAddr)
		},
	}}
	t.Cleanup(b.client.CloseIdleConnections)
	return b
}

// app makes an app.
func (b *backend) app(t testing.TB, key string) (id, secret string) {
	t.Helper()
	var made struct{ ID, Secret string }
	out := b.Command(t, "app", "add", "rest", "--host", host, "--key", key, "--json")
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Secret == "" {
		t.Fatalf("%v: %s", err, out)
	}
	return made.ID, made.Secret
}

// start starts the server, and takes a token if there is none yet.
func (b *backend) start(t testing.TB) {
	t.Helper()
	b.Start(t)
	if b.token == "" {
		b.token = b.tokenOf(t, "chat-demo/testapp", b.id, b.secret)
	}
}

func (b *backend) tokenOf(t testing.TB, path, id, secret string) string {
	t.Helper()
	status, body, err := b.send(http.MethodPost, "/"+path+"/token", "", fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`, id, secret))
	var answer struct {
		Token string `json:"access_token"`
	}
	if err != nil || json.Unmarshal([]byte(body), &answer) != nil || answer.Token == "" {
		t.Fatalf("token: %d %s %v", status, body, err)
	}
	return answer.Token
}

// send sends one request.
func (b *backend) send(method, path, token, body string) (status int, answer string, err error) {
	r, err := http.NewRequest(method, "https://"+host+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w, err := b.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = w.Body.Close() }()
	text, err := io.ReadAll(w.Body)
	return w.StatusCode, string(text), err
}

// call sends a request of the app.
func (b *backend) call(method, path, body string) (int, string, error) {
	return b.send(method, "/chat-demo/testapp"+path, b.token, body)
}
