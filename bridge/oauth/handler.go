package oauth

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// The paths. All that begins with Prefix is answered here.
const (
	Prefix       = "/api/"
	MetadataPath = "/.well-known/oauth-authorization-server"
	Start        = startPath + "?app_id=" // and the app_id: what sites link to
	PicturePath  = "/content/uploads/"    // what sites put before user_picture (oauth wire §5.2)

	startPath     = "/api/oauth"
	exchangePath  = "/api/authorize"
	infoPath      = "/api/get_user_info"
	aliasPath     = "/api/oauth2" // of both, in some deployments (oauth wire §5.1)
	authorizePath = "/api/oauth2/authorize"
	tokenPath     = "/api/oauth2/token"
	revokePath    = "/api/oauth2/revoke"
	userinfoPath  = "/api/oauth2/userinfo"
	consentsPath  = "/api/oauth/consents"
	stylePath     = "/api/oauth/style.css"
)

// How long things last.
const (
	codeLife    = 10 * time.Minute // RFC 6749 §4.1.2: "A maximum authorization code lifetime of 10 minutes is RECOMMENDED"
	accessLife  = time.Hour        // oauth #access-token
	refreshLife = 30 * 24 * time.Hour
	sessionLife = 24 * time.Hour
)

// maxForm is how much a request may post, in bytes.
const maxForm = 16 << 10

// Config is what a Handler is made of.
type Config struct {
	Port     *bridge.Port
	Apps     bridge.Apps
	Tokens   bridge.Tokens
	Consents bridge.Consents
	People   People
	Throttle Throttle
	Sealer   *bridge.Sealer
	Key      []byte   // of 32 random bytes, which hides whose picture a URL shows
	Hosts    []string // canonical; the first is meant where a request names none
	// Base gives how the world reaches the server in the name of a host, such as
	// "https://capulet.lit:5280"; "" if nothing says so.
	Base   func(host string) string
	Fixed  bool // Base is what the configuration says, and so is right for requests in the clear too
	Logger *slog.Logger
}

// A Handler answers all paths of the flow. Its methods may be called from many goroutines.
type Handler struct {
	cfg     Config
	log     *slog.Logger
	hide    hider
	byAddr  *bridge.Rates[netip.Prefix]
	byUser  *bridge.Rates[jid.JID]
	secrets *bridge.Rates[appAt]
	logins  *bridge.Rates[loginAt]
}

// An appAt is a site as it is called from one network.
type appAt struct {
	app string
	at  netip.Prefix
}

// A loginAt is an account as it is logged in to from one network.
type loginAt struct {
	account jid.JID
	at      netip.Prefix
}

// New makes a Handler.
func New(cfg Config) (*Handler, error) {
	hide, err := newHider(cfg.Key)
	if err != nil {
		return nil, err
	}
	return &Handler{
		cfg: cfg, log: cfg.Logger, hide: hide,
		byAddr:  bridge.NewRates[netip.Prefix](200, 20*time.Millisecond, 10_000),
		byUser:  bridge.NewRates[jid.JID](30, 2*time.Second, 10_000),
		secrets: bridge.NewRates[appAt](200, 20*time.Millisecond, 10_000),
		logins:  bridge.NewRates[loginAt](20, time.Second, 10_000),
	}, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == stylePath:
		serveStyle(w)
	case path == startPath, path == authorizePath:
		h.begin(w, r)
	case path == consentsPath:
		h.consents(w, r)
	case path == exchangePath:
		h.exchange(w, r)
	case path == infoPath:
		h.info(w, r)
	case path == aliasPath:
		// The parameters tell the back end of a site from a browser that it has sent.
		if q := r.URL.Query(); q.Has("app_secret") || q.Has("auth_key") || r.Method == http.MethodPost && !strings.Contains(r.URL.RawQuery, "app_id") {
			h.exchange(w, r)
			return
		}
		h.begin(w, r)
	case path == tokenPath:
		h.standard(w, r, h.token)
	case path == revokePath:
		h.standard(w, r, h.revoke)
	case path == userinfoPath:
		h.userinfo(w, r)
	case path == MetadataPath:
		h.metadata(w, r)
	case strings.HasPrefix(path, PicturePath):
		h.picture(w, r)
	default:
		// What the API has for a method that it does not know (oauth wire §5.1).
		refuseSite(w, false, badParameters)
	}
}

// often counts a request of an address, and says how long it has to wait. This machine is
// excepted: there the back ends of sites may be.
func (h *Handler) often(r *http.Request) time.Duration {
	addr := bridge.Address(r)
	if addr.IsLoopback() {
		return 0
	}
	return h.byAddr.Allow(bridge.Network(addr))
}

// base is how the world reaches us in the name of a host. A request in the clear that
// comes from this machine to this machine is answered in kind: that is somebody who tries
// things out.
func (h *Handler) base(r *http.Request, host string) string {
	if !h.cfg.Fixed && !bridge.Secure(r) && isLocal(r) {
		return "http://" + r.Host
	}
	return strings.TrimSuffix(h.cfg.Base(host), "/")
}

// hostOf is the host whose name a request has reached us by, or the first.
func (h *Handler) hostOf(r *http.Request) string {
	name, _, _ := strings.Cut(strings.ToLower(r.Host), ":")
	for _, host := range h.cfg.Hosts {
		if host == name {
			return host
		}
	}
	return h.cfg.Hosts[0]
}

// fault logs what went wrong in here.
func (h *Handler) fault(what string, err error) {
	h.log.Error("a log-in by oauth failed", slog.String("at", what), slog.Any("err", err))
}

// isDead reports whether a token is no good, and for no fault of ours.
func isDead(err error) bool {
	return errors.Is(err, bridge.ErrTokenUnknown) || errors.Is(err, bridge.ErrTokenExpired) || errors.Is(err, bridge.ErrTokenSpent)
}
