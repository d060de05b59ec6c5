package archive

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"causeway/xmpp/jid"
	"causeway/xmpp/rsm"
	"causeway/xmpp/stanza"
)

// countLimit bounds what is counted. A count is told only to who asks for nothing
// else: XEP-0059 #count lets it be left out where it is "exceptionally resource
// intensive", and be approximate.
const countLimit = 1000

// resultRoom is what stands around a message on the wire, without addresses and the
// id of the query.
const resultRoom = 320

// stampFormat is the time of a message, as fine as its ID (XEP-0082, DateTime): what is
// asked for from this time on has the message in it.
const stampFormat = "2006-01-02T15:04:05.000000Z"

// An answer is what became of a request.
type answer struct {
	payload []byte // of the result
	whole   bool   // all messages within span were given
	span    span
}

// ask answers a request to an archive; the messages go to deliver.
func (s *Service) ask(ctx context.Context, owner jid.JID, iq *stanza.Stanza, deliver func(*stanza.Stanza) bool) (answer, error) {
	query := iq.PayloadIs(NS, "query")
	switch {
	case query && iq.Type == stanza.Get:
		return answer{payload: appendForm(nil)}, nil
	case !query && (iq.Type != stanza.Get || !iq.PayloadIs(NS, "metadata")):
		return answer{}, stanza.FeatureNotImplemented.Err("") // RFC 6120 §8.3.3.3
	}
	// What was delivered is in the archive for whoever asks now.
	if err := s.pending.wait(ctx, owner); err != nil {
		return answer{}, fmt.Errorf("wait for the archive of %s: %w", owner, err)
	}
	if !query {
		return s.metadata(ctx, owner)
	}
	q, err := parseQuery(iq)
	if err != nil {
		return answer{}, err
	}
	if err := s.present(ctx, owner, q.named); err != nil {
		return answer{}, err
	}
	if q.count {
		return s.count(ctx, owner, q)
	}
	return s.page(ctx, owner, q, iq.From, deliver)
}

// metadata tells the ends of an archive (XEP-0313 #archive-metadata).
func (s *Service) metadata(ctx context.Context, owner jid.JID) (answer, error) {
	first, last, err := s.store.Ends(ctx, owner)
	if err != nil {
		return answer{}, fmt.Errorf("read the ends of the archive of %s: %w", owner, err)
	}
	if last == 0 {
		// "If the archive is empty, the server MUST instead send an empty <metadata/>"
		return answer{payload: []byte("<metadata xmlns='" + NS + "'/>")}, nil
	}
	dst := append([]byte(nil), "<metadata xmlns='"+NS+"'>"...)
	for _, end := range [...]struct {
		name string
		id   ID
	}{{"start", first}, {"end", last}} {
		dst = append(dst, '<')
		dst = append(dst, end.name...)
		dst = stanza.AppendAttr(dst, "id", end.id.String())
		dst = stanza.AppendAttr(dst, "timestamp", end.id.Time().Format(stampFormat))
		dst = append(dst, "/>"...)
	}
	return answer{payload: append(dst, "</metadata>"...)}, nil
}

// present sees to it that messages which a query names are there.
func (s *Service) present(ctx context.Context, owner jid.JID, ids []ID) error {
	if len(ids) == 0 {
		return nil
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	n, err := s.store.Count(ctx, owner, Query{IDs: ids}, len(ids))
	if err != nil {
		return fmt.Errorf("look for messages in the archive of %s: %w", owner, err)
	}
	if n < len(ids) {
		return errNotFound()
	}
	return nil
}

// count answers a query that wants no messages (XEP-0059 #count).
func (s *Service) count(ctx context.Context, owner jid.JID, q *question) (answer, error) {
	part := rsm.Empty()
	part.Count = 0
	if !q.empty() {
		n, err := s.store.Count(ctx, owner, q.Query, countLimit)
		if err != nil {
			return answer{}, fmt.Errorf("count in the archive of %s: %w", owner, err)
		}
		part.Count = n
	}
	return answer{payload: appendFin(nil, part.Count == 0, part)}, nil
}

// empty reports whether the bounds leave nothing.
func (q *Query) empty() bool {
	return q.Before != 0 && q.Before <= q.After+1 || q.IDs != nil && len(q.IDs) == 0
}

// page delivers one page and gives what follows it (XEP-0313 #results, #query-paging).
func (s *Service) page(ctx context.Context, owner jid.JID, q *question, to jid.JID, deliver func(*stanza.Stanza) bool) (answer, error) {
	found, err := s.collect(ctx, owner, q.Query)
	if err != nil {
		return answer{}, err
	}
	s.fit(&found, q, to)
	entries := found.Entries
	part := rsm.Empty()
	if n := len(entries); n > 0 {
		part = rsm.Page(entries[0].ID.String(), entries[n-1].ID.String())
	}
	if q.flip {
		// "It only affects the order in which they are transmitted"
		entries = slices.Clone(entries)
		slices.Reverse(entries)
	}
	for i, st := 0, newResult(owner, to); i < len(entries); i++ {
		st.Extra = appendResult(st.Extra[:0], &entries[i], q.queryID)
		if !deliver(st) {
			// RFC 6120 §8.3.3.18: the client has not read what it was given before.
			return answer{}, stanza.ResourceConstraint.Err("too much is waiting to be read")
		}
	}
	return answer{
		payload: appendFin(nil, !found.More, part),
		// A selection leaves out messages that are not known then.
		whole: q.With.IsZero() && q.IDs == nil && len(entries) > 0,
		span:  q.span(found.Entries),
	}, nil
}

// collect reads a page. The store may have looked at many messages and found none
// that fit; a page must have one to go on from, unless there are no more.
func (s *Service) collect(ctx context.Context, owner jid.JID, q Query) (Page, error) {
	if q.empty() {
		return Page{}, nil
	}
	q.Bytes = s.pageBytes
	for {
		page, err := s.store.Page(ctx, owner, q)
		if err != nil {
			return Page{}, fmt.Errorf("read the archive of %s: %w", owner, err)
		}
		if !page.More || len(page.Entries) > 0 {
			return page, nil
		}
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		switch {
		case page.Reached == 0:
			// There is nothing where the index says; nothing can be gone on from either.
			return Page{}, nil
		case q.Backward:
			q.Before = page.Reached
		default:
			q.After = page.Reached
		}
	}
}

// fit shortens a page to what may go to a client at once, at the end that the next
// page begins at. One message always fits.
func (s *Service) fit(page *Page, q *question, to jid.JID) {
	around := resultRoom + 2*len(to.String())
	if q.queryID != nil {
		around += len(*q.queryID)
	}
	size, n := 0, 0
	for n < len(page.Entries) {
		at := n
		if q.Backward {
			at = len(page.Entries) - 1 - n
		}
		if size += around + len(page.Entries[at].XML); size > s.pageBytes && n > 0 {
			break
		}
		n++
	}
	if n == len(page.Entries) {
		return
	}
	page.More = true
	if q.Backward {
		page.Entries = page.Entries[len(page.Entries)-n:]
	} else {
		page.Entries = page.Entries[:n]
	}
}

// newResult makes the message that carries the results of a page, one after the other
// (XEP-0313 #results): as elements of ours behind its children, so that nothing of
// what the archive holds is read again.
func newResult(owner, to jid.JID) *stanza.Stanza {
	// #security-impersonation: a client wants them from the archive it asked.
	st := stanza.New(stanza.Message, stanza.Normal, "", owner, to)
	st.Kept = true
	// It is in the archive for whoever does not get it now: a stream that ends neither
	// stores it nor sends it elsewhere.
	st.Told = func(bool) {}
	return st
}

func appendResult(dst []byte, e *Entry, queryID *string) []byte {
	dst = append(dst, "<result xmlns='"+NS+"'"...)
	if queryID != nil {
		dst = stanza.AppendAttr(dst, "queryid", *queryID)
	}
	dst = append(dst, " id='"...)
	dst = strconv.AppendUint(dst, uint64(e.ID), 10)
	dst = append(dst, "'><forwarded xmlns='"+nsForward+"'><delay xmlns='"+nsDelay+"' stamp='"...)
	dst = e.ID.Time().AppendFormat(dst, stampFormat)
	dst = append(dst, "'/>"...)
	dst = append(dst, e.XML...)
	return append(dst, "</forwarded></result>"...)
}

// appendFin writes the end of a page. A page that was "limited by the maximum size"
// is not complete (XEP-0313 #query-paging-request).
func appendFin(dst []byte, complete bool, part rsm.Part) []byte {
	dst = append(dst, "<fin xmlns='"+NS+"'"...)
	if complete {
		dst = append(dst, " complete='true'"...)
	}
	dst = append(dst, '>')
	dst = part.Append(dst)
	return append(dst, "</fin>"...)
}
