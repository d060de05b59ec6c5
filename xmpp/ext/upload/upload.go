package upload

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NS is the namespace of slots (XEP-0363 #registrar-ns).
const NS = "urn:xmpp:http:upload:0"

// Prefix begins the path of every URL that is given out; the id and the name of the
// file follow, a "/" between them.
const Prefix = "/upload/"

// maxSlots is how many slots of one account may wait for their files: more than
// anybody has pictures to send at once.
const maxSlots = 200

// label begins the domain of the service of each host: upload.capulet.lit.
const label = "upload."

// Domain gives the domain at which the people of a host ask for slots.
func Domain(host string) string { return label + host }

// Config is what a Service is made of.
type Config struct {
	Store Store
	Files Files
	// Base gives the beginning of the URLs of a host, such as
	// "https://capulet.lit:5280": scheme, name and port.
	Base func(host string) string
	// Secret gives the server's secret for signing slots, the same after a restart.
	Secret func(context.Context) ([]byte, error)

	FileBytes  int64         // largest file
	QuotaBytes int64         // what the files of one account may have together
	Keep       time.Duration // how long a file is kept; 0 is for ever
	SlotTime   time.Duration // how long a slot can be used
	Logger     *slog.Logger
}

// A Service gives out slots and keeps the files that come for them. It is a
// router.Handler at the domains that Domain gives, and safe for many goroutines.
type Service struct {
	cfg Config

	mu   sync.Mutex
	busy map[string]bool // ids that are being uploaded or removed
}

// New makes the service. It does nothing by itself until Run is called.
func New(cfg Config) *Service {
	cfg.FileBytes = min(cfg.FileBytes, cfg.QuotaBytes)
	return &Service{cfg: cfg, busy: make(map[string]bool)}
}

// Features gives what discovery says of the service (XEP-0363 #disco, #purpose).
func Features() []string {
	return []string{NS, nsPurpose + "#message", nsPurpose + "#ephemeral", nsPurpose + "#profile", nsPurpose + "#permanent"}
}

// Form gives the limits, as discovery has them (XEP-0363 #disco).
func (s *Service) Form() *form.Form {
	// "The field name MUST be 'max-file-size' and the value MUST be in bytes."
	return form.New(form.Result, NS, form.Field{Var: "max-file-size", Values: []string{strconv.FormatInt(s.cfg.FileBytes, 10)}})
}

// HandleIQ answers a request for a slot (XEP-0363 #request).
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
	// recognize the element name"
	if iq.Type != stanza.Get || !iq.PayloadIs(NS, "request") {
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	host := strings.TrimPrefix(iq.To.Domain(), label)
	if iq.From.Local() == "" || iq.From.Domain() != host {
		// XEP-0363 #errors: "a client that is not allowed to upload files"
		return nil, stanza.Forbidden.Err("only people of " + host + " can upload files here")
	}
	r, err := read(iq)
	if err != nil {
		return nil, err
	}
	e, err := s.reserve(ctx, iq.From.Bare(), r)
	if err != nil {
		return nil, err
	}
	secret, err := s.cfg.Secret(ctx)
	if err != nil {
		return nil, fmt.Errorf("secret of slots: %w", err)
	}
	// XEP-0363 #request: "Both HTTPS URLs MUST adhere to RFC 3986. Non ASCII
	// characters MUST be percent-encoded."
	get := s.cfg.Base(host) + Prefix + e.ID + "/" + url.PathEscape(e.Name)
	p := stanza.AppendAttr([]byte("<slot xmlns='"+NS+"'><put"), "url", get+"?"+sign(secret, e.ID, e.Name, e.Slot))
	p = stanza.AppendAttr(append(p, "/><get"...), "url", get)
	return append(p, "/></slot>"...), nil
}

// newID makes an id that nobody guesses: 16 bytes, in letters and digits.
func newID() string {
	id := make([]byte, 16)
	rand.Read(id) // crypto/rand.Read never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(id)
}

// reserve makes the entry for a request.
func (s *Service) reserve(ctx context.Context, owner jid.JID, r request) (Entry, error) {
	now := time.Now()
	e := Entry{
		ID: newID(), Owner: owner, Name: r.name, Type: r.typ, Size: r.size,
		Slot: now.Add(s.cfg.SlotTime),
	}
	if s.cfg.Keep > 0 {
		e.Until = now.Add(s.cfg.Keep)
	}
	most := s.cfg.FileBytes
	switch r.purpose {
	case forProfile:
		e.Lasting, e.Until, most = true, time.Time{}, min(most, profileBytes)
	case forPermanent:
		e.Lasting, e.Until = true, time.Time{}
	case forEphemeral:
		// XEP-0363 #purpose-ephemeral: "MUST NOT make the file available after the
		// time specified in the expire-before attribute"
		if e.Until.IsZero() || r.before.Before(e.Until) {
			e.Until = r.before
		}
		if r.before.Before(e.Slot) {
			e.Slot = r.before
		}
	}
	if r.size > most {
		return Entry{}, tooLarge(most)
	}
	if !s.cfg.Files.Room(r.size) {
		return Entry{}, noRoom()
	}
	err := s.cfg.Store.Reserve(ctx, e, Quota{
		Bytes: s.cfg.QuotaBytes,
		// A lasting file cannot be taken back, so there must be room left for the others.
		Lasting: max(most, s.cfg.QuotaBytes/4),
		Slots:   maxSlots,
	})
	var full *FullError
	switch {
	case errors.As(err, &full):
		retry := full.Retry
		if !retry.IsZero() {
			retry = retry.Add(sweepEvery) // when it has not only ended, but is gone
		}
		return Entry{}, quotaReached(retry)
	case err != nil:
		return Entry{}, fmt.Errorf("reserve a slot for %s: %w", owner, err)
	}
	return e, nil
}

// claim has an id to oneself; false if somebody else has.
func (s *Service) claim(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] {
		return false
	}
	s.busy[id] = true
	return true
}

func (s *Service) release(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.busy, id)
	}
}

func (s *Service) isBusy(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy[id]
}
