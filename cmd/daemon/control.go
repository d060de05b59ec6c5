package daemon

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// The control socket carries IQs, each ended by a zero byte, which XML cannot
// contain. The server begins with the names of its hosts, separated by spaces.
// Then each request, sent to a host, is answered in the name of that host's own
// administration, in whatever order answers come. Who can open the socket is who
// may: it lies in a folder of its own that only the server's user can enter,
// whatever the mode of the data folder.
const (
	maxControl  = 4 << 20 // bytes of one frame
	maxInFlight = 64      // requests of one connection
)

func socketPath(data string) string { return filepath.Join(data, "control", "socket") }

// A controlSocket is the server's end.
type controlSocket struct {
	house *house
	ln    net.Listener
	wg    sync.WaitGroup
	stop  context.CancelFunc
}

// openControl listens on the socket. A socket that a dead server left behind is
// cleared away: the store is ours alone, so no other server can be using it.
func (h *house) openControl(ctx context.Context) (*controlSocket, error) {
	path := socketPath(h.cfg.Data)
	if err := privateFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if errors.Is(err, syscall.EINVAL) {
		return nil, hinted(fmt.Errorf("control socket %s: the path is too long for a socket", path), "--data names another folder")
	}
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	c := &controlSocket{house: h, ln: ln, stop: stop}
	c.wg.Add(1)
	go c.accept(ctx) // stopped by Close
	return c, nil
}

// privateFolder makes a folder that nobody else can enter, or makes one so that is
// there. A socket has the mode that the umask leaves it, so its folder has to keep
// others out before it is made.
func privateFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(path, 0o700)
}

// Close ends all connections and removes the socket.
func (c *controlSocket) Close() error {
	c.stop()
	err := c.ln.Close()
	c.wg.Wait()
	return err
}

func (c *controlSocket) accept(ctx context.Context) {
	defer c.wg.Done()
	for {
		nc, err := c.ln.Accept()
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
				c.house.log.Error("control socket closed", slog.Any("err", err))
			}
			return
		}
		c.wg.Add(1)
		go func() { // stopped by the other side or by Close
			defer c.wg.Done()
			defer func() { _ = nc.Close() }()
			defer context.AfterFunc(ctx, func() { _ = nc.Close() })()
			c.serve(ctx, nc)
		}()
	}
}

// serve answers the requests of one connection.
func (c *controlSocket) serve(ctx context.Context, nc net.Conn) {
	var answers sync.Mutex // held while a frame is written
	write := func(frame []byte) {
		answers.Lock()
		defer answers.Unlock()
		if _, err := nc.Write(append(frame, 0)); err != nil {
			_ = nc.Close() // the reader below ends by it
		}
	}
	write([]byte(strings.Join(c.house.router.Hosts(), " ")))
	var requests sync.WaitGroup
	defer requests.Wait()
	waiting, hungUp := context.WithCancel(ctx)
	defer hungUp()
	ctx = byOperator(ctx, waiting)
	slots := make(chan struct{}, maxInFlight)
	for in := newFrames(nc); in.Scan(); {
		frame := bytes.Clone(in.Bytes())
		slots <- struct{}{}
		requests.Add(1)
		go func() { // ends with the answer, or with ctx
			defer requests.Done()
			defer func() { <-slots }()
			if answer := c.answer(ctx, frame); answer != nil {
				write(answer.AppendTo(nil))
			}
		}()
	}
}

// answer asks the router in the name of the host the request is for.
func (c *controlSocket) answer(ctx context.Context, frame []byte) *stanza.Stanza {
	iq, err := stanza.Parse(frame)
	if err != nil || iq.Kind != stanza.IQ || iq.Type != stanza.Get && iq.Type != stanza.Set {
		c.house.log.Warn("control: not a request", slog.Any("err", err))
		return nil
	}
	reply, err := c.house.ask(ctx, iq)
	if err != nil {
		var told *stanza.Error
		if !errors.As(err, &told) {
			told = stanza.InternalServerError.Err(err.Error())
		}
		return iq.ErrorReply(told)
	}
	return stanza.New(stanza.IQ, reply.Type, iq.ID(), reply.From, reply.To, children(reply)...)
}

// ask sends a request to a host in that host's own name.
func (h *house) ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	if !iq.To.IsHost() || !h.router.IsHost(iq.To.Domain()) {
		return nil, stanza.ItemNotFound.Err("no such host here")
	}
	iq.From = iq.To
	return h.router.Ask(ctx, iq)
}

func children(st *stanza.Stanza) [][]byte {
	var list [][]byte
	for _, c := range st.Children() {
		list = append(list, st.ChildBytes(c))
	}
	return list
}

// newFrames splits what comes in at the zero bytes.
func newFrames(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxControl)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, 0); i >= 0 {
			return i + 1, data[:i], nil
		}
		if atEOF && len(data) > 0 {
			return 0, nil, io.ErrUnexpectedEOF
		}
		return 0, nil, nil
	})
	return s
}

// hostJID is a host as an address.
func hostJID(domain string) (jid.JID, error) {
	j, err := jid.Parse(domain)
	if err != nil || !j.IsHost() {
		return jid.JID{}, misuse("%q is not a domain", domain)
	}
	return j, nil
}
