package portable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
)

// A Mode says what is done about accounts that are there already.
type Mode int

// The modes.
const (
	// Refuse leaves them as they are. So an import that was interrupted can be run again.
	Refuse Mode = iota
	// Merge adds to them what they have not: their password, and all that both have,
	// stays as it is.
	Merge
	// Replace forgets them, and all they keep, first.
	Replace
)

// Options says what is to be imported.
type Options struct {
	Source
	Mode   Mode
	DryRun bool // change nothing, and tell what would be done
}

// workers is how many accounts are being written at once: enough to let one write to
// the disk serve many, and to keep all cores deriving keys.
const workers = 32

// Import reads an export into a server. First it reads all of it, so that a file that is
// not what it should be changes nothing; such an error, or one of the store, is
// returned, and the report tells what was done until then. Each account is opened only
// when all of it has been written; one that is interrupted is removed when the server
// starts next, or begun anew by the next import.
func Import(ctx context.Context, t *Target, o Options) (*Report, error) {
	report := newReport(o.DryRun)
	err := check(ctx, t, &o)
	if err == nil {
		err = run(ctx, t, &o, report)
	}
	report.finish(err)
	return report, err
}

// check reads everything once, and looks into nothing.
func check(ctx context.Context, t *Target, o *Options) error {
	for r, err := range o.records(ctx, true) {
		if err != nil {
			return err
		}
		h, ok := r.(Host)
		if ok && !slices.Contains(t.Hosts, h.Domain) {
			return fmt.Errorf("%s: %w: %s; hosts here: %s", o.Where(), ErrHost, h.Domain, strings.Join(t.Hosts, " "))
		}
	}
	return nil
}

// ErrHost is the error of an export whose accounts have no host here.
var ErrHost = errors.New("no such host here")

// An importer writes what one export says.
type importer struct {
	ctx    context.Context //nolint:containedctx // an importer lives for one call of Import
	target *Target
	opts   *Options
	seed   maphash.Seed
	seen   map[uint64]struct{} // hashes of the addresses that came: a file may have millions

	busy chan struct{} // has a token for each account that is being finished
	wg   sync.WaitGroup

	mu     sync.Mutex // guards what follows
	report *Report
	err    error // the first of the store
}

// run imports what check has found to be readable.
func run(ctx context.Context, t *Target, o *Options, report *Report) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	im := &importer{
		ctx: ctx, target: t, opts: o, report: report, seed: maphash.MakeSeed(), seen: make(map[uint64]struct{}),
		busy: make(chan struct{}, workers),
	}
	err := im.records()
	if err != nil {
		cancel() // whoever is not done stays closed
	}
	im.wg.Wait()
	return cmp.Or(err, im.failure()) // those of the others follow from the first
}

func (im *importer) failure() error {
	im.mu.Lock()
	defer im.mu.Unlock()
	return im.err
}

// records hands the records of each account to its draft.
func (im *importer) records() (err error) {
	var d *draft
	defer func() {
		if d != nil { // it is not complete, and closed if anything of it was written
			im.mu.Lock()
			defer im.mu.Unlock()
			im.report.add(d.outcome(cmp.Or(err, im.err)))
		}
	}()
	for r, err := range im.opts.Records(im.ctx) {
		if err != nil {
			return err
		}
		switch r := r.(type) {
		case Host:
		case User:
			d = im.begin(r)
		case UserEnd:
			im.end(d)
			d = nil
		case Problem:
			im.problem(d, r)
		default:
			if err := d.take(r); err != nil {
				return fmt.Errorf("import %s: %w", d.owner, err)
			}
		}
		if im.failure() != nil {
			return nil // it is told by run
		}
	}
	return nil
}

// begin makes the draft of an account.
func (im *importer) begin(u User) *draft {
	d := newDraft(im, u)
	h := maphash.String(im.seed, u.JID.String())
	if _, twice := im.seen[h]; twice {
		d.refuse("the file has it twice; this is the second")
	}
	im.seen[h] = struct{}{}
	return d
}

// end writes what is left of an account, beside others.
func (im *importer) end(d *draft) {
	d.place = im.opts.Where()
	im.busy <- struct{}{}
	im.wg.Go(func() { // ends when the account is written, or with im.ctx; run waits for it
		defer func() { <-im.busy }()
		err := d.finish()
		im.mu.Lock()
		defer im.mu.Unlock()
		im.report.add(d.outcome(err))
		if err != nil && im.err == nil {
			im.err = fmt.Errorf("import %s: %w", d.owner, err)
		}
	})
}

// problem notes what was left out of an account, or stands outside of all.
func (im *importer) problem(d *draft, p Problem) {
	if d != nil {
		d.lose(p.What, 1)
		return
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	if p.User != "" {
		im.report.add(Outcome{JID: clip(p.User), Result: Refused, Why: p.What, Left: []Finding{}})
		return
	}
	im.report.left.add(Finding{What: p.What, Count: 1, First: im.opts.Where()})
}
