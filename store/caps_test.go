package store_test

import (
	"reflect"
	"testing"

	"causeway/xmpp/ext/caps"
)

func TestCaps(t *testing.T) {
	h := newHouse(t)
	look := func(want ...caps.Set) {
		t.Helper()
		sets, err := h.Caps().Sets(t.Context())
		if err != nil || !reflect.DeepEqual(sets, want) {
			t.Errorf("got %v, %v; want %v", sets, err, want)
		}
	}
	look()
	exodus := caps.Set{Hash: "sha-1", Ver: "QgayPKawpkPSDYmwT/WM94uAlu0=", Features: []string{"urn:verona:a", "urn:verona:b"}}
	bare := caps.Set{Hash: "sha-256", Ver: "x"}
	must(t, h.Caps().PutSet(t.Context(), exodus))
	must(t, h.Caps().PutSet(t.Context(), exodus))
	must(t, h.Caps().PutSet(t.Context(), bare))
	h.restart()
	look(exodus, bare)
	must(t, h.Forget(t.Context(), juliet))
	must(t, h.Caps().ForgetSet(t.Context(), "sha-1", exodus.Ver))
	must(t, h.Caps().ForgetSet(t.Context(), "sha-1", exodus.Ver))
	look(bare)
}
