package plays

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A performance is one play on a stage.
type performance struct {
	translation
	play   *play
	server *process.Server
	on     map[string]*player // by name: who is connected
	cut    map[string]*player // who was cut off and may resume
	seen   map[string]string  // what the words of patterns stand for
	pages  map[string]http.CookieJar
}

// perform plays a play. The error says in which line it went wrong, and how.
func perform(t *testing.T, p *play, s *process.Server) error {
	x := &performance{
		translation: p.translation(),
		play:        p, server: s,
		on: make(map[string]*player), cut: make(map[string]*player), seen: make(map[string]string),
		pages: make(map[string]http.CookieJar),
	}
	defer x.leave()
	for _, step := range p.steps {
		if err := x.take(t, step); err != nil {
			return fmt.Errorf("%s:%d: %s\n%s", p.file, step.line, step.text, x.in.Replace(err.Error()))
		}
	}
	if err := x.quiet(); err != nil {
		return fmt.Errorf("%s: at the end: %s", p.file, x.in.Replace(err.Error()))
	}
	return nil
}

// leave closes what is still connected.
func (x *performance) leave() {
	for _, p := range x.on {
		p.conn.Close()
	}
}

// take does what one line says.
func (x *performance) take(t *testing.T, s step) error {
	verb, rest := s.words[0], s.words[1:]
	switch {
	case verb == "restart":
		return x.restart(t)
	case len(rest) < 1:
		return errors.New("what is to be done?")
	case verb == "login":
		return x.login(rest)
	case verb == "enter":
		return x.enter(rest)
	case verb == "open":
		return x.open(rest)
	case verb == "component":
		return x.component(rest)
	case verb == "friends":
		return x.friends(rest)
	case verb == "refused":
		return x.refused(rest)
	case verb == "app" && x.on[verb] == nil: // or somebody of that name acts
		return x.app(t, rest)
	case verb == "http":
		return x.http(rest, nil)
	case verb == "page":
		return x.page(rest)
	case verb == "tool":
		return x.tool(rest)
	}
	if rest[0] == "resumes" {
		return x.resumes(verb)
	}
	p := x.on[verb]
	if p == nil {
		return fmt.Errorf("%s is not connected", verb)
	}
	if err := x.act(verb, p, rest[0], rest[1:]); err != nil {
		return fmt.Errorf("%w\nwhat has come to %s:\n%s", err, verb, p.conn.Transcript())
	}
	return nil
}

// act does what one person does.
func (x *performance) act(name string, p *player, verb string, rest []string) error {
	switch verb {
	case "sends":
		return x.sends(p, rest)
	case "wants":
		return x.wants(name, p, rest)
	case "shows":
		return x.shows(p, rest)
	case "acknowledges":
		return p.conn.Sendf("<a xmlns='%s' h='%d'/>", wire.NSManagement, p.handled)
	case "drops":
		p.conn.Close()
		x.cut[name] = p
		delete(x.on, name)
		return nil
	case "closes":
		if err := x.roundTrips(); err != nil {
			return err
		}
		delete(x.on, name)
		if err := p.conn.Send("</stream:stream>"); err != nil {
			return err
		}
		return p.end()
	}
	return fmt.Errorf("nobody knows how one %q", verb)
}

func (x *performance) login(words []string) error {
	words, silent := cut(words, "silent")
	words, interested := cut(words, "interested")
	words, managed := cut(words, "sm")
	p, err := x.arrive(words)
	if err != nil {
		return err
	}
	if err := p.bind(managed); err != nil {
		return err
	}
	if interested {
		if err := p.interested(); err != nil {
			return err
		}
	}
	if silent {
		return nil
	}
	return p.appear()
}

func (x *performance) enter(words []string) error {
	_, err := x.arrive(words)
	return err
}

func (x *performance) open(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("a name and a host, not %q", words)
	}
	p, err := open(x.server, x.out.Replace(words[1]))
	if err != nil {
		return err
	}
	x.on[words[0]] = p
	return nil
}

func (x *performance) component(words []string) error {
	if len(words) != 3 {
		return fmt.Errorf("a name, a domain and a secret, not %q", words)
	}
	if x.on[words[0]] != nil {
		return fmt.Errorf("%s is connected already", words[0])
	}
	p, err := component(x.server, x.out.Replace(words[1]), words[2], x.out.Replace(hosts[0]))
	if err != nil {
		return err
	}
	x.on[words[0]] = p
	return nil
}

// arrive has somebody authenticate: a name and an address, and perhaps a password
// of their own.
func (x *performance) arrive(words []string) (*player, error) {
	password := process.Password
	if i := slices.Index(words, "password"); i > 0 && i+2 == len(words) {
		password, words = words[i+1], words[:i]
	}
	if len(words) != 2 {
		return nil, fmt.Errorf("a name and an address, not %q", words)
	}
	if x.on[words[0]] != nil {
		return nil, fmt.Errorf("%s is connected already", words[0])
	}
	to, err := target(x.server, x.out.Replace(words[1]), password)
	if err != nil {
		return nil, err
	}
	p, err := enter(to)
	if err != nil {
		return nil, err
	}
	x.on[words[0]] = p
	return p, nil
}

// friends has two people subscribe to each other before the play goes on.
func (x *performance) friends(words []string) error {
	var both [2]wire.Target
	for i, address := range words {
		var err error
		if both[i%2], err = target(x.server, x.out.Replace(address), process.Password); err != nil {
			return err
		}
	}
	return befriend(both[0], both[1])
}

func (x *performance) refused(words []string) error {
	if len(words) != 4 {
		return errors.New("an address, a password, a condition, and why")
	}
	to, err := target(x.server, x.out.Replace(words[0]), words[1])
	if err != nil {
		return err
	}
	p, err := enter(to)
	switch {
	case err == nil:
		p.conn.Close()
		return errors.New("the login was granted")
	case !strings.Contains(err.Error(), "<"+words[2]):
		return err
	}
	return nil
}

func (x *performance) resumes(name string) error {
	p := x.cut[name]
	if p == nil || p.session == "" {
		return fmt.Errorf("%s has nothing to resume", name)
	}
	delete(x.cut, name)
	x.on[name] = p
	return p.resume()
}

// app lets a program or a site in; "$KIND" stands for its ID then, and "$KINDSecret" for
// its secret.
func (x *performance) app(t *testing.T, words []string) error {
	if len(words) < 2 {
		return errors.New("a kind of app, and a host")
	}
	id, secret := x.server.AddApp(t, words[0], x.out.Replace(words[1]), words[2:]...)
	x.seen["$"+words[0]], x.seen["$"+words[0]+"Secret"] = id, secret
	return nil
}

func (x *performance) restart(t *testing.T) error {
	if !x.play.alone {
		return errors.New("this takes a server of its own")
	}
	x.leave()
	clear(x.on)
	x.server.Stop(t)
	x.server.Start(t)
	return nil
}

func (x *performance) sends(p *player, files []string) error {
	for _, f := range files {
		if err := p.conn.Send(x.filled(f)); err != nil {
			return err
		}
	}
	return nil
}

// pattern gives a file with the hosts of the play.
func (x *performance) pattern(file string) string { return x.out.Replace(x.play.files[file]) }

// filled gives a file with what the words that have been seen stand for, too.
func (x *performance) filled(file string) string {
	text := x.pattern(file)
	for _, w := range slices.Backward(slices.Sorted(maps.Keys(x.seen))) { // $idle before $id
		text = strings.ReplaceAll(text, w, x.seen[w])
	}
	return text
}

func (x *performance) wants(name string, p *player, words []string) error {
	if len(words) < 2 {
		return errors.New("what is wanted, and why?")
	}
	what, files := words[0], words[1:len(words)-1]
	switch what {
	case "nothing":
		return x.nothing(p)
	case "end":
		delete(x.on, name)
		return p.end()
	case "exactly":
		return x.wantsOne(p, wire.Matcher{Exact: true, Seen: x.seen}, files)
	case "verbatim":
		return x.verbatim(p, files)
	}
	return x.wantsOne(p, wire.Matcher{Seen: x.seen}, append([]string{what}, files...))
}

// wantsOne wants the files, in any order.
func (x *performance) wantsOne(p *player, m wire.Matcher, files []string) error {
	for left := slices.Clone(files); len(left) > 0; {
		e, err := x.nextBut(p, left)
		if err != nil {
			return err
		}
		var whys []error
		for i, f := range left {
			err := m.Match(x.pattern(f), e)
			if err == nil {
				left, whys = slices.Delete(left, i, i+1), nil
				break
			}
			whys = append(whys, fmt.Errorf("%s: %w", f, err))
		}
		if len(whys) > 0 {
			return fmt.Errorf("%w\nin %v", errors.Join(whys...), e)
		}
	}
	return nil
}

// nextBut gives what comes next, past requests to acknowledge that are not wanted.
func (x *performance) nextBut(p *player, files []string) (*wire.Element, error) {
	asked := func(f string) bool { return strings.HasPrefix(x.play.files[f], "<r ") }
	for {
		e, err := p.next()
		if err != nil {
			return nil, fmt.Errorf("instead of %v: %w", files, err)
		}
		if !isRequest(e) || slices.ContainsFunc(files, asked) {
			return e, nil
		}
	}
}

// verbatim wants one file whose outermost element has the same bytes inside.
func (x *performance) verbatim(p *player, files []string) error {
	e, err := x.nextBut(p, files)
	if err != nil {
		return err
	}
	for _, f := range files {
		want := x.pattern(f)
		if err := (wire.Matcher{Seen: x.seen}).Match(want, e); err != nil {
			return fmt.Errorf("%w\nin %v", err, e)
		}
		if inner(e.String()) != inner(want) {
			return fmt.Errorf("other bytes:\n%s\ninstead of:\n%s", inner(e.String()), inner(want))
		}
	}
	return nil
}

// inner gives what is between the outermost tags; their attributes have no ">".
func inner(element string) string {
	_, after, _ := strings.Cut(element, ">")
	return after[:max(0, strings.LastIndex(after, "</"))]
}

// nothing wants that nothing is on the way to p.
func (x *performance) nothing(p *player) error {
	if err := x.roundTrips(); err != nil {
		return err
	}
	if err := p.roundTrip(); err != nil {
		return err
	}
	for _, e := range p.unread {
		if !isRequest(e) {
			return fmt.Errorf("this came: %v", e)
		}
	}
	return nil
}

// roundTrips makes sure that what anybody has sent has been dealt with.
func (x *performance) roundTrips() error {
	for _, name := range slices.Sorted(maps.Keys(x.on)) {
		if p := x.on[name]; p.bound {
			if err := p.roundTrip(); err != nil {
				return fmt.Errorf("a round trip of %s: %w\n%s", name, err, p.conn.Transcript())
			}
		}
	}
	return nil
}

// quiet wants nothing for everybody who is still there.
func (x *performance) quiet() error {
	if err := x.roundTrips(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(x.on)) {
		if p := x.on[name]; p.bound {
			if err := x.nothing(p); err != nil {
				return fmt.Errorf("to %s: %w", name, err)
			}
		}
	}
	return nil
}
