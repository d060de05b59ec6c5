package upload

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"causeway/xmpp/jid"
)

const (
	// sweepEvery is how often ended entries are looked for.
	sweepEvery = time.Minute
	// sweepSlice is how many of them go in one step.
	sweepSlice = 200
)

// Run removes what an earlier end of the server has left behind, and then, until
// ctx ends, the files whose time is over and the slots that were not used.
func (s *Service) Run(ctx context.Context) {
	if err := s.clean(ctx); err != nil && ctx.Err() == nil {
		s.cfg.Logger.ErrorContext(ctx, "what is left of uploads was not removed", slog.Any("err", err))
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Logger.ErrorContext(ctx, "old uploads were not removed", slog.Any("err", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// clean removes files that no entry is for. An entry is there before its file and
// goes after it, so such a file is what a crash has left.
func (s *Service) clean(ctx context.Context) error {
	return s.cfg.Files.Clean(func(id string, half bool) (bool, error) {
		if half || s.isBusy(id) {
			return s.isBusy(id), ctx.Err()
		}
		_, err := s.cfg.Store.Entry(ctx, id)
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		return true, err
	})
}

// sweep removes all that has ended, slice by slice. What is being uploaded may be
// finished.
func (s *Service) sweep(ctx context.Context) error {
	for {
		ended, err := s.cfg.Store.Ending(ctx, jid.JID{}, time.Now(), sweepSlice)
		if err != nil {
			return err
		}
		var ids []string
		for _, id := range ended {
			if s.claim(id) {
				ids = append(ids, id)
			}
		}
		err = s.drop(ctx, ids)
		s.release(ids...)
		if err != nil || len(ids) == 0 || len(ended) < sweepSlice {
			return err
		}
	}
}

// drop removes files, and then their entries: a crash in between leaves an entry,
// which the next sweep finds.
func (s *Service) drop(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if err := s.cfg.Files.Remove(ids); err != nil {
		return err
	}
	return s.cfg.Store.Drop(ctx, ids)
}

// Remove removes all files and slots of an account. An upload that is under way
// fails when it ends. Its form suits account.Service.OnRemove, before whatever else
// is kept for the account is forgotten.
func (s *Service) Remove(ctx context.Context, owner jid.JID) error {
	for {
		ids, err := s.cfg.Store.Ending(ctx, owner, time.Time{}, sweepSlice)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.drop(ctx, ids); err != nil {
			return err
		}
	}
}
