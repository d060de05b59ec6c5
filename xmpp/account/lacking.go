package account

import (
	"context"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// lacking remembers for each host which hashes some account has no key set for. A
// client chooses its mechanism before we know who it is, so what one account cannot
// do is offered to nobody of the host (see Directory.Lacking).
type lacking struct {
	mu         sync.Mutex
	known      map[string][]sasl.Hash
	generation uint64 // counts the changes of accounts
}

func (l *lacking) get(domain string) (list []sasl.Hash, generation uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list, ok = l.known[domain]
	return list, l.generation, ok
}

// put remembers what was read after get gave the generation, unless an account has
// changed meanwhile.
func (l *lacking) put(domain string, list []sasl.Hash, generation uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.generation != generation {
		return
	}
	if l.known == nil {
		l.known = make(map[string][]sasl.Hash)
	}
	l.known[domain] = list
}

// drop forgets a host, one of whose accounts has changed.
func (l *lacking) drop(domain string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.generation++
	delete(l.known, domain)
}

// Lacking gives the hashes that some account of the host has no key set for, as after
// an import from a server that kept fewer; mechanisms that need them would fail for it
// with the right password. The list is never changed.
func (d *Directory) Lacking(ctx context.Context) ([]sasl.Hash, error) {
	list, generation, ok := d.service.lacking.get(d.domain)
	if ok {
		return list, nil
	}
	for _, h := range sasl.Hashes() {
		is, err := d.service.store.Lacking(ctx, d.domain, h)
		if err != nil {
			return nil, err
		}
		if is {
			list = append(list, h)
		}
	}
	d.service.lacking.put(d.domain, list, generation)
	return list, nil
}

// Derive makes the key sets of a password as Create does, for an account that comes
// from elsewhere with its password in plain text. The error is ErrPassword for one
// that cannot be.
func (s *Service) Derive(password string) ([]sasl.Keys, error) { return s.deriveAll(password) }

// Changed forgets what is remembered of an account that was changed in the store
// behind the Service's back.
func (s *Service) Changed(bare jid.JID) {
	s.cache.drop(bare)
	s.lacking.drop(bare.Domain())
}
