package portable

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"causeway/roster"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
)

// mostFiles is up to how many uploaded files of one account are counted.
const mostFiles = 1000

// Pages of messages and items.
const (
	pageEntries = 500
	pageBytes   = 1 << 20
)

// rest tells what an account keeps and the file has no place for.
func (x *exporter) rest(a *account.Account) error {
	devices, err := x.store.Push().Registrations(x.ctx, a.JID)
	if err != nil {
		return err
	}
	if n := len(devices); n > 0 {
		x.lost.add(Finding{What: "device that is woken by push", Count: n})
	}
	files, err := x.store.Uploads().Ending(x.ctx, a.JID, time.Time{}, mostFiles)
	if n := len(files); n > 0 {
		x.lost.add(Finding{What: "uploaded file", Count: n})
	}
	return err
}

func (x *exporter) left(a *account.Account) error {
	dep, err := x.store.Departures().Departure(x.ctx, a.JID)
	if err != nil || dep.At.IsZero() {
		return err
	}
	x.write("", Left{dep})
	return nil
}

func (x *exporter) credentials(a *account.Account) error {
	for _, h := range sasl.Hashes() {
		if k, ok := a.KeysFor(h); ok {
			x.write("credentials", Credentials{k})
		}
	}
	return nil
}

// roster writes the contacts, and behind them the requests that wait.
func (x *exporter) roster(a *account.Account) error {
	items, _, err := x.store.Rosters().Get(x.ctx, a.JID)
	if err != nil {
		return err
	}
	slices.SortFunc(items, func(a, b roster.Item) int { return jid.Compare(a.JID, b.JID) })
	for i := range items {
		if items[i].Listed {
			x.write("contacts", Contact{items[i]})
		}
	}
	for i := range items {
		if items[i].Request == nil {
			continue
		}
		st, err := stanza.Parse(items[i].Request)
		if err != nil {
			continue // it would not be delivered either
		}
		st.From, st.To = items[i].JID, jid.JID{}
		x.write("requests", Request{From: items[i].JID, XML: st.AppendForwarded(nil)})
	}
	return nil
}

func (x *exporter) card(a *account.Account) error {
	card, err := x.store.VCards().Card(x.ctx, a.JID)
	if err == nil && card != nil {
		x.write("vcards", Card{card})
	}
	return err
}

func (x *exporter) private(a *account.Account) error {
	list, err := x.store.Private().Elements(x.ctx, a.JID)
	for _, e := range list {
		x.write("private", Private{e})
	}
	return err
}

func (x *exporter) blocked(a *account.Account) error {
	list, err := x.store.Blocks().Blocked(x.ctx, a.JID)
	if len(list) > 0 {
		x.counts["blocked"] = len(list)
		x.out.blocks(list)
	}
	return err
}

func (x *exporter) waiting(a *account.Account) error {
	for after := uint64(0); ; {
		page, err := x.store.Offline().Page(x.ctx, a.JID, after, scanPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range page {
			after = e.ID
			if st, err := stanza.Parse(e.XML); err == nil {
				x.write("offline", Waiting{st.AppendForwarded(nil)})
			}
		}
	}
}

func (x *exporter) preferences(a *account.Account) error {
	p, ok, err := x.store.Archive().Prefs(x.ctx, a.JID)
	if ok {
		x.write("preferences", Preferences{p})
	}
	return err
}

// archive writes the messages page by page.
func (x *exporter) archive(a *account.Account) error {
	for q := (archive.Query{Max: pageEntries, Bytes: pageBytes}); ; {
		page, err := x.store.Archive().Page(x.ctx, a.JID, q)
		if err != nil {
			return err
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			x.write("archived", Archived{ID: e.ID.String(), Stamp: e.ID.Time(), XML: e.XML})
		}
		if !page.More || x.out.err != nil {
			return x.out.err
		}
		q.After = page.Reached
	}
}

// nodes writes all configurations and then all items (XEP-0227 #pep).
func (x *exporter) nodes(a *account.Account) error {
	list, err := x.store.PubSub().Nodes(x.ctx, a.JID)
	if err != nil {
		return err
	}
	for i := range list {
		n := &list[i]
		x.write("nodes", Node{Name: n.Name, Created: n.Created, Form: n.Config.Form(form.Submit)})
		if len(n.Affiliations) > 0 {
			people := slices.Clone(n.Affiliations)
			slices.SortFunc(people, func(a, b pep.Affiliation) int { return jid.Compare(a.JID, b.JID) })
			x.write("", Affiliations{Node: n.Name, List: people})
		}
		if len(n.Subscriptions) > 0 {
			people := slices.Clone(n.Subscriptions)
			slices.SortFunc(people, func(a, b pep.Subscription) int { return cmp.Compare(a.JID.String(), b.JID.String()) })
			x.write("", Subscriptions{Node: n.Name, List: people})
		}
	}
	for i := range list {
		if err := x.items(a.JID, list[i].Name); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) items(owner jid.JID, node string) error {
	x.write("", Published{Node: node})
	for p := (pep.Page{Max: pageEntries, Bytes: pageBytes}); ; {
		items, more, err := x.store.PubSub().Page(x.ctx, owner, node, p)
		if errors.Is(err, pep.ErrNoItem) {
			// The last item of the page before has just been retracted.
			x.lost.add(Finding{What: "items of a node that was changed meanwhile", Count: 1})
			return nil
		}
		if err != nil {
			return err
		}
		for _, it := range items {
			x.write("items", Published{Node: node, Item: it})
			p.After = it.ID
		}
		if !more || len(items) == 0 {
			return nil
		}
	}
}
