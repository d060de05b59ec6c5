package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/bridge/oauth"
	"causeway/bridge/page"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// openOAuth makes the pages and endpoints for logging in at other sites, if they are wanted.
func (h *house) openOAuth(ctx context.Context) error {
	cfg := &h.cfg.OAuth
	if !cfg.Enabled {
		return nil
	}
	cookies, err := h.store.Accounts().Secret(ctx, "oauth cookies")
	if err != nil {
		return fmt.Errorf("secret of oauth: %w", err)
	}
	pictures, err := h.store.Accounts().Secret(ctx, "oauth pictures")
	if err != nil {
		return fmt.Errorf("secret of oauth: %w", err)
	}
	h.oauth, err = oauth.New(oauth.Config{
		Port: h.port, Apps: h.apps, Tokens: h.tokens, Consents: h.consents,
		People: people{h.accounts}, Throttle: h.throttle, Sealer: bridge.NewSealer(cookies), Key: pictures,
		Hosts: h.cfg.hosts(), Base: h.oauthURL, Fixed: cfg.URL != "" || h.cfg.HTTP.URL != "", Logger: h.log,
	})
	if err != nil {
		return err
	}
	h.web.Handle("oauth", oauth.Prefix, h.oauth)
	h.web.HandleExactly("oauth metadata", oauth.MetadataPath, h.oauth)
	h.web.Handle("oauth picture", oauth.PicturePath, h.oauth)
	return nil
}

// trySite makes a site for a throw-away server, for which a page of the server stands; none
// if nobody could see that.
func (h *house) trySite(ctx context.Context, host jid.JID, ears []ear) []tryApp {
	at := slices.IndexFunc(ears, func(e ear) bool { return e.kind == plainHTTP })
	if h.oauth == nil || at < 0 {
		return nil
	}
	base := "http://" + ears[at].Addr().String()
	site := base + page.Prefix + "site.html?app="
	made, secret, err := h.apps.Create(ctx, bridge.App{Kind: bridge.Site, Host: host, Name: "A try", Redirect: site, Website: "localhost"}, "")
	if err == nil {
		made, err = h.apps.Change(ctx, bridge.Site, made.ID, func(a *bridge.App) error { a.Redirect += a.ID; return nil })
	}
	if err != nil {
		h.log.Error("no site to try", slog.Any("err", err))
		return nil
	}
	return []tryApp{{App: made, secret: secret, at: base + oauth.Start + made.ID}}
}

// oauthURL is how the pages of a host are reached.
func (h *house) oauthURL(host string) string {
	if h.cfg.OAuth.URL != "" {
		return strings.TrimSuffix(h.cfg.OAuth.URL, "/")
	}
	return h.baseURL(host)
}

// Dates tells when an account was made and got its password, if somebody may log in to it.
func (p people) Dates(ctx context.Context, bare jid.JID) (created, changed time.Time, ok bool, err error) {
	a, err := p.accounts.Get(ctx, bare)
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrAddress) { // the host may be gone, too
		return created, changed, false, nil
	}
	return a.Created, a.Changed, err == nil && a.Active(), err
}
