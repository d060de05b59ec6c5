package archive

import (
	"context"
	"fmt"
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// maxListed is how many addresses an account may name in its preferences.
const maxListed = 1000

// getPrefs tells what owner wants kept, or what is done without a word of it (XEP-0441
// #config).
func (s *Service) getPrefs(ctx context.Context, owner jid.JID) ([]byte, error) {
	p, ok, err := s.store.Prefs(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read archive preferences of %s: %w", owner, err)
	}
	if !ok {
		p = Prefs{Default: s.prefer}
	}
	return appendPrefs(nil, p), nil
}

// setPrefs takes what owner wants, for messages from now on, and "replies with the
// applied preferences" (XEP-0441 #config).
func (s *Service) setPrefs(ctx context.Context, owner jid.JID, iq *stanza.Stanza) ([]byte, error) {
	p, err := parsePrefs(iq)
	if err != nil {
		return nil, err
	}
	err = s.store.SetPrefs(ctx, owner, p)
	s.known.Drop(owner)
	if err != nil {
		return nil, fmt.Errorf("write archive preferences of %s: %w", owner, err)
	}
	return appendPrefs(nil, p), nil
}

// parsePrefs reads preferences. The error is a *stanza.Error for the sender.
func parsePrefs(iq *stanza.Stanza) (p Prefs, err error) {
	type list struct {
		JIDs []string `xml:"urn:xmpp:mam:2 jid"`
	}
	var w struct {
		Default string `xml:"default,attr"`
		// "If missing from the preferences, … assumed … to be an empty list"
		// (XEP-0441 #config-always, #config-never)
		Always []list `xml:"urn:xmpp:mam:2 always"`
		Never  []list `xml:"urn:xmpp:mam:2 never"`
	}
	if err := iq.Decode(&w); err != nil {
		return p, err
	}
	switch p.Default = Rule(w.Default); p.Default {
	case Always, Roster, Never:
	default:
		// XEP-0441 #config-default: "MUST be one of the following values"
		return p, stanza.BadRequest.Err("default is always, roster or never")
	}
	if len(w.Always) > 1 || len(w.Never) > 1 {
		return p, stanza.BadRequest.Err("a list is there twice")
	}
	// Who is on both lists is on the second: what was kept against somebody's will
	// cannot be taken back.
	seen := make(map[jid.JID]bool)
	for _, l := range w.Never {
		if p.Never, err = parseList(l.JIDs, seen); err != nil {
			return p, err
		}
	}
	for _, l := range w.Always {
		if p.Always, err = parseList(l.JIDs, seen); err != nil {
			return p, err
		}
	}
	if len(seen) > maxListed {
		// RFC 6120 §8.3.3.12: "violated some local service policy"
		return p, stanza.PolicyViolation.Err(fmt.Sprintf("at most %d addresses can be named", maxListed))
	}
	return p, nil
}

// parseList reads addresses, leaving out those that were seen.
func parseList(texts []string, seen map[jid.JID]bool) (list []jid.JID, err error) {
	for _, text := range texts {
		j, err := jid.Parse(strings.TrimSpace(text))
		if err != nil {
			return nil, stanza.JIDMalformed.Err("not an address") // RFC 6120 §8.3.3.8
		}
		if !seen[j] {
			seen[j] = true
			list = append(list, j)
		}
	}
	return list, nil
}

// appendPrefs writes preferences. The lists "MUST also be present (even if empty)"
// (XEP-0441 #config).
func appendPrefs(dst []byte, p Prefs) []byte {
	dst = append(dst, "<prefs xmlns='"+NS+"'"...)
	dst = stanza.AppendAttr(dst, "default", string(p.Default))
	dst = append(dst, '>')
	dst = appendList(dst, "always", p.Always)
	dst = appendList(dst, "never", p.Never)
	return append(dst, "</prefs>"...)
}

func appendList(dst []byte, name string, list []jid.JID) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	if len(list) == 0 {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	for _, j := range list {
		dst = append(dst, "<jid>"...)
		dst = stanza.AppendText(dst, j.String())
		dst = append(dst, "</jid>"...)
	}
	dst = append(dst, '<', '/')
	dst = append(dst, name...)
	return append(dst, '>')
}
