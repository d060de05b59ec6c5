package muc

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Fields of the commands about hats (XEP-0317 #registrar-formtype).
const (
	formHats     = "urn:xmpp:hats:commands"
	fieldHatJID  = "hats#jid"
	fieldTitle   = "hats#title"
	fieldURI     = "hats#uri"
	fieldHue     = "hats#hue"
	maxHatsEach  = 10
	maxHatsBytes = 512 // of a URI, or a title
)

// appendHats writes the hats that somebody wears (XEP-0317 #presence); nothing if none.
func (r *room) appendHats(dst []byte, bare jid.JID) []byte {
	worn := r.members[bare].Hats
	if len(worn) == 0 {
		return dst
	}
	dst = append(dst, "<hats xmlns='"+nsHats+"'>"...)
	for _, uri := range worn {
		h := r.hat(uri)
		if h == nil {
			continue
		}
		dst = append(dst, "<hat"...)
		dst = stanza.AppendAttr(dst, "title", h.Title)
		dst = stanza.AppendAttr(dst, "uri", h.URI)
		if h.Hue != "" {
			dst = stanza.AppendAttr(dst, "hue", h.Hue)
		}
		dst = append(dst, "/>"...)
	}
	return append(dst, "</hats>"...)
}

// hat finds a hat of the room; nil if there is none.
func (r *room) hat(uri string) *Hat {
	for i := range r.Hats {
		if r.Hats[i].URI == uri {
			return &r.Hats[i]
		}
	}
	return nil
}

// hatsHash changes when the hats do (XEP-0317 #disco: "left to the implementer").
func (r *room) hatsHash() string {
	if len(r.Hats) == 0 {
		return ""
	}
	h := sha256.New()
	for _, hat := range r.Hats {
		_, _ = h.Write([]byte(hat.URI + "\x00" + hat.Title + "\x00" + hat.Hue + "\x00")) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// createHat makes a hat, or changes one (XEP-0317 #create).
func (r *room) createHat(t *turn, f *form.Form) (*form.Form, error) {
	hat := Hat{URI: strings.TrimSpace(f.Value(fieldURI)), Title: strings.TrimSpace(f.Value(fieldTitle)), Hue: strings.TrimSpace(f.Value(fieldHue))}
	switch {
	case hat.URI == "" || hat.Title == "":
		return nil, stanza.BadRequest.Err("a hat has a URI and a title")
	case len(hat.URI) > maxHatsBytes || len(hat.Title) > maxHatsBytes || len(hat.Hue) > maxHatsBytes:
		return nil, stanza.NotAcceptable.Err("this is too long")
	}
	hats := slices.Clone(r.Hats)
	if old := r.hat(hat.URI); old != nil {
		hats[slices.Index(hats, *old)] = hat
	} else if hats = append(hats, hat); len(hats) > r.service.cfg.Limits.Hats {
		return nil, stanza.ResourceConstraint.Err("there are as many hats as there may be")
	}
	r.Hats = hats
	r.hatsChanged(t, hat.URI)
	return nil, nil
}

// destroyHat takes a hat away, from all who wear it (XEP-0317 #destroy).
func (r *room) destroyHat(t *turn, f *form.Form) (*form.Form, error) {
	uri := f.Value(fieldURI)
	if uri == "" {
		uri = f.Value("hat") // as the example of the XEP has it
	}
	old := r.hat(uri)
	if old == nil {
		return nil, stanza.ItemNotFound.Err("there is no such hat")
	}
	var wore []Member
	for _, m := range r.members {
		if slices.Contains(m.Hats, uri) {
			m.Hats = without(m.Hats, uri)
			wore = append(wore, m)
		}
	}
	if len(wore) > maxItems {
		return nil, stanza.PolicyViolation.Err("too many wear it")
	}
	gone := *old
	r.Hats = slices.DeleteFunc(slices.Clone(r.Hats), func(h Hat) bool { return h == gone })
	for _, m := range wore {
		r.setMember(m)
		t.change.Members = append(t.change.Members, m)
	}
	r.hatsChanged(t, uri)
	for _, m := range wore {
		r.showHats(t, m.JID)
	}
	return nil, nil
}

// hatsChanged tells everybody that there are other hats, and shows those who wear one.
func (r *room) hatsChanged(t *turn, uri string) {
	r.changed(t)
	r.notify(t, []int{statusConfigChanged})
	for bare, m := range r.members {
		if slices.Contains(m.Hats, uri) {
			r.showHats(t, bare)
		}
	}
}

// showHats tells everybody which hats somebody wears now.
func (r *room) showHats(t *turn, bare jid.JID) {
	for _, occ := range r.seats {
		if occ.bare == bare {
			r.proclaim(t, occ, item{})
		}
	}
}

// assignHat gives somebody a hat (XEP-0317 #add).
func (r *room) assignHat(t *turn, f *form.Form) (*form.Form, error) {
	return r.wear(t, f, func(m *Member, uri string) error {
		if slices.Contains(m.Hats, uri) {
			return stanza.Conflict.Err("it is worn already")
		}
		if len(m.Hats) >= maxHatsEach {
			return stanza.ResourceConstraint.Err("nobody wears more hats")
		}
		m.Hats = append(slices.Clone(m.Hats), uri)
		return nil
	})
}

// unassignHat takes a hat from somebody (XEP-0317 #remove).
func (r *room) unassignHat(t *turn, f *form.Form) (*form.Form, error) {
	return r.wear(t, f, func(m *Member, uri string) error {
		if !slices.Contains(m.Hats, uri) {
			return stanza.ItemNotFound.Err("it is not worn")
		}
		m.Hats = without(m.Hats, uri)
		return nil
	})
}

// wear changes the hats of one person.
func (r *room) wear(t *turn, f *form.Form, change func(m *Member, uri string) error) (*form.Form, error) {
	who, err := f.JID(fieldHatJID)
	if err != nil || who.Local() == "" {
		return nil, stanza.JIDMalformed.Err("who is to wear it?")
	}
	uri := f.Value(fieldURI)
	if r.hat(uri) == nil {
		return nil, stanza.ItemNotFound.Err("there is no such hat")
	}
	m := r.members[who.Bare()]
	if m.JID.IsZero() {
		m = Member{JID: who.Bare(), Affiliation: None}
	}
	if m.Affiliation == Outcast {
		return nil, stanza.NotAllowed.Err("this person is banned from the room")
	}
	if err := change(&m, uri); err != nil {
		return nil, err
	}
	if err := r.enlist(t, m); err != nil {
		return nil, err
	}
	r.showHats(t, m.JID)
	return nil, nil
}

// listHats gives all hats.
func (r *room) listHats(*turn, *form.Form) (*form.Form, error) {
	f := form.New(form.Result, formHats)
	f.Title, f.Reported = "Hats", []form.Field{{Var: fieldTitle}, {Var: fieldURI}, {Var: fieldHue}}
	for _, h := range r.Hats {
		f.Items = append(f.Items, form.Item{Fields: []form.Field{value(fieldTitle, h.Title), value(fieldURI, h.URI), value(fieldHue, h.Hue)}})
	}
	return f, nil
}

// listWorn gives who wears which hat.
func (r *room) listWorn(*turn, *form.Form) (*form.Form, error) {
	f := form.New(form.Result, formHats)
	f.Title = "Hats that are worn"
	f.Reported = []form.Field{{Var: fieldHatJID}, {Var: fieldURI}, {Var: fieldTitle}, {Var: fieldHue}}
	for bare, m := range r.members {
		for _, uri := range m.Hats {
			if h := r.hat(uri); h != nil {
				f.Items = append(f.Items, form.Item{Fields: []form.Field{
					value(fieldHatJID, bare.String()), value(fieldURI, uri), value(fieldTitle, h.Title), value(fieldHue, h.Hue),
				}})
			}
		}
	}
	slices.SortFunc(f.Items, func(a, b form.Item) int {
		return strings.Compare(a.Fields[0].Values[0]+a.Fields[1].Values[0], b.Fields[0].Values[0]+b.Fields[1].Values[0])
	})
	return f, nil
}

func value(name, v string) form.Field { return form.Field{Var: name, Values: []string{v}} }
