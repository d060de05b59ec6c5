package portable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"causeway/roster"
	"causeway/store"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
)

// Wanted says what is to be exported.
type Wanted struct {
	Hosts    []string  // all accounts of these
	Accounts []jid.JID // and these
}

// scanPage is how many accounts are read at once.
const scanPage = 100

// Pages of messages and items.
const (
	pageEntries = 500
	pageBytes   = 1 << 20
)

// Export writes accounts to w. Each part of an account is as it is when it is read,
// and what does not change between two exports is the same byte for byte. It needs
// memory for one page of an archive, however long that is.
func Export(ctx context.Context, s *store.Store, want Wanted, w io.Writer) (*Report, error) {
	x := &exporter{ctx: ctx, store: s, out: newWriter(w), report: newReport(false)}
	err := x.hosts(want)
	if err == nil {
		err = x.out.close()
	}
	x.report.finish(err)
	return x.report, err
}

// ErrFileExists is the error of a file that is there and shall not be replaced.
var ErrFileExists = errors.New("the file exists")

// ExportFile is Export to a file that only its owner can read (XEP-0227 #security). The
// file has its name only when all of it is on the disk. With force it takes the place
// of one that is there.
func ExportFile(ctx context.Context, s *store.Store, want Wanted, file string, force bool) (report *Report, err error) {
	if _, err := os.Lstat(file); err == nil && !force {
		return nil, fmt.Errorf("export: %s: %w", file, ErrFileExists)
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*.tmp") // its mode is 0600
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	report, err = Export(ctx, s, want, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return report, err
	}
	return report, name(f.Name(), file, force)
}

// name gives a written file its name, and sees to it that the name is on the disk too.
func name(written, file string, force bool) error {
	if force {
		if err := os.Rename(written, file); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	} else {
		// A link, unlike a rename, fails if somebody has made the file meanwhile.
		err := os.Link(written, file)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("export: %s: %w", file, ErrFileExists)
		}
		if err == nil {
			err = os.Remove(written)
		} else {
			err = os.Rename(written, file) // a file system without links
		}
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// An exporter writes accounts.
type exporter struct {
	ctx    context.Context //nolint:containedctx // an exporter lives for one call of Export
	store  *store.Store
	out    *writer
	report *Report
	counts map[string]int // of the account
}

// hosts writes all hosts, in the order of their names.
func (x *exporter) hosts(want Wanted) error {
	single := make(map[string][]jid.JID)
	domains := slices.Clone(want.Hosts)
	for _, j := range want.Accounts {
		single[j.Domain()] = append(single[j.Domain()], j)
		domains = append(domains, j.Domain())
	}
	slices.Sort(domains)
	for _, domain := range slices.Compact(domains) {
		x.out.host(domain)
		var err error
		if slices.Contains(want.Hosts, domain) {
			err = x.accounts(domain)
		} else {
			err = x.some(single[domain])
		}
		if err != nil {
			return err
		}
		x.out.end()
	}
	return nil
}

// accounts writes the accounts of a host, in the order of their names.
func (x *exporter) accounts(domain string) error {
	for after := ""; ; {
		page, err := x.store.Accounts().Scan(x.ctx, domain, after, scanPage)
		if err != nil {
			return err
		}
		for i := range page {
			if err := x.account(&page[i]); err != nil {
				return err
			}
		}
		if len(page) < scanPage {
			return nil
		}
		after = page[len(page)-1].JID.Local()
	}
}

func (x *exporter) some(list []jid.JID) error {
	slices.SortFunc(list, jid.Compare)
	for _, j := range slices.Compact(list) {
		a, err := x.store.Accounts().Get(x.ctx, j)
		if err != nil {
			return fmt.Errorf("export %s: %w", j, err)
		}
		if err := x.account(&a); err != nil {
			return err
		}
	}
	return nil
}

// write writes a record, and counts it if it is of a kind that is told.
func (x *exporter) write(kind string, r Record) {
	if kind != "" {
		x.counts[kind]++
	}
	x.out.write(r)
}

// account writes an account, unless it is being removed.
func (x *exporter) account(a *account.Account) error {
	if a.Leaving {
		return nil
	}
	x.counts = make(map[string]int)
	x.out.user(a.JID)
	x.write("", About{Created: a.Created, Changed: a.Changed, Disabled: a.Disabled, Reason: a.Reason})
	for _, part := range []func(*account.Account) error{
		x.left, x.credentials, x.roster, x.card, x.private, x.blocked, x.waiting, x.nodes, x.preferences, x.archive,
	} {
		if err := part(a); err != nil {
			return fmt.Errorf("export %s: %w", a.JID, err)
		}
	}
	x.out.userEnd()
	x.report.add(Outcome{JID: a.JID.String(), Result: Exported, Counts: x.counts})
	return x.out.err
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
			x.report.left.add(Finding{What: "items of a node that was changed meanwhile", Count: 1, First: owner.String()})
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
