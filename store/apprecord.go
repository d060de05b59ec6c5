package store

import (
	"bytes"
	"fmt"

	"causeway/bridge"
)

// familyApp has the Apps; what follows the family says which index it is.
const (
	familyApp   = 'p'
	appRecord   = 'i'
	appOfHost   = 'h'
	appOfKey    = 'k'
	appOfSecret = 's'
)

// appRow is an App as it is kept, with what its secret is checked by.
type appRow struct {
	bridge.App
	salt []byte // nil if the salt is that of the store, see appsecret.go
	sum  []byte
}

func appKey(kind bridge.Kind, id string) []byte {
	return append(kindKey(appRecord, kind), id...)
}

// appSecretKey is the index of Apps that are found by their secret.
func appSecretKey(kind bridge.Kind, sum []byte) []byte {
	return append(kindKey(appOfSecret, kind), sum...)
}

func kindKey(index byte, kind bridge.Kind) []byte {
	key := append([]byte{layout, familyApp, index}, kind...)
	return append(key, 0)
}

// hostAppsPrefix covers the Apps of a host.
func hostAppsPrefix(domain string) []byte {
	key := append([]byte{layout, familyApp, appOfHost}, domain...)
	return append(key, 0)
}

func hostAppKey(domain string, kind bridge.Kind, id string) []byte {
	return append(append(append(hostAppsPrefix(domain), kind...), 0), id...)
}

// keyAppsPrefix covers the Apps that have an appkey.
func keyAppsPrefix(appkey string) []byte {
	key := append([]byte{layout, familyApp, appOfKey}, appkey...)
	return append(key, 0)
}

func keyAppKey(appkey, id string) []byte { return append(keyAppsPrefix(appkey), id...) }

// kindAndID reads the end of hostAppKey back.
func kindAndID(rest []byte) (bridge.Kind, string, error) {
	kind, id, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		return "", "", fmt.Errorf("key of an app has no end: %w", errRecord)
	}
	return bridge.Kind(kind), string(id), nil
}

// The flags of an App's record.
const (
	appStrict = 1 << iota
	appDisabled
	appPublic
)

func encodeApp(a *appRow) []byte {
	b := append(make([]byte, 0, 256), recordVersion, flag(a.Strict, appStrict)|flag(a.Disabled, appDisabled)|flag(a.Public, appPublic))
	b = appendBytes(b, a.Host.String())
	for _, text := range []string{a.Name, a.UUID, a.Key, a.Redirect, a.Website} {
		b = appendBytes(b, text)
	}
	b = appendTime(appendTime(b, a.Created), a.Rotated)
	return appendBytes(appendBytes(b, a.salt), a.sum)
}

// decodeApp reads what encodeApp wrote. The row keeps parts of val.
func decodeApp(kind bridge.Kind, id string, val []byte) (*appRow, error) {
	d := decode(val)
	flags := d.byte()
	a := &appRow{App: bridge.App{
		Kind: kind, ID: id,
		Strict: flags&appStrict != 0, Disabled: flags&appDisabled != 0, Public: flags&appPublic != 0,
		Host: d.jid(), Name: d.string(), UUID: d.string(), Key: d.string(), Redirect: d.string(), Website: d.string(),
		Created: d.time(), Rotated: d.time(),
	}}
	if salt := d.bytes(); len(salt) > 0 {
		a.salt = salt
	}
	a.sum = d.bytes()
	if err := d.end(); err != nil {
		return nil, fmt.Errorf("%s app %q: %w", kind, id, err)
	}
	return a, nil
}
