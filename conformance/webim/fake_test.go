package webim

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"causeway/conformance/prove"
)

// A fake is a small site that does what the document says and the library needs. In
// wrong there is the switch that a mutant has turned.
type fake struct {
	wrong string
	hold  time.Duration

	mu      sync.Mutex
	people  map[string]*somebody // by name, which is the id
	cookies map[string]string
	pages   map[string]*page // by ticket
	items   []item
	cleared map[string]int // reader and conversation: where its history begins
	rooms   map[string][]string
}

type somebody struct {
	id, password, nick, show, status string
	contacts                         []string
	waiting                          []item
}

type page struct {
	who    *somebody
	ticket string
	queue  map[string][]any
	wake   chan struct{} // closed when something has come, or the page or the poll ends
	over   bool
}

type item struct {
	Type      string `json:"type"`
	To        string `json:"to"`
	From      string `json:"from"`
	Nick      string `json:"nick"`
	Style     string `json:"style"`
	Body      string `json:"body"`
	Timestamp int64  `json:"timestamp"`
}

func newFake(wrong string) *fake {
	f := &fake{
		wrong: wrong, hold: 2 * prove.Patience, people: make(map[string]*somebody), cookies: make(map[string]string),
		pages: make(map[string]*page), cleared: make(map[string]int), rooms: make(map[string][]string),
	}
	for _, name := range []string{"romeo", "juliet", "nurse"} {
		f.people[name] = &somebody{id: name, password: name + "'s & Œ", nick: strings.ToUpper(name[:1]) + name[1:]}
	}
	f.people["romeo"].contacts, f.people["juliet"].contacts = []string{"juliet"}, []string{"romeo"}
	return f
}

type object = map[string]any

func (f *fake) is(wrong string) bool { return f.wrong == wrong }

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	w.Header().Set("Cache-Control", "no-store")
	callback := r.Form.Get("callback")
	if !regexp.MustCompile(`^[A-Za-z0-9_.$]*$`).MatchString(callback) {
		f.answer(w, "", 400, object{"error_msg": "Bad Request"})
		return
	}
	if r.URL.Path == "/packets" {
		f.packets(w, r, callback)
		return
	}
	f.mu.Lock()
	status, v := f.call(w, r)
	f.mu.Unlock()
	f.answer(w, callback, status, v)
}

func (f *fake) answer(w http.ResponseWriter, callback string, status int, v any) {
	text, _ := json.Marshal(v)
	w.Header().Set("Content-Type", "application/json")
	if callback != "" {
		w.Header().Set("Content-Type", "application/javascript; charset=utf-8")
		text = []byte(callback + "(" + string(text) + ")")
	}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// call answers an endpoint. The lock is held.
func (f *fake) call(w http.ResponseWriter, r *http.Request) (int, any) {
	name, form := strings.TrimPrefix(r.URL.Path, "/webim/"), r.Form.Get
	if name == "index.php" {
		name = form("action")
	}
	if name == "online" {
		return f.online(w, r)
	}
	me, mine := f.caller(r)
	if me == nil {
		return 403, object{"success": false, "error_msg": "Forbidden"}
	}
	switch name {
	case "offline":
		if mine != nil {
			f.end(mine)
		}
		return 200, "ok"
	case "refresh":
		return 200, "ok"
	case "buddies":
		list := []any{}
		for id := range strings.SplitSeq(form("ids"), ",") {
			if p := f.people[id]; p != nil {
				list = append(list, f.buddy(p))
			}
		}
		return 200, list
	case "presence":
		f.show(me, form("show"), form("status"))
		return 200, "ok"
	case "status":
		f.push(form("to"), nil, "statuses", object{"from": me.id, "to": form("to"), "nick": me.nick, "show": form("show")})
		return 200, "ok"
	case "setting":
		if !json.Valid([]byte(form("data"))) {
			return 400, object{"error_msg": "Bad Request"}
		}
		return 200, "ok"
	case "notification":
		return 200, []any{object{"text": "Susan wants to be friends with you.", "link": "http://test.com/s?id=5"}}
	case "message":
		return f.message(me, mine, r)
	case "history":
		return 200, f.history(me, form("type"), form("id"))
	case "clear_history":
		f.cleared[me.id+" "+form("type")+" "+form("id")] = len(f.items)
		if f.is("clearing clears the other's, too") {
			f.cleared[form("id")+" "+form("type")+" "+me.id] = len(f.items)
		}
		return 200, "ok"
	}
	return f.roomCall(name, me, r)
}

// caller finds out who calls: by ticket and cookie, which agree. The lock is held.
func (f *fake) caller(r *http.Request) (*somebody, *page) {
	var by *somebody
	if c, err := r.Cookie("session"); err == nil {
		by = f.people[f.cookies[c.Value]]
	}
	if ticket := r.Form.Get("ticket"); ticket != "" {
		p := f.pages[ticket]
		switch {
		case p == nil && f.is("any ticket is good"):
			return f.people["romeo"], nil
		case p == nil, by != nil && by != p.who && !f.is("tickets need not be of the session"):
			return nil, nil
		}
		return p.who, p
	}
	if by == nil && f.is("no session is needed") {
		return f.people["romeo"], nil
	}
	return by, nil
}

func (f *fake) online(w http.ResponseWriter, r *http.Request) (int, any) {
	form := r.Form.Get
	who := f.people[form("username")]
	if who != nil && who.password != form("password") {
		who = nil
	}
	if who == nil {
		who, _ = f.caller(r)
	}
	if who == nil && f.is("strangers are romeo") {
		who = f.people["romeo"]
	}
	if who == nil {
		return 200, object{"success": false, "error_msg": "Not Authorized"}
	}
	session := rand.Text()
	f.cookies[session] = who.id
	http.SetCookie(w, &http.Cookie{Name: "session", Value: session, Path: "/"})
	p := &page{who: who, ticket: rand.Text(), queue: make(map[string][]any), wake: make(chan struct{})}
	if f.is("a person has one ticket") {
		p.ticket = "ticket of " + who.id
	}
	f.pages[p.ticket] = p
	f.show(who, form("show"), "")
	buddies := []any{}
	ids := append(slices.Clone(who.contacts), strings.Split(form("buddy_ids"), ",")...)
	if f.is("buddy_ids are not looked at") {
		ids = who.contacts
	}
	if f.is("contacts are not told") {
		ids = nil
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if b := f.people[id]; b != nil {
			buddies = append(buddies, f.buddy(b))
		}
	}
	rooms := []any{}
	for id, members := range f.rooms {
		if slices.Contains(members, who.id) {
			rooms = append(rooms, f.room(id))
		}
	}
	waiting := who.waiting
	if !f.is("new messages stay new") {
		who.waiting = nil
	}
	return 200, object{
		"success": true, "server_time": time.Now().UnixMilli(), "user": object{"id": who.id, "nick": who.nick, "show": who.show},
		"connection": object{"domain": "capulet.lit", "ticket": p.ticket, "server": "/packets"}, "buddies": buddies, "rooms": rooms,
		"presences": object{}, "new_messages": append([]item{}, waiting...), "csrf_token": "form",
	}
}

func (f *fake) buddy(p *somebody) object {
	presence, show := "offline", "unavailable"
	if f.there(p.id) && p.show != "invisible" {
		presence, show = "online", p.show
	}
	return object{"id": p.id, "nick": p.nick, "presence": presence, "show": show}
}

// there reports whether somebody has a page. The lock is held.
func (f *fake) there(id string) bool {
	for _, p := range f.pages {
		if p.who.id == id {
			return true
		}
	}
	return false
}

// show sets somebody's presence and tells contacts. The lock is held.
func (f *fake) show(who *somebody, show, status string) {
	who.show, who.status = show, status
	typ := "online"
	if show == "invisible" && !f.is("the invisible are seen") {
		typ, show = "offline", "unavailable"
	}
	for _, c := range who.contacts {
		f.push(c, nil, "presences", object{"type": typ, "from": who.id, "to": c, "nick": who.nick, "show": show, "status": status})
	}
}

// end ends a page. The lock is held.
func (f *fake) end(p *page) {
	if f.is("tickets outlive offline") {
		return
	}
	delete(f.pages, p.ticket)
	p.over = true
	close(p.wake)
	p.wake = make(chan struct{})
	if !f.there(p.who.id) {
		for _, c := range p.who.contacts {
			f.push(c, nil, "presences", object{"type": "offline", "from": p.who.id, "to": c, "nick": p.who.nick, "show": "unavailable", "status": ""})
		}
	}
}

// push puts something into the queues of somebody's pages but one. The lock is held.
func (f *fake) push(to string, but *page, list string, v any) {
	for _, p := range f.pages {
		if p.who.id != to || p == but && !f.is("senders get their own messages") {
			continue
		}
		p.queue[list] = append(p.queue[list], v)
		if f.is("messages are shuffled") {
			slices.Reverse(p.queue[list])
		}
		if f.is("messages come twice") {
			p.queue[list] = append(p.queue[list], v)
		}
		close(p.wake)
		p.wake = make(chan struct{})
		if f.is("one page only gets a message") && list == "messages" {
			return
		}
	}
}

func (f *fake) message(me *somebody, mine *page, r *http.Request) (int, any) {
	form := r.Form.Get
	m := item{Type: form("type"), To: form("to"), From: me.id, Nick: me.nick, Style: "", Body: form("body"), Timestamp: time.Now().UnixMilli()}
	if m.Type != "chat" && m.Type != "grpchat" {
		return 400, object{"status": "error", "message": "no such type"}
	}
	if !f.is("history comes late") {
		f.items = append(f.items, m)
	}
	if m.Type == "grpchat" {
		for _, id := range f.rooms[m.To] {
			f.push(id, mine, "messages", m)
		}
		if f.is("everybody gets what is said in rooms") {
			f.push("nurse", nil, "messages", m)
		}
		return 200, "ok"
	}
	if f.is("offline true is believed") && form("offline") == "true" {
		return 200, "ok"
	}
	if f.is("senders get their own messages") {
		f.push(me.id, mine, "messages", m)
	}
	switch to := f.people[m.To]; {
	case f.there(m.To):
		f.push(m.To, mine, "messages", m)
	case to != nil:
		to.waiting = append(to.waiting, m)
	}
	return 200, "ok"
}

func (f *fake) history(me *somebody, typ, id string) []item {
	list := []item{}
	for i, m := range f.items {
		with := m.Type == "chat" && (m.From == me.id && m.To == id || m.From == id && m.To == me.id) || m.Type == "grpchat" && m.To == id
		if f.is("everybody reads everything") {
			with = true
		}
		if with && m.Type == typ && i >= f.cleared[me.id+" "+typ+" "+id] {
			list = append(list, m)
		}
	}
	if f.is("history has the newest first") {
		slices.Reverse(list)
	}
	return list
}

func (f *fake) room(id string) object {
	members := []any{}
	for _, m := range f.rooms[id] {
		members = append(members, object{"id": m, "nick": f.people[m].nick, "presence": "online", "show": "available"})
	}
	return object{"id": id, "nick": "Balcony", "all_count": len(members), "count": len(members), "blocked": false, "members": members}
}

func (f *fake) roomCall(name string, me *somebody, r *http.Request) (int, any) {
	id := r.Form.Get("id")
	tell := func(typ string) {
		for _, m := range f.rooms[id] {
			if m != me.id {
				f.push(m, nil, "presences", object{"type": typ, "from": me.id, "to": id, "nick": me.nick, "show": "available", "status": id})
			}
		}
	}
	switch name {
	case "join":
		if !slices.Contains(f.rooms[id], me.id) {
			f.rooms[id] = append(f.rooms[id], me.id)
			tell("join")
		}
		return 200, f.room(id)
	case "leave":
		tell("leave")
		if !f.is("nobody leaves a room") {
			f.rooms[id] = slices.DeleteFunc(f.rooms[id], func(m string) bool { return m == me.id })
		}
		return 200, "ok"
	case "members":
		return 200, f.room(id)["members"]
	case "rooms":
		list := []any{}
		for id := range strings.SplitSeq(r.Form.Get("ids"), ",") {
			if f.rooms[id] != nil {
				list = append(list, f.room(id))
			}
		}
		return 200, list
	}
	return 404, object{"error_msg": "Not Found"}
}

// packets is the poll.
func (f *fake) packets(w http.ResponseWriter, r *http.Request, callback string) {
	f.mu.Lock()
	p := f.pages[r.Form.Get("ticket")]
	if p == nil {
		f.mu.Unlock()
		f.answer(w, callback, 404, object{"status": "error"})
		return
	}
	if !f.is("a second poll does not end the first") {
		close(p.wake)
		p.wake = make(chan struct{})
	}
	if len(p.queue) == 0 {
		wake := p.wake
		f.mu.Unlock()
		hold := time.NewTimer(f.hold)
		if f.is("a second poll does not end the first") || f.is("polls never end") {
			hold.Reset(time.Hour)
		}
		select {
		case <-wake:
		case <-hold.C:
		case <-r.Context().Done():
		}
		hold.Stop()
		f.mu.Lock()
	}
	reply := object{"status": "ok"}
	for list, all := range p.queue {
		reply[list] = all
	}
	p.queue = make(map[string][]any)
	if f.is("what comes between polls is lost") {
		defer func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			p.who = &somebody{id: fmt.Sprint(p.who.id, " is gone")}
		}()
	}
	f.mu.Unlock()
	f.answer(w, callback, 200, reply)
}
