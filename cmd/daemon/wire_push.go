package daemon

import (
	"causeway/xmpp/ext/command"
	"causeway/xmpp/ext/push"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// pushing makes what wakes phones.
func (h *house) pushing() {
	r := h.router
	h.push = push.New(push.Config{
		Store: h.store.Push(), Router: r, Awake: awake(r), Wishes: h.wishes(),
		Summary: h.cfg.Push.Summary, Failures: h.cfg.Push.Failures, Logger: h.log,
	})
	r.HandleIQ(router.AtAccount, push.NS, h.push)
	r.AddFollower(h.push)
	h.commands.Add(command.Command{
		Node: push.NodeList, Name: "Show the devices that push wakes",
		Allowed: localPeople, Forms: []commandStep{h.push.AskList}, Run: h.push.List(h.accounts.IsAdmin),
	})
}

// awake tells whether a resource is connected and not merely waited for.
func awake(r *router.Router) push.Awake {
	return func(full jid.JID) bool {
		s := r.Session(full)
		if s == nil {
			return false
		}
		c, ok := s.Exit().(interface{ Cut() bool })
		return !ok || !c.Cut()
	}
}
