package portable

import (
	"context"
	"errors"
	"slices"

	"causeway/xmpp/ext/private"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// take takes one record of the account.
func (d *draft) take(r Record) error {
	if d == nil || d.result == Refused {
		return nil
	}
	switch r := r.(type) {
	case About:
		d.about = &r
	case Left:
		d.departed = &r
	case Credentials:
		d.credentials(r)
	case Contact:
		d.contact(r.Item)
	case Request:
		d.request(r)
	case Card:
		d.takeCard(r)
	case Private:
		d.takePrivate(r)
	case Blocked:
		d.block(r.JID)
	case Preferences:
		d.preferences(r)
	case Waiting:
		return d.wait(r)
	case Archived:
		return d.record(r)
	default:
		return d.pubsub(r)
	}
	return nil
}

func (d *draft) credentials(c Credentials) {
	for _, k := range d.keys {
		if k.Hash == c.Hash {
			// XEP-0227 #scram-credentials: "they MUST all have a unique 'mechanism'".
			d.lose("second credentials for one mechanism", 1)
			return
		}
	}
	d.keys = append(d.keys, c.Keys)
	d.counts["credentials"]++
}

func (d *draft) takeCard(c Card) {
	switch {
	case d.card != nil:
		d.lose("second vCard", 1)
	case len(c.XML) > d.im.target.Limits.CardBytes:
		d.lose("vCard beyond limits.vcard_bytes", 1)
	default:
		d.card = c.XML
		d.counts["vcards"]++
	}
}

// takePrivate takes an element of private storage. Those of one name belong together.
func (d *draft) takePrivate(p Private) {
	i := slices.IndexFunc(d.private, func(e private.Element) bool { return e.Name == p.Name })
	if len(p.XML)+d.privates > d.im.target.Limits.PrivateBytes || i < 0 && len(d.private) >= maxPrivate {
		d.lose("private data beyond limits.private_bytes", 1)
		return
	}
	d.privates += len(p.XML)
	if i < 0 {
		d.counts["private"]++
		d.private = append(d.private, p.Element)
		return
	}
	d.private[i].XML = append(d.private[i].XML, p.XML...)
}

func (d *draft) block(j jid.JID) {
	switch {
	case slices.Contains(d.blocked, j):
	case len(d.blocked) >= maxBlocked:
		d.lose("blocked address beyond what is kept", 1)
	default:
		d.blocked = append(d.blocked, j)
		d.counts["blocked"]++
	}
}

func (d *draft) preferences(p Preferences) {
	if len(p.Always)+len(p.Never) > maxPreferences {
		d.lose("archive preferences that are too long", 1)
		return
	}
	d.prefs = &p
	d.counts["preferences"]++
}

// rest puts what was held in memory, but for the roster, behind the other work.
func (d *draft) rest() error {
	if d.result == Refused {
		return nil
	}
	if d.im.opts.DryRun {
		return nil
	}
	d.steps = append(d.steps, d.archive.flush(d)...)
	d.steps = append(d.steps, d.writeNodes, d.writeCard, d.writePrivate, d.writeBlocked, d.writeOthers)
	return nil
}

func (d *draft) writeCard(ctx context.Context) error {
	if d.card == nil {
		return nil
	}
	cards := d.im.target.Store.VCards()
	if d.result == Merged {
		if old, err := cards.Card(ctx, d.owner); err != nil || old != nil {
			delete(d.counts, "vcards")
			return err
		}
	}
	return cards.SetCard(ctx, d.owner, d.card)
}

// writePrivate writes all elements at once, or, if that is too much for an account that
// has some already, those that fit.
func (d *draft) writePrivate(ctx context.Context) error {
	store := d.im.target.Store.Private()
	if d.result == Merged {
		old, err := store.Elements(ctx, d.owner)
		if err != nil {
			return err
		}
		d.counts["private"] -= len(d.private)
		d.private = slices.DeleteFunc(d.private, func(e private.Element) bool {
			return slices.ContainsFunc(old, func(o private.Element) bool { return o.Name == e.Name })
		})
		d.counts["private"] += len(d.private)
	}
	quota := private.Quota{Elements: maxPrivate, Bytes: d.im.target.Limits.PrivateBytes}
	if len(d.private) == 0 {
		return nil
	}
	err := store.Put(ctx, d.owner, d.private, quota)
	if !errors.Is(err, private.ErrQuota) {
		return err
	}
	for i := range d.private {
		err := store.Put(ctx, d.owner, d.private[i:i+1], quota)
		if errors.Is(err, private.ErrQuota) {
			d.lose("private data beyond limits.private_bytes", 1)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) writeBlocked(ctx context.Context) error {
	if len(d.blocked) == 0 {
		return nil
	}
	err := d.im.target.Store.Blocks().Change(ctx, d.owner, func(list []jid.JID) ([]jid.JID, error) {
		before := len(list)
		for _, j := range d.blocked {
			if !slices.Contains(list, j) && len(list) < maxBlocked {
				list = append(list, j)
			}
		}
		d.counts["blocked"] = len(list) - before
		return list, nil
	})
	d.im.target.Changed(d.owner)
	return err
}

// writeOthers writes what an account that is there has better itself.
func (d *draft) writeOthers(ctx context.Context) error {
	if d.result == Merged {
		return nil
	}
	if d.prefs != nil {
		if err := d.im.target.Store.Archive().SetPrefs(ctx, d.owner, d.prefs.Prefs); err != nil {
			return err
		}
	}
	if d.departed == nil {
		return nil
	}
	return d.im.target.Store.Departures().SetDeparture(ctx, d.owner, d.departed.Departure)
}

// sameXML compares stanzas as they are kept.
func sameXML(a, b []byte) bool {
	x, err := stanza.Parse(slices.Clone(a))
	if err != nil {
		return false
	}
	y, err := stanza.Parse(slices.Clone(b))
	return err == nil && slices.Equal(x.AppendForwarded(nil), y.AppendForwarded(nil))
}
