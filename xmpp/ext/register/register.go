package register

import (
	"context"
	"encoding/xml"
	"log/slog"
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// NS is the namespace of registration (XEP-0077 #registrar-ns).
const NS = "jabber:iq:register"

// Config says what a host allows.
type Config struct {
	New      bool         // strangers may make accounts
	Password bool         // members may change their password
	Removal  bool         // members may remove their account
	Logger   *slog.Logger // nil means none
}

// Service answers registration requests for all hosts.
type Service struct {
	accounts Accounts
	router   *router.Router
	limiter  Limiter
	cfg      Config
}

// New makes the service. The router is the one it will be asked by.
func New(accounts Accounts, r *router.Router, limiter Limiter, cfg Config) *Service {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{accounts: accounts, router: r, limiter: limiter, cfg: cfg}
}

// query is the payload of a request (XEP-0077 #schemas-register).
type query struct {
	Username *string   `xml:"jabber:iq:register username"`
	Password *string   `xml:"jabber:iq:register password"`
	Remove   *struct{} `xml:"jabber:iq:register remove"`
	Children []struct {
		XMLName xml.Name
	} `xml:",any"`
}

// HandleIQ answers somebody who is logged in.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	var q query
	if !iq.PayloadIs(NS, "query") {
		return nil, stanza.BadRequest.Err("expected a registration query")
	}
	if err := iq.Decode(&q); err != nil {
		return nil, err
	}
	bare := iq.From.Bare()
	switch own, err := s.own(iq, &q); {
	case err != nil:
		return nil, err
	case !own:
		// Nobody speaks for an account of another.
		return nil, stanza.Forbidden.Err("not your account")
	}
	switch {
	case iq.Type == stanza.Get:
		return current(bare), nil
	case q.Remove != nil:
		return nil, s.remove(ctx, iq, &q)
	default:
		return nil, s.changePassword(ctx, bare, &q)
	}
}

// own reports whether a request is of a member of the host it is sent to, and,
// if it is sent to an account, of that account.
func (s *Service) own(iq *stanza.Stanza, q *query) (bool, error) {
	if s.router.IsHost(iq.From.Domain()) && (iq.To.IsZero() || iq.To.Domain() == iq.From.Domain()) {
		return iq.To.Local() == "" || iq.To.Bare() == iq.From.Bare(), nil
	}
	if q.Remove != nil {
		// XEP-0077 #usecases-cancel: "The entity ... was not previously registered."
		return false, stanza.RegistrationRequired.Err("you have no account here")
	}
	// XEP-0077 #usecases-register: a host that does not support it.
	return false, stanza.ServiceUnavailable.Err("accounts are for those who connect here")
}

// current is the answer to one who has an account (XEP-0077 #usecases-register);
// the password stays empty, since we do not know it.
func current(bare jid.JID) []byte {
	out := []byte("<query xmlns='" + NS + "'><registered/><instructions>To change your password, fill in a new one." +
		"</instructions><username>")
	out = stanza.AppendText(out, bare.Local())
	return append(out, "</username><password/></query>"...)
}

// changePassword is XEP-0077 #usecases-changepw, with the errors of its table.
func (s *Service) changePassword(ctx context.Context, bare jid.JID, q *query) error {
	if !s.cfg.Password {
		return stanza.NotAllowed.Err("passwords are not changed in band here")
	}
	// "MUST NOT change the password to a null value"
	if q.Username == nil || q.Password == nil || *q.Password == "" {
		return stanza.BadRequest.Err("username and password needed")
	}
	if !sameAccount(*q.Username, bare) {
		return stanza.NotAllowed.Err("not your account")
	}
	if err := s.accounts.SetPassword(ctx, bare, *q.Password); err != nil {
		return err
	}
	s.cfg.Logger.InfoContext(ctx, "password changed in band", slog.String("jid", bare.String()))
	return nil
}

// sameAccount reports whether the user name in a request is that of bare, in
// whatever spelling prepares to it (RFC 7622 §3.3.1). The example of XEP-0077
// #usecases-changepw has a whole address, so some clients send that.
func sameAccount(username string, bare jid.JID) bool {
	if strings.Contains(username, "@") {
		j, err := jid.Parse(username)
		return err == nil && j == bare
	}
	j, err := jid.New(username, bare.Domain(), "")
	return err == nil && j == bare
}

// remove is XEP-0077 #usecases-cancel: first the answer, then "a <not-authorized/>
// stream error" to all sessions of the account. What follows the mark on the
// account cannot fail for its owner any more; if something does, an administrator
// can finish it.
func (s *Service) remove(ctx context.Context, iq *stanza.Stanza, q *query) error {
	switch {
	case !s.cfg.Removal:
		return stanza.NotAllowed.Err("accounts are not removed in band here")
	case q.Username != nil || q.Password != nil || len(q.Children) > 0:
		return stanza.BadRequest.Err("remove must stand alone")
	}
	bare := iq.From.Bare()
	if err := s.accounts.Leave(ctx, bare); err != nil {
		return err
	}
	s.cfg.Logger.InfoContext(ctx, "account removed in band", slog.String("jid", bare.String()))
	if session := s.router.Session(iq.From); session != nil {
		// In this order, and then the router's own answer comes too late.
		session.Deliver(iq.Result())
		session.End(stream.NotAuthorized.Err("the account is removed"))
	}
	// The removal waits for the sessions of the account, and this is one of them.
	// The goroutine ends by itself.
	go func() {
		if err := s.accounts.Remove(context.WithoutCancel(ctx), bare); err != nil {
			s.cfg.Logger.Error("account not wholly removed", slog.String("jid", bare.String()), slog.Any("err", err))
		}
	}()
	return nil
}
