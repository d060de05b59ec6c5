package flash

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// maxDocuments is how many documents are taken on one connection that is kept.
const maxDocuments = 100

// A conn is one connection.
type conn struct {
	net.Conn
	server *Server
	from   netip.Addr
	ending atomic.Bool // nothing more is read
}

// hurry lets a connection read nothing more.
func (c *conn) hurry() {
	c.ending.Store(true)
	_ = c.SetReadDeadline(time.Unix(1, 0))
}

// serve takes documents until one has not asked to keep the connection and no other has
// come with it (wire §1.10). It says FIN first, since old clients read until they see one.
func (c *conn) serve() {
	defer c.server.remove(c)
	defer func() { _ = c.Close() }()
	defer func() {
		if p := recover(); p != nil {
			c.server.log.Error("a command panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
	}()
	c.before(documentTime)
	f := framer{in: c.Conn}
	for n := 1; ; n++ {
		doc, err := f.next()
		if err != nil {
			c.failed(err)
			return
		}
		if string(doc) == policyRequest {
			if p := policy(c.server.cfg.Policy, c.port()); p != nil && c.say(p) {
				c.finish()
			}
			return
		}
		answer, keep := c.server.answer(context.Background(), c.from, doc)
		if !c.say(answer.bytes()) {
			return
		}
		keep = keep && n < maxDocuments && !c.ending.Load()
		if !keep && !f.waiting() || answer.ends() {
			c.finish()
			return
		}
		c.before(idleTime)
	}
}

// before sets until when the next document has to be there.
func (c *conn) before(d time.Duration) {
	if !c.ending.Load() {
		_ = c.SetReadDeadline(time.Now().Add(d))
	}
	if c.ending.Load() { // meanwhile
		_ = c.SetReadDeadline(time.Unix(1, 0))
	}
}

// port is the one that the client has connected to.
func (c *conn) port() int {
	if tcp, ok := c.LocalAddr().(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

// failed answers what was no document, and nothing to what was none of ours or came too
// late.
func (c *conn) failed(err error) {
	switch {
	case errors.Is(err, errTooLarge):
		c.refuse(tooLarge)
	case errors.Is(err, errCut):
		c.refuse(malformed)
	}
}

func (c *conn) refuse(why code) {
	answer := &reply{fault: &fault{code: why}}
	if !c.server.allowed(c.from) {
		answer.fault.code = notAuthorised
	}
	if c.say(answer.bytes()) {
		c.finish()
	}
}

// say writes a reply.
func (c *conn) say(text []byte) bool {
	_ = c.SetWriteDeadline(time.Now().Add(writeTime))
	_, err := c.Write(text)
	return err == nil
}

// finish says FIN, and throws away for a moment what still comes: bytes that nobody reads
// would make the end a reset, which may take the reply with it.
func (c *conn) finish() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
}
