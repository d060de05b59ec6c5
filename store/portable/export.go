package portable

import (
	"context"
	"fmt"
	"io"
	"slices"

	"causeway/store"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// Wanted says what is to be exported.
type Wanted struct {
	Hosts    []string  // all accounts of these
	Accounts []jid.JID // and these
}

// scanPage is how many accounts are read at once.
const scanPage = 100

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

// An exporter writes accounts.
type exporter struct {
	ctx    context.Context //nolint:containedctx // an exporter lives for one call of Export
	store  *store.Store
	out    *writer
	report *Report
	counts map[string]int // of the account
	lost   findings       // of the account
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
	x.counts, x.lost = make(map[string]int), make(findings)
	x.out.user(a.JID)
	x.write("", About{Created: a.Created, Changed: a.Changed, Disabled: a.Disabled, Reason: a.Reason})
	for _, part := range []func(*account.Account) error{
		x.left, x.credentials, x.roster, x.card, x.private, x.blocked, x.waiting, x.nodes, x.preferences, x.archive, x.rest,
	} {
		if err := part(a); err != nil {
			return fmt.Errorf("export %s: %w", a.JID, err)
		}
	}
	x.out.userEnd()
	x.report.add(outcome(a.JID, Exported, "", x.counts, x.lost))
	return x.out.err
}
