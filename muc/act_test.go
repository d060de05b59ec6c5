package muc

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing/synctest"

	"causeway/xmpp/jid"
)

// actSize is how many bytes say what is done, by whom, and with what.
const actSize = 3

// An act is something that somebody does. It gives "" if it makes no sense now.
type act func(p *party, g *guest, arg int) (xml string)

// acts are all that people do; what is there twice is done more often.
var acts = [...]act{
	enterRoom, enterRoom, enterRoom, enterRoom,
	leaveRoom, changePresence, changeNick, changeSettings, changeSettings,
	changeAffiliation, changeAffiliation, changeRole, changeRole, changeRole,
	talk, talk, talk, talkAside, changeSubject, reserveNick, vanish,
}

// The acts of the server come behind those.
const (
	holdDisk = len(acts) + iota
	flushSome
	flushAll
	fillDisk
	crash
	allActs
)

// act does what three bytes say.
func (p *party) act(what, who, arg byte) error {
	g := p.guests[int(who)%len(p.guests)]
	switch n := int(what) % allActs; n {
	case holdDisk:
		p.log = append(p.log, "the disk is busy")
		p.disk.held = true
	case flushSome:
		p.log = append(p.log, "the disk writes a little")
		p.disk.flushSome(1 + int(arg)%3)
	case flushAll:
		p.log = append(p.log, "the disk has time")
		p.disk.fail = nil
		return p.flush()
	case fillDisk:
		p.log = append(p.log, "the disk is full")
		p.disk.fail, p.full = errors.New("the disk is full"), true
	case crash:
		p.log = append(p.log, "crash")
		return p.crash()
	default:
		if g.lost || g.busy != nil {
			return nil
		}
		xml := acts[n](p, g, int(arg))
		if xml == "" {
			return nil
		}
		p.log = append(p.log, g.session.JID().String()+": "+xml)
		g.say(xml)
	}
	return nil
}

var (
	nicks     = [...]string{"Juliet", "Romeo", "Nurse", "Light", "romeo"}
	texts     = [...]string{"", "east", "the sun"}
	roleWords = [...]string{"none", "visitor", "participant", "moderator"}
)

func enterRoom(_ *party, _ *guest, arg int) string {
	password := ""
	if arg%7 != 0 {
		password = "<password>friend</password>"
	}
	return join(balcony, nicks[arg%len(nicks)], password+"<history maxstanzas='3'/>")
}

func leaveRoom(_ *party, g *guest, _ int) string {
	if !g.view.in {
		return ""
	}
	return "<presence type='unavailable' to='" + balcony + "/" + g.view.nick + "'/>"
}

func changePresence(_ *party, g *guest, arg int) string {
	if !g.view.in {
		return ""
	}
	return "<presence to='" + balcony + "/" + g.view.nick + "'><show>" + []string{"away", "dnd", "xa"}[arg%3] + "</show></presence>"
}

func changeNick(_ *party, g *guest, arg int) string {
	if !g.view.in {
		return ""
	}
	return "<presence to='" + balcony + "/" + nicks[arg%len(nicks)] + "'/>"
}

// changeSettings has one field be something else.
func changeSettings(_ *party, _ *guest, arg int) string {
	fields := [...][]string{
		{"muc#roomconfig_membersonly", "0"},
		{"muc#roomconfig_membersonly", "1"},
		{"muc#roomconfig_moderatedroom", "0"},
		{"muc#roomconfig_moderatedroom", "1"},
		{"muc#roomconfig_whois", "anyone"},
		{"muc#roomconfig_whois", "moderators"},
		{"muc#roomconfig_presencebroadcast", "moderator"},
		{"muc#roomconfig_presencebroadcast", "moderator", "participant"},
		{"muc#roomconfig_presencebroadcast", "moderator", "participant", "visitor"},
		{"muc#roomconfig_changesubject", "1"},
		{"muc#roomconfig_allowpm", "none"},
		{"muc#roomconfig_allowpm", "anyone"},
		{"muc#roomconfig_persistentroom", "1"},
		{"muc#roomconfig_persistentroom", "0"},
		{"muc#roomconfig_enablelogging", "0"},
		{"muc#roomconfig_enablelogging", "1"},
		{"muc#roomconfig_maxusers", "3"},
		{"muc#roomconfig_maxusers", "none"},
		{"muc#roomconfig_roomsecret", "friend"},
		{"muc#roomconfig_passwordprotectedroom", "0"},
		{"muc#roomconfig_roomadmins", "nurse@capulet.lit"},
		{"muc#roomconfig_roomowners", "juliet@capulet.lit", "romeo@montague.lit"},
	}
	f := fields[arg%len(fields)]
	x := "<field var='FORM_TYPE'><value>" + formSettings + "</value></field><field var='" + f[0] + "'>"
	for _, v := range f[1:] {
		x += "<value>" + v + "</value>"
	}
	return "<iq type='set' id='s' to='" + balcony + "'><query xmlns='" + nsOwner + "'><x xmlns='jabber:x:data' type='submit'>" + x + "</field></x></query></iq>"
}

func changeAffiliation(_ *party, _ *guest, arg int) string {
	who, _, _ := strings.Cut(devices[arg%len(devices)], "/")
	if arg/8%16 == 0 {
		who = "montague.lit"
	}
	return administering("affiliation='" + affiliationNames[arg/8%5] + "' jid='" + who + "'")
}

func changeRole(_ *party, _ *guest, arg int) string {
	return administering("role='" + roleWords[arg/5%4] + "' nick='" + nicks[arg%len(nicks)] + "'")
}

func administering(item string) string {
	return "<iq type='set' id='a' to='" + balcony + "'><query xmlns='" + nsAdmin + "'><item " + item + "/></query></iq>"
}

func talk(p *party, _ *guest, _ int) string {
	p.number++
	return say(balcony, fmt.Sprintf("m%d", p.number))
}

func changeSubject(p *party, _ *guest, arg int) string {
	p.number++
	return fmt.Sprintf("<message type='groupchat' to='%s' id='m%d'><subject>%s</subject></message>", balcony, p.number, texts[arg%len(texts)])
}

// talkAside writes to one occupant. Whether it is taken is seen in the room, as it is now.
func talkAside(p *party, g *guest, arg int) string {
	p.number++
	l := letter{id: fmt.Sprintf("p%d", p.number)}
	if r := p.room(); r != nil && r.phase == alive {
		s, to := r.sessions[g.session.JID()], r.byNick[nickKey(nicks[arg%len(nicks)])]
		if s != nil && to != nil && s.occupant.role >= r.Settings.PrivateFrom {
			for _, other := range p.guests {
				if slices.Contains(to.sessions, r.sessions[other.session.JID()]) {
					l.to = append(l.to, other)
				}
			}
		}
	}
	p.posted = append(p.posted, l)
	return fmt.Sprintf("<message type='chat' to='%s/%s' id='%s'><body>aside</body></message>", balcony, nicks[arg%len(nicks)], l.id)
}

func reserveNick(_ *party, _ *guest, arg int) string {
	query := "<remove/>"
	if arg%3 != 0 {
		query = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>" + formRegister +
			"</value></field><field var='" + fieldWanted + "'><value>" + nicks[arg%len(nicks)] + "</value></field></x>"
	}
	return "<iq type='set' id='r' to='" + balcony + "'><query xmlns='" + nsRegister + "'>" + query + "</query></iq>"
}

// vanish has a device go without a word, which the room finds out when it says something.
func vanish(p *party, g *guest, arg int) string {
	if arg%4 == 0 {
		p.log = append(p.log, g.session.JID().String()+" vanishes")
		g.session.Close(p.t.Context())
		g.lost = true
		g.view.leave()
	}
	return ""
}

// flushSome does the first writes that wait.
func (d *disk) flushSome(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n = min(n, len(d.waiting))
	for _, f := range d.waiting[:n] {
		f()
	}
	d.waiting = slices.Delete(d.waiting, 0, n)
}

// lose drops all that waits; whoever waits for it is told.
func (d *disk) lose() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lost = errors.New("the server is dead")
	for _, f := range d.waiting {
		f()
	}
	d.waiting, d.held, d.fail, d.lost = nil, false, nil, nil
}

// flush has all be written that waits.
func (p *party) flush() error {
	p.disk.flush()
	return p.hear()
}

// crash throws the server away with all that is not on the disk, and starts another one.
func (p *party) crash() error {
	if err := p.check(false); err != nil {
		return err
	}
	before, past := p.guests, p.past
	p.disk.lose()
	synctest.Wait()
	p.open(p.disk)
	p.posted = nil
	now := p.report()
	if !slices.ContainsFunc(past, func(r *Report) bool { return reflect.DeepEqual(r, now) }) {
		return fmt.Errorf("after a crash the room is as it never was: %v", now)
	}
	for i, g := range before {
		if g.lost {
			continue
		}
		if err := remembered(&g.view, now, p.disk.said(jid.MustParse(balcony))); err != nil {
			return fmt.Errorf("%s: %w", devices[i], err)
		}
	}
	p.past = []*Report{now}
	// Those who were there come back.
	for i, g := range before {
		if g.view.in {
			p.guests[i].say(join(balcony, g.view.nick, "<password>friend</password><history maxstanzas='0'/>"))
		}
	}
	return nil
}

// remembered reports whether what somebody was told before a crash is still so.
func remembered(v *view, now *Report, archive []Saying) error {
	if !v.in || now == nil {
		return nil
	}
	if subject := textOf(now.Record.Subject.XML); subject != v.subject {
		return fmt.Errorf("was told of the subject %q, it is %q", v.subject, subject)
	}
	for nick, s := range v.seen {
		who, err := jid.Parse(s.jid)
		if err != nil || everybody.IsAdmin(everybody{}, who.Bare(), "") {
			continue
		}
		got := None
		for _, m := range now.Members {
			if m.means(who.Bare()) && (got == None || m.JID == who.Bare()) {
				got = m.Affiliation
			}
		}
		if got.String() != s.affiliation {
			return fmt.Errorf("was told that %s is %s, which is %s", nick, s.affiliation, got)
		}
	}
	return inArchive(v.said, archive)
}
