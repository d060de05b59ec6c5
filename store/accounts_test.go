package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"causeway/xmpp/account"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

func someAccount(bare jid.JID) account.Account {
	return account.Account{
		JID:     bare,
		Created: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC),
		Changed: time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC),
		Keys: []sasl.Keys{
			{Hash: sasl.SHA256, Iterations: 10000, Salt: []byte("salt"), StoredKey: []byte("stored"), ServerKey: []byte("server")},
			{Hash: sasl.SHA1, Iterations: 4096, Salt: []byte("pepper"), StoredKey: []byte("s1"), ServerKey: []byte("s2")},
		},
	}
}

func TestAccountLives(t *testing.T) {
	h := newHouse(t)
	a := someAccount(juliet)
	if _, err := h.Accounts().Get(t.Context(), juliet); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("before it exists: %v", err)
	}
	must(t, h.Accounts().Create(t.Context(), a))
	if err := h.Accounts().Create(t.Context(), a); !errors.Is(err, account.ErrExists) {
		t.Errorf("made twice: %v", err)
	}
	must(t, h.Accounts().Update(t.Context(), juliet, func(a *account.Account) error {
		a.Disabled, a.Reason, a.Leaving = true, "lost at Mantua", true
		return nil
	}))
	a.Disabled, a.Reason, a.Leaving = true, "lost at Mantua", true
	h.restart()
	got, err := h.Accounts().Get(t.Context(), juliet)
	a.ID = got.ID
	if err != nil || a.ID.IsZero() || !reflect.DeepEqual(got, a) {
		t.Errorf("got %+v, %v; want %+v", got, err, a)
	}
	must(t, h.Accounts().Delete(t.Context(), juliet))
	if err := h.Accounts().Delete(t.Context(), juliet); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if n, err := h.Accounts().Count(t.Context(), "capulet.lit"); n != 0 || err != nil {
		t.Errorf("%d accounts left, %v", n, err)
	}
}

func TestAccountUpdateFails(t *testing.T) {
	h := newHouse(t)
	nothing := func(*account.Account) error { return nil }
	if err := h.Accounts().Update(t.Context(), juliet, nothing); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("update of nobody: %v", err)
	}
	must(t, h.Accounts().Create(t.Context(), someAccount(juliet)))
	errOwn := errors.New("own error")
	err := h.Accounts().Update(t.Context(), juliet, func(a *account.Account) error {
		a.Reason = "half done"
		return errOwn
	})
	if err != errOwn { //nolint:errorlint // account.Store promises it as it is
		t.Errorf("got %v", err)
	}
	if a, err := h.Accounts().Get(t.Context(), juliet); err != nil || a.Reason != "" {
		t.Errorf("got %+v, %v", a, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Accounts().Update(ctx, juliet, nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled update: %v", err)
	}
}

// Who leaves is found without looking at everybody, until the account is deleted.
func TestAccountsLeaving(t *testing.T) {
	h := newHouse(t)
	want := func(list ...jid.JID) {
		t.Helper()
		if got, err := h.Accounts().Leaving(t.Context(), 10); err != nil || !slices.Equal(got, list) {
			t.Errorf("leaving: %v, %v instead of %v", got, err, list)
		}
	}
	for _, j := range []jid.JID{juliet, romeo} {
		must(t, h.Accounts().Create(t.Context(), someAccount(j)))
	}
	want()
	leave := func(a *account.Account) error { a.Leaving = true; return nil }
	must(t, h.Accounts().Update(t.Context(), romeo, leave))
	must(t, h.Accounts().Update(t.Context(), juliet, leave))
	must(t, h.Accounts().Update(t.Context(), juliet, leave))
	want(juliet, romeo)
	if got, err := h.Accounts().Leaving(t.Context(), 1); err != nil || len(got) != 1 {
		t.Errorf("one who leaves: %v, %v", got, err)
	}
	must(t, h.Accounts().Delete(t.Context(), juliet))
	want(romeo)
}

func TestAccountsConflict(t *testing.T) {
	h := newHouse(t)
	made := 0
	for _, err := range together(64, func(int) error { return h.Accounts().Create(t.Context(), someAccount(juliet)) }) {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, account.ErrExists):
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
	for _, err := range together(64, func(int) error {
		return h.Accounts().Update(t.Context(), juliet, func(a *account.Account) error { a.Reason += "x"; return nil })
	}) {
		must(t, err)
	}
	if a, err := h.Accounts().Get(t.Context(), juliet); err != nil || len(a.Reason) != 64 {
		t.Errorf("%d of 64 updates kept, %v", len(a.Reason), err)
	}
	for _, err := range together(64, func(i int) error {
		return h.Accounts().Create(t.Context(), someAccount(jid.MustParse(fmt.Sprintf("page%d@capulet.lit", i))))
	}) {
		must(t, err)
	}
	if n, err := h.Accounts().Count(t.Context(), "capulet.lit"); n != 65 || err != nil {
		t.Errorf("counted %d, %v", n, err)
	}
}

func TestAccountsScan(t *testing.T) {
	h := newHouse(t)
	for _, text := range []string{
		"b@capulet.lit", "a@capulet.lit", "a!@capulet.lit", "ab@capulet.lit", "é@capulet.lit", "a@capulet.li", "a@capulet.lit.x",
	} {
		must(t, h.Accounts().Create(t.Context(), someAccount(jid.MustParse(text))))
	}
	for _, tc := range []struct {
		after string
		limit int
		want  string
	}{
		{"", 10, "a a! ab b é "},
		{"", 2, "a a! "},
		{"a", 10, "a! ab b é "},
		{"a!", 2, "ab b "},
		{"aa", 10, "ab b é "},
		{"b", 1, "é "},
		{"é", 10, ""},
		{"", 0, ""},
	} {
		list, err := h.Accounts().Scan(t.Context(), "capulet.lit", tc.after, tc.limit)
		must(t, err)
		got := ""
		for _, a := range list {
			got += a.JID.Local() + " "
			want := someAccount(a.JID)
			want.ID = a.ID
			if a.ID.IsZero() || !reflect.DeepEqual(a, want) {
				t.Errorf("got %+v", a)
			}
		}
		if got != tc.want {
			t.Errorf("%d after %q: got %q, want %q", tc.limit, tc.after, got, tc.want)
		}
	}
}

func TestSecretIsMadeOnce(t *testing.T) {
	h := newHouse(t)
	secrets := make([][]byte, 16)
	for _, err := range together(len(secrets), func(i int) (err error) {
		secrets[i], err = h.Accounts().Secret(t.Context(), "seed")
		return err
	}) {
		must(t, err)
	}
	h.restart()
	again, err := h.Accounts().Secret(t.Context(), "seed")
	must(t, err)
	for _, s := range secrets {
		if len(s) != 32 || !bytes.Equal(s, again) {
			t.Fatalf("secrets differ: %x and %x", s, again)
		}
	}
	if other, err := h.Accounts().Secret(t.Context(), "seeds"); err != nil || bytes.Equal(other, again) {
		t.Errorf("another name has the same secret, %v", err)
	}
}
