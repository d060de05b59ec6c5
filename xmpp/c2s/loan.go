package c2s

import (
	"context"
	"log/slog"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A loan is a login by a token that a program has of a person: the program acts in the name of
// the person, but the account stays the person's. Nil is a login of the person itself.
type loan struct {
	program string
	lasts   func(context.Context) (bool, error) // asks for the token again
}

// by names the program, "" for the person itself.
func (n *loan) by() string {
	if n == nil {
		return ""
	}
	return n.program
}

// A tokenGate slows down who guesses tokens, as a gate does with passwords.
type tokenGate struct {
	sasl.Tokens
	gate *gate
}

// Holder implements sasl.Tokens. Who a client is that does not say is known from its token
// only; until then what counts is where it is.
func (t tokenGate) Holder(ctx context.Context, mechanism, username, token string) (sasl.Holder, sasl.TokenFault, error) {
	if err := t.gate.ask(username); err != nil {
		return sasl.Holder{}, "", err
	}
	h, why, err := t.Tokens.Holder(ctx, mechanism, username, token)
	if err == nil && why == "" && h.Program != "" {
		t.gate.loan = &loan{program: h.Program, lasts: func(ctx context.Context) (bool, error) {
			again, why, err := t.Tokens.Holder(ctx, mechanism, username, token)
			return why == "" && again == h, err
		}}
	}
	return h, why, err
}

// loans are the clients that programs are.
type loans struct {
	mu      sync.Mutex
	clients map[*client]struct{}
}

func (n *loans) init() { n.clients = make(map[*client]struct{}) }

func (n *loans) add(c *client) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clients[c] = struct{}{}
}

func (n *loans) forget(c *client) {
	if c.program == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.clients, c)
}

// of gives those of a program in the name of owner, or of anybody if that is zero.
func (n *loans) of(program string, owner jid.JID) (list []*client) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.clients {
		if c.program == program && (owner.IsZero() || c.jid.Bare() == owner) {
			list = append(list, c)
		}
	}
	return list
}

// EndLoans ends the sessions that a program has in the name of owner, or of anybody if that is
// zero. It is called when its tokens are good no more. RFC 7628 §5 leaves it to servers whether
// a connection outlasts its token: one whose time has run out ends nothing, one that was
// taken back does.
func (s *Server) EndLoans(program string, owner jid.JID) {
	for _, c := range s.lent.of(program, owner.Bare()) {
		c.End(stream.NotAuthorized.Err("this program may not act for the account any more"))
	}
}

// errTakenBack is RFC 6120 §7.6.2.2.
var errTakenBack = stanza.NotAllowed.Err("the token is good no more")

// borrow is asked when a resource is bound: false if its program has lost its token meanwhile.
// The client is in the list first, so EndLoans misses none that the answer is out of date for.
func (l *login) borrow(ctx context.Context, c *client) bool {
	if l.loan == nil {
		return true
	}
	l.srv.lent.add(c)
	lasts, err := l.loan.lasts(ctx)
	if err != nil {
		l.srv.log.Error("a token could not be checked", slog.String("jid", c.jid.String()), slog.Any("err", err))
	}
	if err != nil || !lasts {
		l.srv.lent.forget(c)
		return false
	}
	return true
}

// nsCommands is the namespace of commands (XEP-0050).
const nsCommands = "http://jabber.org/protocol/commands"

// reserved refuses what only the person itself may ask of its host: another password or the end
// of the account (XEP-0077), with which a program would have it for itself, and commands, with
// which one sees and takes back what other programs may do.
func (k *link) reserved(st *stanza.Stanza) bool {
	me := k.client.jid
	if k.client.program == "" || !st.PayloadIs(nsRegister, "query") && !st.PayloadIs(nsCommands, "command") {
		return false
	}
	if to := st.To; !to.IsZero() && to != me.Bare() && (to.Local() != "" || to.Domain() != me.Domain()) {
		return false
	}
	st.From = me
	k.client.Deliver(st.ErrorReply(stanza.Forbidden.Err("only the person itself may do this")))
	return true
}
