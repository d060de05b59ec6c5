package flash

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// A Site is what is checked.
type Site struct {
	Addr            string // host:port of the commands
	Group, Password string
	Files           string // the folder with online.txt, "" if it cannot be seen
	XMPP            bool   // the target and the accounts of the run are of the group
	Destructive     bool   // the group may be stopped for a moment
}

// What a site may offer beside the commands.
const (
	XMPP        = "xmpp"
	Files       = "files"
	Destructive = "leave to stop the group"
)

// Checks gives all checks of the document.
func Checks(s *Site) []run.Check {
	open := func(t *run.T) *play { return &play{t: t, site: s} }
	return run.Table("flash", open, commandRows(), hostileRows(), addRows(), delRows(), editRows(), talkRows(), groupRows(), fileRows(), strangerRows())
}

// bans is how long a server may hear nobody from where passwords were guessed.
const bans = 90 * time.Second

// Probe starts the group, which runs, and finds out how patient checks should be.
func Probe(ctx context.Context, s *Site, t *run.Target) (*run.Capabilities, error) {
	begin := time.Now()
	look := run.Check{ID: "flash/start_group/probe", Limit: bans, Run: func(t *run.T) {
		p := &play{t: t, site: s}
		tick := time.NewTicker(2 * time.Second)
		defer tick.Stop()
		r := p.command("start_group")
		for ; !r.done() && strings.Contains(r.text, "too many") && t.Context.Err() == nil; r = p.command("start_group") {
			select { // a run before this one has guessed passwords
			case <-tick.C:
				begin = time.Now()
			case <-t.Context.Done():
			}
		}
		if !r.done() {
			t.Errored("start_group", fmt.Errorf("%s", r))
		}
	}}
	res := run.Run(ctx, run.Config{Target: t, Offers: run.Offering(), Parallel: 1, Limit: bans}, []run.Check{look})[0]
	if res.Outcome != run.Passed {
		return nil, errors.New(res.Reason + "\n" + strings.Join(res.Exchange, "\n"))
	}
	if t.Patience == 0 {
		t.Patience = run.PatienceFor(time.Since(begin))
	}
	var offers []string
	for name, has := range map[string]bool{XMPP: s.XMPP, Files: s.Files != "", Destructive: s.Destructive} {
		if has {
			offers = append(offers, name)
		}
	}
	return run.Offering(offers...), nil
}

type row = run.Row[*play]

// A play is what the steps of a check have in their hands.
type play struct {
	t    *run.T
	site *Site
}

const declaration = `<?xml version="1.0" encoding="UTF-8"?>`

// document gives a command of a type, with attributes as pairs of name and value.
func (p *play) document(typ string, list ...string) string {
	return p.with(p.site.Group, p.site.Password, typ, list...) + " />"
}

// with gives the beginning of a command up to its last attribute.
func (p *play) with(group, password, typ string, list ...string) string {
	text := declaration + fmt.Sprintf(`<Command group="%s" api_pwd="%s" type="%s"`, oracle.Escape(group), oracle.Escape(password), typ)
	for i := 0; i+1 < len(list); i += 2 {
		text += fmt.Sprintf(` %s="%s"`, list[i], oracle.Escape(list[i+1]))
	}
	return text
}

// command sends a command and gives the reply.
func (p *play) command(typ string, list ...string) *reply { return p.send(p.document(typ, list...)) }

// send sends a document and its zero byte, and gives the reply.
func (p *play) send(document string) *reply { return p.raw([]byte(document + "\x00")) }

// A reply is what came back on one connection.
type reply struct {
	text   string
	closed bool // the server has closed the connection
	root   xml.Name
	attrs  map[string]string
	err    error // it is no XML
}

// maxReply bounds what a hostile target can send.
const maxReply = 1 << 20

// conn opens a connection that ends with the check.
func (p *play) conn() net.Conn {
	d := net.Dialer{Timeout: p.t.Patience}
	c, err := d.DialContext(p.t.Context, "tcp", p.site.Addr)
	p.t.Errored("connect", err)
	p.t.Later(func() { _ = c.Close() })
	return c
}

// raw writes portions one after the other, and reads until the server closes or the
// patience is over.
func (p *play) raw(portions ...[]byte) *reply {
	c := p.conn()
	for i, b := range portions {
		if i == 1 {
			p.pause()
		}
		p.t.Log().Out("tool", p.plain(string(bytes.TrimRight(b, "\x00"))))
		if err := c.SetWriteDeadline(time.Now().Add(p.t.Patience)); err != nil {
			break
		}
		if _, err := c.Write(b); err != nil {
			p.t.Note("write: %v", err)
			break
		}
	}
	return p.read(c)
}

// begin sends a document and its zero byte, and leaves the reply for read.
func (p *play) begin(document string) net.Conn {
	c := p.conn()
	p.t.Log().Out("tool", p.plain(document))
	p.t.Errored("write", c.SetWriteDeadline(time.Now().Add(p.t.Patience)))
	_, err := c.Write([]byte(document + "\x00"))
	p.t.Errored("write", err)
	return c
}

// pause keeps portions apart, which would otherwise come as one.
func (p *play) pause() {
	const apart = 30 * time.Millisecond
	timer := time.NewTimer(apart)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.t.Context.Done():
	}
}

// plain gives what the exchange has of a text: its beginning, without the password.
func (p *play) plain(text string) string {
	const most = 8 << 10
	text = text[:min(len(text), most)]
	if p.site.Password == "" {
		return text
	}
	return strings.ReplaceAll(text, oracle.Escape(p.site.Password), "…")
}

// read reads as the clients of the document do: until the server closes.
func (p *play) read(c net.Conn) *reply {
	_ = c.SetReadDeadline(time.Now().Add(p.t.Patience))
	text, err := io.ReadAll(io.LimitReader(c, maxReply))
	r := &reply{text: string(text), closed: err == nil && len(text) < maxReply, attrs: make(map[string]string)}
	var timeout net.Error
	if errors.As(err, &timeout) && !timeout.Timeout() {
		r.closed = true // the other way to close
	}
	p.t.Log().In("tool", p.plain(r.text))
	r.parse()
	return r
}

// parse reads the first document.
func (r *reply) parse() {
	first, _, _ := strings.Cut(r.text, "\x00")
	if !utf8.ValidString(first) {
		r.err = errors.New("it is not UTF-8")
		return
	}
	d := xml.NewDecoder(strings.NewReader(first))
	depth := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && r.root.Local != "" && depth == 0 {
			return
		}
		if err != nil {
			r.err = err
			return
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth == 0 {
				if r.root.Local != "" {
					r.err = errors.New("there are two roots")
					return
				}
				r.root = tok.Name
				for _, a := range tok.Attr {
					r.attrs[a.Name.Local] = a.Value
				}
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
}

func (r *reply) String() string { return fmt.Sprintf("%.300q", r.text) }

// result gives the number, -1 if there is none.
func (r *reply) result() int {
	n, err := strconv.Atoi(r.attrs["result"])
	if r.err != nil || err != nil {
		return -1
	}
	return n
}

// done reports whether the command was carried out.
func (r *reply) done() bool { return r.result() >= 0 }

// ok wants a command to be carried out.
func (p *play) ok(r *reply) {
	p.t.True(r.done(), "wanted a result from 0 up, came %s", r)
}

// refused wants a command not to be carried out, without silence on an open connection.
func (p *play) refused(r *reply) *reply {
	p.t.True(!r.done(), "wanted a refusal, came %s", r)
	p.t.True(r.closed || r.text != "", "wanted a refusal, came nothing")
	return r
}

// word gives a name that nobody has had before.
func word() string { return "cw" + strings.ToLower(rand.Text()[:12]) }

// room adds a room, which is deleted with the check, and gives its number.
func (p *play) room(list ...string) string {
	all := minimum(word())
	for i := 0; i+1 < len(list); i += 2 {
		if at := slices.Index(all, list[i]); at >= 0 {
			all[at+1] = list[i+1]
		} else {
			all = append(all, list[i], list[i+1])
		}
	}
	return p.added(p.command("add_room", all...))
}

// minimum gives the attributes of the sample of add_room.
func minimum(name string) []string {
	return []string{"name", name, "owner", "aaa", "desc", "room for test", "max", "200", "speaker", "bbb", "member", "false", "pwd", "", "passallmessage", "true"}
}

// added wants a room to be added.
func (p *play) added(r *reply) string {
	id := r.result()
	p.t.True(id > 0, "wanted the number of a room as result, came %s", r)
	p.t.Later(func() { p.farewell(p.document("del_room", "room_id", strconv.Itoa(id))) })
	return strconv.Itoa(id)
}

// farewell sends a command at the end of a check; nobody minds what comes of it.
func (p *play) farewell(document string) {
	c, err := net.DialTimeout("tcp", p.site.Addr, p.t.Patience)
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(p.t.Patience))
	if _, err := c.Write([]byte(document + "\x00")); err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(c, maxReply))
	}
}

// until waits for something to be so.
func (p *play) until(what string, is func() bool) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(p.t.Patience); !is(); {
		if time.Now().After(deadline) {
			p.t.Failf("%s does not come", what)
		}
		select {
		case <-tick.C:
		case <-p.t.Context.Done():
		}
	}
}
