package daemon

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// BenchmarkRESTStatus is a call of the REST admin API from its request to its answer.
func BenchmarkRESTStatus(b *testing.B) {
	cfg := Default()
	cfg.Hosts, cfg.Data, cfg.Accounts.Iterations, cfg.REST.Rate = []string{"capulet.lit"}, b.TempDir(), 1, -1
	h, err := build(context.Background(), cfg, plan{edges: true, memory: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = h.store.Close() }()
	host := jid.MustParse("capulet.lit")
	if err := h.accounts.Create(b.Context(), jid.MustParse("juliet@capulet.lit"), "pencil"); err != nil {
		b.Fatal(err)
	}
	app, _, err := h.apps.Create(b.Context(), bridge.App{Kind: bridge.REST, Host: host, Key: "a#b"}, "")
	if err != nil {
		b.Fatal(err)
	}
	token, err := h.tokens.Issue(b.Context(), bridge.Grant{Use: bridge.AdminToken, Kind: bridge.REST, App: app.ID, Host: host})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "https://capulet.lit/a/b/users/juliet/status", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.rest.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			text, _ := io.ReadAll(w.Body)
			b.Fatalf("%d %s", w.Code, text)
		}
	}
}
