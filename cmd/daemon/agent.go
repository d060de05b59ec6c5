package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// An agent runs ad-hoc commands at the hosts of a data folder. It may be used by
// many goroutines.
type agent interface {
	// ask sends a request and gives the answer, which may be an error stanza.
	ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error)
	hosts() []string
	close() error
}

// run runs a command that takes its one form at once. The error is what the
// server told, if it told one.
func run(ctx context.Context, a agent, host, node string, fields ...form.Field) (*form.Form, error) {
	to, err := hostJID(host)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(a.hosts(), to.Domain()) {
		return nil, hinted(errors.New("no such host here"), "hosts here: "+strings.Join(a.hosts(), " "))
	}
	payload := []byte("<command xmlns='" + command.NS + "'")
	payload = stanza.AppendAttr(payload, "node", node)
	payload = append(payload, '>')
	payload = (&form.Form{Type: form.Submit, Fields: fields}).Append(payload)
	payload = append(payload, "</command>"...)
	answer, err := a.ask(ctx, stanza.New(stanza.IQ, stanza.Set, "1", jid.JID{}, to, payload))
	if err != nil {
		return nil, err
	}
	if told, ok := answer.AsError(); ok {
		return nil, told
	}
	var result struct {
		Form *form.Form `xml:"jabber:x:data x"`
	}
	if err := answer.Decode(&result); err != nil {
		return nil, err
	}
	if result.Form == nil {
		result.Form = &form.Form{}
	}
	return result.Form, nil
}

// reach finds the server of a data folder, or stands in for it when none runs.
// For that, hosts are made known that the configuration does not name. A store is
// made only if create says so.
func reach(ctx context.Context, cfg Config, log *slog.Logger, create bool, hosts ...string) (agent, error) {
	c, err := dial(ctx, cfg.Data)
	switch {
	case err == nil:
		return c, nil
	case !errors.Is(err, errNoServer):
		return nil, err
	}
	if len(cfg.Hosts) == 0 {
		cfg.Hosts = hosts
	}
	if _, err := os.Stat(storeDir(&cfg, plan{})); errors.Is(err, fs.ErrNotExist) && !create {
		return nil, hinted(fmt.Errorf("%w in %s", errNothingKept, cfg.Data), "--config or --data names another place; causeway quickstart DOMAIN begins one")
	}
	h, err := build(ctx, cfg, plan{}, log)
	if err != nil {
		return nil, err
	}
	return standIn{h}, nil
}

// errNothingKept is the error of commands that need a store and find none.
var errNothingKept = errors.New("nothing is kept yet")

// standIn is a house without listeners that does what the server would do.
type standIn struct{ house *house }

func (s standIn) ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	return s.house.ask(byOperator(ctx, ctx), iq)
}
func (s standIn) hosts() []string { return s.house.router.Hosts() }
func (s standIn) close() error    { return s.house.store.Close() }

// caller is the other end of the control socket.
type caller struct {
	conn  net.Conn
	names []string

	sending sync.Mutex // held while a frame is written, and for nothing else

	mu      sync.Mutex
	count   int
	waiting map[string]chan *stanza.Stanza // nil when the connection has ended
}

var errHungUp = errors.New("the server has ended the connection")

// errNoServer is the error of a data folder that no server uses.
var errNoServer = errors.New("no server runs on the data folder")

// dial reaches the server that uses a data folder.
func dial(ctx context.Context, data string) (*caller, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socketPath(data))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w %s", errNoServer, data)
	case errors.Is(err, fs.ErrPermission):
		return nil, hinted(fmt.Errorf("the data folder %s belongs to somebody else", data), "run causeway as the user that the server runs as")
	case errors.Is(err, syscall.ENOTDIR):
		return nil, hinted(fmt.Errorf("%s is not a folder", data), "--data names another")
	case err != nil:
		return nil, fmt.Errorf("reach the server: %w", err)
	}
	c := &caller{conn: conn, waiting: make(map[string]chan *stanza.Stanza)}
	in := newFrames(conn)
	if !in.Scan() {
		return nil, errors.Join(errHungUp, conn.Close())
	}
	c.names = strings.Fields(in.Text())
	go func() { // stopped by close
		for in.Scan() {
			c.answered(slices.Clone(in.Bytes()))
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, ch := range c.waiting {
			close(ch)
		}
		c.waiting = nil
	}()
	return c, nil
}

func (c *caller) answered(frame []byte) {
	st, err := stanza.Parse(frame)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch := c.waiting[st.ID()]; ch != nil {
		delete(c.waiting, st.ID())
		ch <- st // it has room
	}
}

func (c *caller) ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	answer := make(chan *stanza.Stanza, 1)
	c.mu.Lock()
	if c.waiting == nil {
		c.mu.Unlock()
		return nil, errHungUp
	}
	c.count++
	id := strconv.Itoa(c.count)
	c.waiting[id] = answer
	c.mu.Unlock()
	frame := stanza.New(stanza.IQ, iq.Type, id, jid.JID{}, iq.To, children(iq)...).AppendTo(nil)
	c.sending.Lock()
	_, err := c.conn.Write(append(frame, 0))
	c.sending.Unlock()
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	select {
	case st, ok := <-answer:
		if !ok {
			return nil, errHungUp
		}
		return st, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *caller) hosts() []string { return c.names }
func (c *caller) close() error    { return c.conn.Close() }
