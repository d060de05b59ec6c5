package portable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"causeway/roster"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// stepBytes is how much of an account is held in memory before it is written.
const stepBytes = 1 << 20

// reserved is the reason of an account that is closed because its import goes on.
const reserved = "import"

// A draft is an account that is being imported. What is bounded by limits is held in
// memory until the end; messages and items are written on the way.
type draft struct {
	im       *importer
	owner    jid.JID
	password string
	result   string // "" until it is decided
	why      string // it was refused
	counts   map[string]int
	left     findings
	place    string // where the account ends in the file; "" while it is being read

	about    *About
	keys     []sasl.Keys
	departed *Left
	contacts map[jid.JID]*roster.Item
	listed   int // bytes of those that are listed
	requests int
	card     []byte
	private  []private.Element
	privates int // bytes of them
	blocked  []jid.JID
	prefs    *Preferences
	nodes    map[string]*node
	queue    queue
	archive  chronicle

	steps []func(context.Context) error // not done yet
	size  int                           // what they hold, in bytes
}

func newDraft(im *importer, u User) *draft {
	return &draft{
		im: im, owner: u.JID, password: u.Password, counts: make(map[string]int), left: make(findings),
		contacts: make(map[jid.JID]*roster.Item), nodes: make(map[string]*node),
	}
}

// refuse leaves an account as it is.
func (d *draft) refuse(why string) { d.result, d.why = Refused, why }

// lose notes n things of a kind that are not carried.
func (d *draft) lose(what string, n int) {
	place := d.place
	if place == "" {
		place = d.im.opts.Where()
	}
	d.left.add(Finding{What: what, Count: n, First: place})
}

// later is work that is done when enough of it has come, or at the end. size is what it
// holds in memory.
func (d *draft) later(size int, step func(context.Context) error) error {
	if d.im.opts.DryRun {
		return nil
	}
	d.steps = append(d.steps, step)
	if d.size += size; d.size < stepBytes {
		return nil
	}
	return d.work()
}

// work does what is to be done so far.
func (d *draft) work() error {
	if err := d.open(); err != nil {
		return err
	}
	steps := d.steps
	d.steps, d.size = nil, 0
	if d.result == Refused {
		return nil
	}
	for _, step := range steps {
		if err := step(d.im.ctx); err != nil {
			return err
		}
	}
	return nil
}

// open decides what is done about the account, and makes it ready to be written to.
func (d *draft) open() error {
	if d.result != "" {
		return nil
	}
	ctx, t := d.im.ctx, d.im.target
	a, err := t.Store.Accounts().Get(ctx, d.owner)
	switch {
	case errors.Is(err, account.ErrNotFound):
		d.result = Imported
		if d.im.opts.DryRun {
			return nil
		}
		return d.reserve()
	case err != nil:
		return err
	case a.Leaving && a.Reason == reserved: // by an import that was interrupted
		d.result = Imported
		if d.im.opts.DryRun {
			return nil
		}
		return d.im.target.Forget(ctx, d.owner)
	case a.Leaving:
		d.refuse("it is being removed; try again")
		return nil
	case d.im.opts.Mode == Refuse:
		d.refuse("it exists")
		return nil
	case t.Connected(d.owner):
		d.refuse("it is connected")
		return nil
	case d.im.opts.Mode == Merge:
		d.result = Merged
		return nil
	case d.im.opts.DryRun:
		d.result = Replaced
		return nil
	default:
		d.result = Replaced
		return d.clear(a.Reason)
	}
}

// reserve takes the name of an account that is not there: it is closed until the end.
func (d *draft) reserve() error {
	t := d.im.target
	a := account.Account{JID: d.owner, Created: time.Now().UTC().Truncate(time.Second), Leaving: true, Reason: reserved}
	err := t.Store.Accounts().Create(d.im.ctx, a)
	if errors.Is(err, account.ErrExists) {
		d.refuse("it exists")
		return nil
	}
	if err != nil {
		return err
	}
	// Nobody has forgotten what an account of that name may have left behind.
	return d.im.target.Store.Forget(d.im.ctx, d.owner)
}

// clear closes an account that is there, and forgets what it keeps. Contacts are not
// told: the new roster says what they are to it.
func (d *draft) clear(reason string) error {
	if err := d.mark(true, reserved); err != nil {
		return err
	}
	if d.im.target.Connected(d.owner) { // before it was closed; now nobody can be any more
		d.refuse("it is connected")
		return d.mark(false, reason)
	}
	return d.im.target.Forget(d.im.ctx, d.owner)
}

// mark closes an account, or opens it again.
func (d *draft) mark(leaving bool, reason string) error {
	err := d.im.target.Store.Accounts().Update(d.im.ctx, d.owner, func(a *account.Account) error {
		a.Leaving, a.Reason = leaving, reason
		return nil
	})
	d.im.target.Changed(d.owner)
	return err
}

// finish writes the rest, and opens the account.
func (d *draft) finish() error {
	if err := d.rest(); err != nil {
		return err
	}
	if err := d.work(); err != nil || d.result == Refused {
		return err
	}
	if d.result == Merged {
		delete(d.counts, "credentials")
		delete(d.counts, "preferences")
		return d.mergeRoster()
	}
	if err := d.deriveKeys(); err != nil || d.im.opts.DryRun {
		return err
	}
	a := account.Account{JID: d.owner, Keys: d.keys}
	if d.about != nil {
		a.Created, a.Changed, a.Disabled, a.Reason = d.about.Created, d.about.Changed, d.about.Disabled, d.about.Reason
	} else {
		a.Created = time.Now().UTC().Truncate(time.Second)
	}
	items := make([]roster.Item, 0, len(d.contacts))
	for _, it := range d.contacts {
		items = append(items, *it)
	}
	err := d.im.target.Store.Admit(d.im.ctx, a, items)
	d.im.target.Changed(d.owner)
	return err
}

// deriveKeys makes key sets of a password in plain text (XEP-0227 #users).
func (d *draft) deriveKeys() error {
	if d.password == "" {
		if len(d.keys) == 0 {
			d.lose("password: there is none, so nobody can log in until one is set", 1)
		}
		return nil
	}
	if d.im.opts.DryRun {
		return nil
	}
	keys, err := d.im.target.Derive(d.password)
	if errors.Is(err, account.ErrPassword) {
		d.lose("password that cannot be one", 1)
		return nil
	}
	if err != nil {
		return fmt.Errorf("password: %w", err)
	}
	d.keys = keys
	return nil
}

// outcome tells what became of the account.
func (d *draft) outcome(err error) Outcome {
	result, why := d.result, d.why
	switch {
	case err != nil:
		result, why = Failed, err.Error()
	case result == Refused:
		return outcome(d.owner, result, why, nil, nil)
	}
	return outcome(d.owner, result, why, d.counts, d.left)
}
