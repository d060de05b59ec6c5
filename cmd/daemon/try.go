package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"causeway/muc"
	"causeway/roster"
	"causeway/xmpp/ext/vcard"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

func (c *cli) tryCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "try",
		Short:   "Run a throw-away server on this machine, with three people in it",
		Example: "  causeway try\n  causeway try --c2s 127.0.0.1:15222",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.try(cmd.Context()) },
	}
}

// A person is one of those who live in a throw-away server.
type person struct {
	jid            jid.JID
	name, password string
}

// try runs a server that keeps everything in memory and its few files in a folder
// that goes with it.
func (c *cli) try(ctx context.Context) (err error) {
	if c.c2s == "" && c.c2sTLS == "" {
		c.c2s, c.c2sTLS = loopback(5222), loopback(5223)
	}
	if c.http == "" {
		c.http = loopback(5280)
	}
	if c.flash == "" {
		c.flash = loopback(51127)
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if cfg.Data, err = os.MkdirTemp("", "causeway-try-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(cfg.Data)) }()
	// The page needs no certificate that a browser would ask about.
	cfg.Webim.Page, cfg.C2S.PlainLoopback = true, true
	if len(cfg.HTTP.ListenPlain) == 0 {
		cfg.HTTP.ListenPlain = []string{loopback(5281)}
	}
	if c.domains == nil {
		cfg.Hosts, cfg.Admins = []string{"localhost"}, nil
	}
	cfg.Accounts.Iterations = min(cfg.Accounts.Iterations, 4096) // RFC 7677 §4; nothing here is worth more
	if len(c.set) == 0 {
		cfg.Log.Level = "warn"
	}
	cast := newCast(cfg.hosts()[0])
	cfg.Admins = []string{cast[2].jid.String()}
	certs, err := openCertificates(&cfg, c.quiet()) // made here, so that no log line tells of it
	if err != nil {
		return err
	}
	h, err := build(ctx, cfg, plan{edges: true, memory: true, cast: cast}, newLogger(cfg.Log, c.errs))
	if err != nil {
		return err
	}
	room, err := h.populate(ctx, cast)
	if err != nil {
		return errors.Join(err, h.store.Close())
	}
	apps, err := h.tryApps(ctx, cast[0].jid.Domain(), h.tryKinds()...)
	if err != nil {
		return errors.Join(err, h.store.Close())
	}
	return h.serve(ctx, func(ears []ear) {
		apps := slices.Concat(h.demo, apps, h.trySite(ctx, cast[0].jid.Host(), ears))
		c.printTry(cfg, cast, room, apps, ears, certs.shown()[0].file)
	})
}

// loopback is an address of this machine with the given port or, if somebody
// else has that, with any.
func loopback(port int) string {
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	ln, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "127.0.0.1:0"
	}
	if err == nil {
		_ = ln.Close()
	}
	return addr
}

func newCast(host string) []person {
	var cast []person
	for _, name := range []string{"Romeo", "Juliet", "Nurse"} {
		if j, err := jid.New(name, host, ""); err == nil {
			cast = append(cast, person{j, name, newPassword()})
		}
	}
	return cast
}

// populate adds people and makes each of them a contact of the others, by the same
// stanzas that clients send. They have a room, if there are any.
func (h *house) populate(ctx context.Context, cast []person) (room jid.JID, err error) {
	for _, p := range cast {
		if err := h.accounts.Create(ctx, p.jid, p.password); err != nil {
			return room, err
		}
		card := append(stanza.AppendText([]byte("<vCard xmlns='"+vcard.NS+"'><FN>"), p.name), "</FN></vCard>"...)
		if _, err := h.router.Ask(ctx, stanza.New(stanza.IQ, stanza.Set, "1", p.jid, p.jid, card)); err != nil {
			return jid.JID{}, err
		}
	}
	for _, p := range cast {
		for _, other := range cast {
			if p == other {
				continue
			}
			if err := h.befriend(ctx, p, other); err != nil {
				return room, fmt.Errorf("make %s a contact of %s: %w", other.jid, p.jid, err)
			}
		}
	}
	if h.rooms == nil {
		return room, nil
	}
	return h.furnish(ctx, cast)
}

// furnish makes a room to which all of them belong.
func (h *house) furnish(ctx context.Context, cast []person) (room jid.JID, err error) {
	owner := cast[1]
	if room, err = jid.New("balcony", h.rooms.Domain(owner.jid.Domain()), ""); err != nil {
		return room, err
	}
	settings := form.New(form.Submit, "http://jabber.org/protocol/muc#roomconfig",
		form.Field{Var: roomName, Values: []string{"The balcony"}},
		form.Field{Var: roomPersistent, Values: []string{"1"}}, form.Field{Var: roomPublic, Values: []string{"1"}})
	if err = h.rooms.Create(ctx, room, owner.jid, settings); err != nil {
		return room, fmt.Errorf("make room %s: %w", room, err)
	}
	var guests []muc.Member
	for _, p := range cast {
		if p != owner {
			guests = append(guests, muc.Member{JID: p.jid, Affiliation: muc.MemberOf})
		}
	}
	return room, h.rooms.Affiliate(ctx, room, guests)
}

// befriend puts other on the roster of p and subscribes p to its presence (RFC
// 6121 §2.3, §3.1).
func (h *house) befriend(ctx context.Context, p, other person) error {
	item := stanza.AppendAttr([]byte("<query xmlns='"+roster.NS+"'><item"), "jid", other.jid.String())
	item = append(stanza.AppendAttr(item, "name", other.name), "/></query>"...)
	answer, err := h.router.Ask(ctx, stanza.New(stanza.IQ, stanza.Set, "1", p.jid, p.jid, item))
	if err != nil {
		return err
	}
	if told, ok := answer.AsError(); ok {
		return told
	}
	if err := h.say(ctx, p.jid, stanza.Subscribe, other.jid); err != nil {
		return err
	}
	return h.say(ctx, other.jid, stanza.Subscribed, p.jid)
}

// say sends a subscription stanza from a session that is there for this only.
func (h *house) say(ctx context.Context, from jid.JID, what stanza.Type, to jid.JID) error {
	full, err := from.WithResource("try")
	if err != nil {
		return err
	}
	s, err := h.router.Bind(ctx, full, deaf{})
	if err != nil {
		return err
	}
	defer s.Close(ctx)
	_, err = s.Route(ctx, stanza.New(stanza.Presence, what, "", jid.JID{}, to))
	return err
}

// deaf is the Exit of a session that only speaks.
type deaf struct{}

func (deaf) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	if st.Told != nil {
		st.Told(true)
	}
	return nil, true
}

func (deaf) End(*stream.Error) {}

// printTry says who can log in, and how.
func (c *cli) printTry(cfg Config, cast []person, room jid.JID, apps []tryApp, ears []ear, cert string) {
	var b strings.Builder
	b.WriteString("a throw-away server; it forgets everything when it ends (Ctrl-C)\n\n")
	for _, p := range cast {
		fmt.Fprintf(&b, "  %-18s %s\n", p.jid, p.password)
	}
	fmt.Fprintf(&b, "\neach has the others as contacts; %s is the administrator\n", cast[2].jid)
	if !room.IsZero() {
		fmt.Fprintf(&b, "all of them are members of the room %s\n", room)
	}
	b.WriteByte('\n')
	for i := range apps {
		b.WriteString(apps[i].lines())
	}
	port := ""
	for _, e := range ears {
		switch e.kind {
		case directTLS:
			fmt.Fprintf(&b, "  %-12s %s\n", "direct TLS", e.Addr())
		case startTLS:
			fmt.Fprintf(&b, "  %-12s %s\n", "STARTTLS", e.Addr())
			if _, p, err := net.SplitHostPort(e.Addr().String()); err == nil && port == "" {
				port = p
			}
		case plainHTTP:
			fmt.Fprintf(&b, "  %-12s %s\n  %-12s http://%s/ in a browser: two of them, who can talk at once\n", "HTTP", e.Addr(), "a page", e.Addr())
			if cfg.Plugchat.Enabled {
				fmt.Fprintf(&b, "  %-12s http://%s/plugchat/demo the page of a site, whose visitors are in a room with XMPP clients\n", "a chat bar", e.Addr())
			}
			b.WriteString(restRecipe(apps, e.Addr()))
		case commands:
			fmt.Fprintf(&b, "  %-12s %s\n%s", "Flash", e.Addr(), flashRecipe(apps, e.Addr()))
		case components:
			fmt.Fprintf(&b, "  %-12s %s\n", "components", e.Addr())
		default:
			fmt.Fprintf(&b, "  %-12s %s (files, /ws, /bosh, /webim, /plugchat)\n", strings.ToUpper(string(e.kind)), e.Addr())
		}
	}
	fmt.Fprintf(&b, "  %-12s %s\n  %-12s %s\n", "certificate", cert, "sha-256", fingerprint(cert))
	fmt.Fprintf(&b, "  %-12s %s status --data %s\n", "in a shell", program(), cfg.Data)
	if port != "" {
		b.WriteString(recipes(cast[0], cast[1], port, cert))
	}
	_, _ = fmt.Fprint(c.out, b.String()) // without an output there is still the server
}

// recipes are lines to paste into clients. The connect of a ClientXMPP takes a pair
// in slixmpp 1.8 and two arguments later; that of its base class has not changed.
func recipes(romeo, juliet person, port, cert string) string {
	return fmt.Sprintf(`
to listen as juliet, and to write to her as romeo:

  SSL_CERT_FILE=%[1]s go-sendxmpp -u %[2]s -p %[3]s -j localhost:%[6]s -l
  echo 'wherefore art thou' | SSL_CERT_FILE=%[1]s go-sendxmpp -u %[4]s -p %[5]s -j localhost:%[6]s %[2]s

in profanity, as romeo (the password is asked for):

  /connect %[4]s server 127.0.0.1 port %[6]s tls trust

in Python with slixmpp, as romeo:

  import slixmpp
  c = slixmpp.ClientXMPP('%[4]s', '%[5]s'); c.ca_certs = '%[1]s'
  c.add_event_handler('session_start', lambda _: c.send_message('%[2]s', 'wherefore art thou', mtype='chat'))
  slixmpp.XMLStream.connect(c, '127.0.0.1', %[6]s); c.loop.run_forever()
`, cert, juliet.jid, juliet.password, romeo.jid, romeo.password, port)
}

// program is how this program can be called from a shell in this folder. "go run"
// builds it in a folder that is gone afterwards.
func program() string {
	file, err := os.Executable()
	switch {
	case err != nil:
		return "causeway"
	case strings.Contains(file, "go-build"):
		return "go run ./cmd/causeway"
	}
	if found, err := exec.LookPath("causeway"); err == nil && found == file {
		return "causeway"
	}
	return file
}

// fingerprint is the SHA-256 of a certificate as clients show it.
func fingerprint(file string) string {
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return err.Error()
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "not in PEM"
	}
	sum := sha256.Sum256(block.Bytes)
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", sum)), " ", ":")
}
