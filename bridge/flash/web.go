package flash

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// The addresses of what sites load by HTTP (wire §2, §3). The first three are as they know
// them; the files are below a prefix of ours, with the group and the name of the file.
const (
	OnlinePath = "/online.js"
	RoomsPath  = "/rooms.js"
	UsersPath  = "/roomonlineusers.js"
	FilesPath  = "/flash/"
)

// webAge is how long an answer is good. Sites ask for it with every page.
const webAge = time.Second

// Web answers what sites load by HTTP. What it tells anybody may know: hidden rooms and
// those who are in them are not in it, nor any password.
type Web struct {
	server *Server

	mu     sync.Mutex
	known  map[string]answer        // by host and what was asked
	asking map[string]chan struct{} // answers that are being made; closed when they are
}

type answer struct {
	body []byte
	at   time.Time
}

// maxAnswers is how many answers are remembered.
const maxAnswers = 1000

// Web makes the handler of its paths.
func (s *Server) Web() *Web {
	return &Web{server: s, known: make(map[string]answer), asking: make(map[string]chan struct{})}
}

// ServeHTTP implements http.Handler.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		rw.Header().Set("Allow", "GET, HEAD")
		bridge.Refuse(rw, http.StatusMethodNotAllowed, "")
		return
	}
	body, script, err := w.find(r)
	if err != nil {
		p, known := bridge.ProblemOf(err)
		if !known {
			w.server.log.Error("what a site asks for could not be told", slog.Any("err", err))
		}
		bridge.Refuse(rw, p.Status, p.Text)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if script {
		h.Set("Content-Type", "application/javascript; charset=utf-8")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin") // a page of another site loads it
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = rw.Write(body) // who has gone needs no answer
	}
}

var errNothing = bridge.Wrong(http.StatusNotFound, "there is nothing here")

// find makes what a request asks for; script says that it is JavaScript.
func (w *Web) find(r *http.Request) (body []byte, script bool, err error) {
	query := r.URL.Query()
	group, what, script := query.Get("group"), r.URL.Path, true
	if rest, ok := strings.CutPrefix(r.URL.Path, FilesPath); ok {
		group, what, _ = strings.Cut(rest, "/")
		script = false
	}
	if group == "" {
		group = defaultGroup
	}
	if !isGroup(group) {
		return nil, script, errNothing
	}
	app, ok, err := w.server.cfg.Apps.App(r.Context(), kind, group)
	if err != nil || !ok || app.Disabled {
		return nil, script, cmpErr(err, errNothing)
	}
	if what == UsersPath {
		what += "?" + query.Get("roomid")
	}
	body, err = w.remembered(r.Context(), app.Host, what)
	return body, script, err
}

// remembered makes an answer, if there is none that is young enough, and nobody else makes
// it: a list of many rooms may take longer than it is good.
func (w *Web) remembered(ctx context.Context, host jid.JID, what string) ([]byte, error) {
	key := host.Domain() + " " + what
	for {
		w.mu.Lock()
		known, ok := w.known[key]
		if ok && time.Since(known.at) < webAge {
			w.mu.Unlock()
			return known.body, nil
		}
		others := w.asking[key]
		if others == nil {
			mine := make(chan struct{})
			w.asking[key] = mine
			w.mu.Unlock()
			defer w.made(key, mine)
			break
		}
		w.mu.Unlock()
		select {
		case <-others:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	body, err := w.make(context.WithoutCancel(ctx), host, what) // the others wait for it, too
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.known) >= maxAnswers {
		clear(w.known)
	}
	w.known[key] = answer{body, time.Now()}
	return body, nil
}

// made lets those who wait for an answer look whether it is there.
func (w *Web) made(key string, mine chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.asking, key)
	close(mine)
}

func (w *Web) make(ctx context.Context, host jid.JID, what string) ([]byte, error) {
	s := w.server
	switch {
	case what == OnlinePath, what == onlineFile:
		rooms, err := s.cfg.Rooms.List(ctx, host.Domain())
		if err != nil {
			return nil, err
		}
		connections, people := s.cfg.Hosts.Count(host.Domain())
		if what == onlineFile {
			return []byte(strconv.Itoa(connections) + "|" + strconv.Itoa(people) + "|" + strconv.Itoa(len(rooms))), nil
		}
		return jsVariable("online", map[string]int{"cn": connections, "ln": people, "rn": len(rooms)})
	case what == RoomsPath:
		return w.rooms(ctx, host)
	case strings.HasPrefix(what, UsersPath):
		return w.users(ctx, host, strings.TrimPrefix(what, UsersPath+"?"))
	case ourFiles.MatchString(what):
		list, err := w.occupants(ctx, host, strings.TrimSuffix(strings.TrimPrefix(what, "room_"), ".txt"))
		names := make([]string, len(list))
		for i, o := range list {
			names[i] = fileName(host, o.JID)
		}
		return []byte(strings.Join(names, "\n")), err
	}
	return nil, errNothing
}

// jsVariable writes a value as sites cut it out: nothing round the =, a ; behind it.
func jsVariable(name string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return []byte("var " + name + "=" + string(text) + ";"), nil
}

// rooms lists the rooms that are listed.
func (w *Web) rooms(ctx context.Context, host jid.JID) ([]byte, error) {
	list, err := w.server.cfg.Rooms.List(ctx, host.Domain())
	if err != nil {
		return nil, err
	}
	rooms := []map[string]string{}
	for _, n := range list {
		r, ok, err := w.server.cfg.Rooms.Show(ctx, n.JID)
		if err != nil {
			return nil, err
		}
		if !ok || !r.Public {
			continue
		}
		attrs := make(map[string]string)
		for _, a := range w.server.roomAttrs(n.Number, &r) {
			attrs[a[0]] = a[1]
		}
		rooms = append(rooms, attrs)
	}
	return jsVariable("rooms", rooms)
}

// users lists who is in a room that is listed.
func (w *Web) users(ctx context.Context, host jid.JID, number string) ([]byte, error) {
	list, err := w.occupants(ctx, host, number)
	if err != nil {
		return nil, err
	}
	users := []map[string]string{}
	for _, o := range list {
		users = append(users, map[string]string{"name": userID(host, o.JID), "nickname": o.Nick})
	}
	return jsVariable("roomonlineusers", users)
}

func (w *Web) occupants(ctx context.Context, host jid.JID, number string) ([]Occupant, error) {
	c := &call{document: &document{attrs: map[string]string{"roomid": number}}, host: host}
	room, err := w.server.room(ctx, c, "roomid")
	var f *fault
	if errors.As(err, &f) {
		return nil, errNothing
	}
	if err != nil {
		return nil, err
	}
	r, ok, err := w.server.cfg.Rooms.Show(ctx, room)
	if err != nil || !ok || !r.Public {
		return nil, cmpErr(err, errNothing)
	}
	return people(r.Occupants), nil
}
