package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

// The first byte of a key is the layout it belongs to, so that a migration can write the new keys beside the
// old ones; the second is the family. See doc.go for the whole layout.
const (
	layout = 1

	familyAccount = 'a'
	familyCount   = 'c'
	familyCaps    = 'k'
	familyLeaving = 'l'
	familyMade    = 'n'
	familySecret  = 's'
	familyOwned   = 'u'
	familyStopped = 'x'

	familyArchives = 'm'
)

// table tells apart what is kept for one account.
type table byte

const (
	tableArchive       table = 'm'
	tableArchivePeers  table = 'x'
	tableArchivePrefs  table = 'a'
	tableBlocks        table = 'b'
	tableDeparture     table = 'l'
	tableOffline       table = 'o'
	tablePhoto         table = 'h'
	tablePrivate       table = 'p'
	tableRoster        table = 'r'
	tableVCard         table = 'v'
	tableRosterVersion table = 'w'
)

// schemaKey is outside of every layout.
func schemaKey() []byte { return []byte("\x00schema") }

func accountKey(bare jid.JID) []byte {
	return addressKey(familyAccount, bare)
}

// madeKey finds an account by when it was made.
func madeKey(domain string, id account.ID) []byte { return append(madePrefix(domain), id[:]...) }

// madePrefix covers the accounts of a domain in the order in which they were made.
func madePrefix(domain string) []byte { return domainKey(familyMade, domain) }

// leavingKey is there while the removal of an account goes on.
func leavingKey(bare jid.JID) []byte { return addressKey(familyLeaving, bare) }

// leavingPrefix covers the accounts of all domains that are being removed.
func leavingPrefix() []byte { return []byte{layout, familyLeaving} }

// accountsPrefix covers the accounts of a domain; what follows is a localpart and a NUL.
func accountsPrefix(domain string) []byte {
	return domainKey(familyAccount, domain)
}

func countKey(domain string) []byte { return domainKey(familyCount, domain) }

// stoppedKey is there while a host is stopped.
func stoppedKey(domain string) []byte { return domainKey(familyStopped, domain) }

func secretKey(name string) []byte {
	return append([]byte{layout, familySecret}, name...)
}

// ownerPrefix covers everything that is kept for an account, but not the account itself.
func ownerPrefix(owner jid.JID) []byte {
	return addressKey(familyOwned, owner)
}

// tablePrefix covers one table of an account, and is the key of a table with one record.
func tablePrefix(owner jid.JID, t table) []byte {
	return append(ownerPrefix(owner), byte(t))
}

func contactKey(owner, contact jid.JID) []byte {
	return append(tablePrefix(owner, tableRoster), contact.String()...)
}

func offlineKey(owner jid.JID, id uint64) []byte {
	return binary.BigEndian.AppendUint64(tablePrefix(owner, tableOffline), id)
}

// offlineID reads the id back; rest is the key without the table's prefix.
func offlineID(rest []byte) (uint64, error) {
	if len(rest) != 8 {
		return 0, fmt.Errorf("key of an offline message has %d bytes behind its prefix", len(rest))
	}
	return binary.BigEndian.Uint64(rest), nil
}

func privateKey(owner jid.JID, space, local string) []byte {
	key := append(tablePrefix(owner, tablePrivate), space...)
	return append(append(key, 0), local...)
}

// accountOf reads the localpart back; rest is the key without accountsPrefix.
func accountOf(domain string, rest []byte) (jid.JID, error) {
	local, ok := bytes.CutSuffix(rest, []byte{0})
	if !ok {
		return jid.JID{}, fmt.Errorf("key of an account of %s has no end", domain)
	}
	return jid.New(string(local), domain, "")
}

// leavingOf reads the address back; rest is the key without leavingPrefix.
func leavingOf(rest []byte) (jid.JID, error) {
	domain, local, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		return jid.JID{}, errors.New("key of an account that leaves has no end")
	}
	return accountOf(string(domain), local)
}

func addressKey(family byte, bare jid.JID) []byte {
	key := make([]byte, 0, len(bare.String())+48) // room for what is appended most
	key = append(key, layout, family)
	key = append(append(key, bare.Domain()...), 0)
	return append(append(key, bare.Local()...), 0)
}

func domainKey(family byte, domain string) []byte {
	key := append([]byte{layout, family}, domain...)
	return append(key, 0)
}
