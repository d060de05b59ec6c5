package account

import (
	"context"
	"slices"
	"strconv"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

const (
	// idleAfter is how long a user who sends nothing counts as active; XEP-0133
	// #get-active-users-num leaves it to us.
	idleAfter = 10 * time.Minute
	// maxList is the number of addresses that fit into one answer: a thousand of
	// 100 bytes stay well below the size of stanza that clients take.
	maxList = 1000
	// scanPage is how many accounts are read from the store at once.
	scanPage = 1000
)

// A gathering finds addresses of one sort: those of host greater than after, in
// order, at most limit of them.
type gathering func(ctx context.Context, host jid.JID, after string, limit int) ([]jid.JID, error)

// everyone is no limit.
const everyone = int(^uint(0) >> 1)

func (a *Admin) gatherings() []struct {
	word, count, list string // the sort in a node, and its two fields
	find              gathering
} {
	return []struct {
		word, count, list string
		find              gathering
	}{
		{"registered", "registeredusersnum", "registereduserjids", a.registered},
		{"disabled", "disabledusersnum", "disableduserjids", a.disabled},
		{"online", "onlineusersnum", "onlineuserjids", a.online(func(time.Duration) bool { return true })},
		{"active", "activeusersnum", "activeuserjids", a.online(func(idle time.Duration) bool { return idle < idleAfter })},
		// XEP-0133 #get-idle-users-list: the field of the active ones serves the idle ones too.
		{"idle", "idleusersnum", "activeuserjids", a.online(func(idle time.Duration) bool { return idle >= idleAfter })},
	}
}

// countCommands are XEP-0133 #get-registered-users-num and the four after it.
func (a *Admin) countCommands() []Command {
	var list []Command
	for _, g := range a.gatherings() {
		run := func(ctx context.Context, _, host jid.JID, _ *form.Form) (*form.Form, error) {
			n, err := a.count(ctx, host, g.find, g.word)
			if err != nil {
				return nil, err
			}
			return result(form.Field{Var: g.count, Label: "The number of " + g.word + " users", Values: []string{strconv.Itoa(n)}}), nil
		}
		list = append(list, a.accountCommand("get-"+g.word+"-users-num", "Get the number of "+g.word+" users", nil, run))
	}
	return list
}

func (a *Admin) count(ctx context.Context, host jid.JID, find gathering, word string) (int, error) {
	if word == "registered" { // the store knows without reading each
		return a.accounts.Count(ctx, host.Domain())
	}
	found, err := find(ctx, host, "", everyone)
	return len(found), err
}

// listCommands are XEP-0133 #get-registered-users-list and the four after it. The
// nodes of the lists of active and idle users are as the text has them: without
// "-list".
func (a *Admin) listCommands() []Command {
	var list []Command
	for _, g := range a.gatherings() {
		node := "get-" + g.word + "-users-list"
		if g.word == "active" || g.word == "idle" {
			node = "get-" + g.word + "-users"
		}
		ask := func() *form.Form { return listForm(g.word) }
		run := func(ctx context.Context, _, host jid.JID, given *form.Form) (*form.Form, error) {
			limit, err := maxItems(given)
			if err != nil {
				return nil, err
			}
			found, err := g.find(ctx, host, given.Value("x-after"), limit)
			if err != nil {
				return nil, err
			}
			values := make([]string, len(found))
			for i, j := range found {
				values[i] = j.String()
			}
			return result(form.Field{Var: g.list, Type: form.JIDMulti, Label: "The list of " + g.word + " users", Values: values}), nil
		}
		list = append(list, a.accountCommand(node, "Get the list of "+g.word+" users", ask, run))
	}
	return list
}

// listForm asks how many. The field x-after is ours: XEP-0133
// #get-registered-users-list allows fields "that restrict the scope".
func listForm(word string) *form.Form {
	limit := form.Field{Var: "max_items", Type: form.ListSingle, Label: "Maximum number of items to show", Values: []string{"100"}}
	for _, n := range []string{"25", "50", "75", "100", "150", "200"} {
		limit.Options = append(limit.Options, form.Option{Label: n, Value: n})
	}
	limit.Options = append(limit.Options, form.Option{Label: "None", Value: "none"})
	return ask("Requesting List of "+word+" Users", "Fill out this form to request the "+word+" users of this service.",
		limit, form.Field{Var: "x-after", Type: form.TextSingle, Label: "Only addresses whose local part comes after this one"})
}

// maxItems reads the limit. "none" and nothing mean as many as one answer takes.
func maxItems(given *form.Form) (int, error) {
	v := given.Value("max_items")
	if v == "" || v == "none" {
		return maxList, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, badPayload("max_items is not a number")
	}
	return min(n, maxList), nil
}

func (a *Admin) registered(ctx context.Context, host jid.JID, after string, limit int) ([]jid.JID, error) {
	return a.scan(ctx, host, after, limit, func(*Account) bool { return true })
}

func (a *Admin) disabled(ctx context.Context, host jid.JID, after string, limit int) ([]jid.JID, error) {
	return a.scan(ctx, host, after, limit, func(acc *Account) bool { return acc.Disabled })
}

// scan reads the accounts of a host page by page until limit of them fit. None fits whose
// removal has begun: who has removed his account has had the answer already, while what it
// owned is still being removed.
func (a *Admin) scan(ctx context.Context, host jid.JID, after string, limit int, fits func(*Account) bool) ([]jid.JID, error) {
	var found []jid.JID
	for {
		page, err := a.accounts.List(ctx, host.Domain(), after, min(limit, scanPage))
		if err != nil {
			return nil, err
		}
		for i := range page {
			if !page[i].Leaving && fits(&page[i]) {
				found = append(found, page[i].JID)
			}
			if len(found) == limit {
				return found, nil
			}
			after = page[i].JID.Local()
		}
		if len(page) < min(limit, scanPage) {
			return found, nil
		}
	}
}

// online finds the accounts with a bound session. An account is as idle as the
// least idle of its sessions.
func (a *Admin) online(fits func(idle time.Duration) bool) gathering {
	return func(_ context.Context, host jid.JID, after string, limit int) ([]jid.JID, error) {
		idle := make(map[jid.JID]time.Duration)
		for s := range a.router.All {
			bare := s.JID().Bare()
			if bare.Domain() != host.Domain() || bare.Local() <= after {
				continue
			}
			d := time.Since(s.Active())
			if old, ok := idle[bare]; !ok || d < old {
				idle[bare] = d
			}
		}
		var found []jid.JID
		for bare, d := range idle {
			if fits(d) {
				found = append(found, bare)
			}
		}
		slices.SortFunc(found, jid.Compare)
		return found[:min(len(found), limit)], nil
	}
}
