package store_test

import (
	"testing"

	"causeway/bridge"
	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/jid"
)

// Each request of the REST API looks at a token, and each command of a Flash tool shows a secret.
func BenchmarkCredentials(b *testing.B) {
	s, err := store.Open(b.Context(), badger.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer closeOf(b, s)
	if err := s.Accounts().Create(b.Context(), someAccount(juliet)); err != nil {
		b.Fatal(err)
	}
	rest, _, err := s.Apps().Create(b.Context(), bridge.App{Kind: bridge.REST, Host: capulet}, "")
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := s.Apps().Create(b.Context(), bridge.App{Kind: bridge.Flash, ID: "default", Host: capulet}, "3874-3459-9999-2199"); err != nil {
		b.Fatal(err)
	}
	for use, user := range map[bridge.Use]jid.JID{bridge.AdminToken: {}, bridge.UserToken: juliet} {
		token, err := s.Tokens().Issue(b.Context(), bridge.Grant{Use: use, Kind: bridge.REST, App: rest.ID, User: user})
		if err != nil {
			b.Fatal(err)
		}
		b.Run("grant/"+string(use), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Tokens().Grant(b.Context(), use, token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, secret := range []string{"3874-3459-9999-2199", "wrong"} {
		b.Run("verify/"+secret, func(b *testing.B) {
			for b.Loop() {
				if _, ok, err := s.Apps().Verify(b.Context(), bridge.Flash, "default", secret); err != nil || ok == (secret == "wrong") {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
