package daemon

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// A server that starts finishes the removal that the end of the last one has
// interrupted.
func TestServeFinishesRemovals(t *testing.T) {
	cfg := Default()
	cfg.Data, cfg.Hosts = t.TempDir(), []string{"capulet.lit"}
	cfg.Accounts.Iterations = 4096
	cfg.C2S.Listen, cfg.C2S.ListenTLS, cfg.HTTP.Listen = []string{"127.0.0.1:0"}, nil, []string{"127.0.0.1:0"}
	cfg.Flash.Listen = []string{"127.0.0.1:0"}
	juliet := jid.MustParse("juliet@capulet.lit")
	open := func() *house {
		t.Helper()
		h, err := build(t.Context(), cfg, plan{edges: true}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := open()
	if err := errors.Join(h.accounts.Create(t.Context(), juliet, "pencil"), h.accounts.Leave(t.Context(), juliet), h.store.Close()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	h = open()
	if err := h.serve(ctx, func([]ear) {
		if _, err := h.accounts.Get(ctx, juliet); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("she is there when clients can connect: %v", err)
		}
		cancel()
	}); err != nil {
		t.Error(err)
	}
}
