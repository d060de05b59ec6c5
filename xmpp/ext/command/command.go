package command

import (
	"context"
	"fmt"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// NS is the namespace of commands, and the discovery node that lists them
// (XEP-0050 #retrieve).
const NS = "http://jabber.org/protocol/commands"

// A Command is something that can be run. Its functions may be called from many
// goroutines. who is the full JID that asks, host the one it asks; an error that
// is a *stanza.Error is told as it stands.
type Command struct {
	Node string // what it is run by, unique
	Name string // what people see
	// Allowed reports whether who may see and run it at host.
	Allowed func(ctx context.Context, who, host jid.JID) bool
	// Forms are the questions, in order; given is what was filled in so far. A
	// command without forms runs at once.
	Forms []func(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error)
	// Run does it, with all fields that were filled in. Its result may be nil.
	// When it returns, what it changed is kept.
	Run func(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error)
}

// Service runs the commands of all hosts.
type Service struct {
	commands []Command // in the order they were added, which is the order of lists
	byNode   map[string]int
	sessions *sessions
}

// New makes a service without commands.
func New() *Service {
	return &Service{byNode: make(map[string]int), sessions: newSessions()}
}

// Add offers a command. Call it before the service is used. Two commands of one
// node are a mistake of the wiring: "the responder ensures that each command's
// node is unique" (XEP-0050 #impl-nodes).
func (s *Service) Add(c Command) {
	if _, taken := s.byNode[c.Node]; taken || c.Node == "" {
		panic(fmt.Sprintf("command: node %q is empty or taken", c.Node))
	}
	s.byNode[c.Node] = len(s.commands)
	s.commands = append(s.commands, c)
}

// Commands lists what who may run at host.
func (s *Service) Commands(ctx context.Context, who, host jid.JID) []Command {
	var list []Command
	for _, c := range s.commands {
		if c.Allowed(ctx, who, host) {
			list = append(list, c)
		}
	}
	return list
}

// Find gives the command of a node. Allowed is false if it exists but is not for
// who, for which XEP-0050 #retrieve has the error forbidden.
func (s *Service) Find(ctx context.Context, who, host jid.JID, node string) (c Command, allowed, ok bool) {
	i, ok := s.byNode[node]
	if !ok {
		return Command{}, false, false
	}
	c = s.commands[i]
	return c, c.Allowed(ctx, who, host), true
}
