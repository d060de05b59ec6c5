package rest

import (
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"causeway/bridge"
)

// Files of history are not kept anywhere: each is written from the archives while it is
// fetched, a page at a time.
const (
	historiesAtOnce = 2
	historyTime     = 30 * time.Minute // how long a URL is good (wire part 2, item 7)
	historyPage     = 200              // messages that are in memory
	historyLooks    = 10               // pages that are looked at to find out whether there is a message
	hourForm        = "2006010215"     // UTC
	pagePace        = 1 << 20          // bytes of a page, for the time that its reader is given
	historySuffix   = ".gz"
)

func (c *call) errNoHistory() error {
	return errIllegal(fmt.Sprintf(
		"illegal arguments: appkey: %s#%s, time: %s, maybe chat message history is expired or unstored", c.org, c.name, shortened(c.vars["hour"])))
}

// hour is what the path asks for: an hour that is over, since a file has all of it.
func (c *call) hour() (Reading, error) {
	from, err := time.ParseInLocation(hourForm, c.vars["hour"], time.UTC)
	if err != nil || len(c.vars["hour"]) != len(hourForm) || from.Unix() < 0 || c.h.cfg.History == nil {
		return Reading{}, c.errNoHistory()
	}
	until := from.Add(time.Hour)
	if until.After(time.Now()) {
		return Reading{}, c.errNoHistory()
	}
	return Reading{Host: c.app.Host, From: from, Until: until, Max: historyPage}, nil
}

// historyOfHour is GET /chatmessages/{hour} (wire part 2, item 7, the later form).
func (c *call) historyOfHour(ctx context.Context) (any, error) {
	r, err := c.hour()
	if err != nil {
		return nil, err
	}
	for range historyLooks {
		list, next, more, err := c.h.cfg.History.Read(ctx, r)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			break
		}
		if !more {
			return nil, c.errNoHistory()
		}
		r.At = next // and if nothing was found by then, the file says so
	}
	url := c.base("https") + "/chatmessages/" + c.vars["hour"] + "/" + c.seal(time.Now().Add(historyTime)) + historySuffix
	return c.told([]object{{{"url", url}}}, 1), nil
}

// seal makes what nobody can guess: until when a file of the app and the hour may be
// fetched, and that it was we who said so.
func (c *call) seal(until time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(until.Unix()))
	m := hmac.New(sha256.New, c.h.cfg.Secret)
	m.Write([]byte("history " + c.app.UUID + " " + c.vars["hour"] + " "))
	m.Write(b)
	return base64.RawURLEncoding.EncodeToString(m.Sum(b))
}

// sealed reports whether a seal is good now.
func (c *call) sealed(text string) bool {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != 8+sha256.Size {
		return false
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	return hmac.Equal([]byte(c.seal(until)), []byte(text)) && time.Now().Before(until)
}

// historyFile is what the URL of historyOfHour leads to: gzip (RFC 1952), one message as JSON
// in a line. Whoever has the URL may fetch it.
func (c *call) historyFile(ctx context.Context) (any, error) {
	seal, ok := strings.CutSuffix(c.vars["file"], historySuffix)
	if !ok || !c.sealed(seal) {
		return nil, errMissing()
	}
	r, err := c.hour()
	if err != nil {
		return nil, err
	}
	select {
	case c.h.histories <- struct{}{}:
		defer func() { <-c.h.histories }()
	default:
		return nil, errRate(time.Second)
	}
	list, next, more, err := c.h.cfg.History.Read(ctx, r)
	if err != nil {
		return nil, err
	}
	c.written = true
	header := c.w.Header()
	header.Set("Content-Type", "application/gzip")
	header.Set("Content-Disposition", "attachment; filename="+c.vars["hour"]+historySuffix)
	header.Set("Cache-Control", "no-store")
	z := gzip.NewWriter(c.w)
	for {
		bridge.Expect(c.w, pagePace)
		if err := c.lines(z, list); err != nil {
			return nil, nil //nolint:nilerr // the client has gone
		}
		if !more {
			break
		}
		r.At = next
		if list, next, more, err = c.h.cfg.History.Read(ctx, r); err != nil {
			c.h.cfg.Logger.Error("a file of history was not finished", slog.Any("err", err))
			return nil, nil // without its end the file is no gzip, and the client sees it
		}
	}
	_ = z.Close() // nobody is there to be told
	return nil, nil
}

// lines writes messages, one a line.
func (c *call) lines(w io.Writer, list []Kept) error {
	for i := range list {
		line, err := c.chatMessage(&list[i]).append(nil)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}
