package portable

import (
	"context"
	"slices"
	"strconv"
	"time"

	"causeway/xmpp/ext/archive"
	"causeway/xmpp/ext/offline"
	"causeway/xmpp/router"
)

// A queue is the offline messages of a draft.
type queue struct {
	bytes int
	last  uint64          // the place of the last one, in an account that is not open
	known []offline.Entry // those of an account that is
	read  bool            // known is
}

// wait takes an offline message.
func (d *draft) wait(m Waiting) error {
	if d.counts["offline"] >= d.im.target.Limits.Waiting || d.queue.bytes+len(m.XML) > maxWaitingBytes {
		d.lose("offline message beyond limits.offline", 1)
		return nil
	}
	d.queue.bytes += len(m.XML)
	d.counts["offline"]++
	return d.later(len(m.XML), func(ctx context.Context) error {
		if d.result == Merged {
			return d.enqueue(ctx, m.XML)
		}
		d.queue.last++
		e := offline.Entry{ID: d.queue.last, Expires: time.Now().Add(offline.DefaultKeep), XML: m.XML}
		return outcomeOf(d.im.target.Store.Offline().Push(d.owner, e))
	})
}

// enqueue adds a message to the queue of an open account, unless it is there.
func (d *draft) enqueue(ctx context.Context, xml []byte) error {
	if !d.queue.read {
		var err error
		if d.queue.known, err = d.im.target.Store.Offline().Page(ctx, d.owner, 0, d.im.target.Limits.Waiting); err != nil {
			return err
		}
		d.queue.read = true
	}
	if slices.ContainsFunc(d.queue.known, func(e offline.Entry) bool { return sameXML(e.XML, xml) }) {
		d.counts["offline"]--
		return nil
	}
	t, err := d.im.target.Enqueue(ctx, d.owner, xml)
	if err != nil {
		d.counts["offline"]--
		d.lose("offline message for which there is no room", 1)
		return nil
	}
	return outcomeOf(t)
}

// outcomeOf waits for what was handed to the store.
func outcomeOf(t router.Ticket) error {
	<-t.Done()
	return t.Err()
}

const (
	// batchEntries is how many archived messages are written at once.
	batchEntries = 2048
	// idSlack is how far an id of ours may be from its stamp: some servers write fewer
	// digits of the time than of the id.
	idSlack = int64(time.Second / time.Microsecond)
	// clockSlack is how far in the future a message may be. Ids follow the latest one, of
	// all archives, so one from far away would leave none for today.
	clockSlack = 5 * time.Minute
)

// A chronicle is the archive of a draft.
type chronicle struct {
	last  archive.ID
	batch []archive.Entry
	bytes int
}

// id gives the place of a message: the id that it has, if it is one of ours, which is
// to say the microseconds of its stamp; else the stamp, or the first place behind the
// message before. So the order stays what it is in the file.
func (c *chronicle) id(was string, stamp time.Time) archive.ID {
	us := stamp.UnixMicro()
	id := archive.ID(max(us, int64(c.last)+1, 1))
	n, err := strconv.ParseInt(was, 10, 64)
	if err == nil && strconv.FormatInt(n, 10) == was && n > int64(c.last) && n-us < idSlack && us-n < idSlack {
		id = archive.ID(n)
	}
	c.last = id
	return id
}

// record takes an archived message.
func (d *draft) record(m Archived) error {
	now := time.Now()
	keep := d.im.target.Keep(d.owner.Domain())
	switch {
	case m.Stamp.After(now.Add(clockSlack)):
		d.lose("archived message from the future", 1)
		return nil
	case keep > 0 && !m.Stamp.Add(keep).After(now):
		d.lose("archived message older than archive.keep", 1)
		return nil
	}
	c := &d.archive
	if m.Stamp.UnixMicro() < int64(c.last)-idSlack {
		d.lose("time of an archived message that is out of order", 1) // XEP-0227 #archive
	}
	e := archive.Entry{Owner: d.owner, ID: c.id(m.ID, m.Stamp), Peer: m.Peer, Sent: m.Sent, XML: m.XML}
	if keep > 0 {
		e.Expires = e.ID.Time().Add(keep)
	}
	d.counts["archived"]++
	if d.im.opts.DryRun {
		return nil
	}
	c.batch = append(c.batch, e)
	c.bytes += len(e.XML)
	if len(c.batch) < batchEntries && c.bytes < stepBytes/2 {
		return nil
	}
	size := c.bytes
	for _, step := range c.flush(d) {
		if err := d.later(size, step); err != nil {
			return err
		}
	}
	return nil
}

// flush gives the work of writing what has gathered.
func (c *chronicle) flush(d *draft) []func(context.Context) error {
	batch := c.batch
	c.batch, c.bytes = nil, 0
	if len(batch) == 0 {
		return nil
	}
	return []func(context.Context) error{func(ctx context.Context) error {
		if d.result == Merged {
			var err error
			if batch, err = d.missing(ctx, batch); err != nil || len(batch) == 0 {
				return err
			}
		}
		return outcomeOf(d.im.target.Store.Archive().Append(batch...))
	}}
}

// missing gives those entries that an archive does not have, with places that are free
// there.
func (d *draft) missing(ctx context.Context, batch []archive.Entry) ([]archive.Entry, error) {
	taken, err := d.taken(ctx, batch)
	if err != nil {
		return nil, err
	}
	var fresh []archive.Entry
	var last archive.ID
	for _, e := range batch {
		for {
			old, is := taken[e.ID]
			if is && sameXML(old, e.XML) {
				break
			}
			if !is && e.ID > last {
				fresh, last = append(fresh, e), e.ID
				break
			}
			e.ID++
			if err := d.look(ctx, taken, e.ID); err != nil {
				return nil, err
			}
		}
	}
	d.counts["archived"] -= len(batch) - len(fresh)
	return fresh, nil
}

// taken reads what stands at the places of a batch.
func (d *draft) taken(ctx context.Context, batch []archive.Entry) (map[archive.ID][]byte, error) {
	taken := make(map[archive.ID][]byte)
	ids := make([]archive.ID, len(batch))
	for i := range batch {
		ids[i] = batch[i].ID
	}
	return taken, d.lookAll(ctx, taken, ids)
}

func (d *draft) look(ctx context.Context, taken map[archive.ID][]byte, id archive.ID) error {
	if _, known := taken[id]; known {
		return nil
	}
	return d.lookAll(ctx, taken, []archive.ID{id})
}

func (d *draft) lookAll(ctx context.Context, taken map[archive.ID][]byte, ids []archive.ID) error {
	p, err := d.im.target.Store.Archive().Page(ctx, d.owner, archive.Query{IDs: ids, Max: len(ids)})
	if err != nil {
		return err
	}
	for _, e := range p.Entries {
		taken[e.ID] = e.XML
	}
	return nil
}
