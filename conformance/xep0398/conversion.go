// Package xep0398 checks that avatars of old and new clients are the same.
package xep0398

import (
	"crypto/sha1" // XEP-0084 names items so
	"encoding/base64"
	"encoding/hex"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	nsPubsub = "http://jabber.org/protocol/pubsub"
	nsData   = "urn:xmpp:avatar:data"
	nsMeta   = "urn:xmpp:avatar:metadata"
)

// pixel is a PNG of one pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func sum() string {
	raw, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		panic(err) // the constant above is base64
	}
	s := sha1.Sum(raw)
	return hex.EncodeToString(s[:])
}

// Checks gives the checks of XEP-0398.
func Checks() []run.Check {
	needs := []string{"account:urn:xmpp:pep-vcard-conversion:0"}
	const open = "<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var='pubsub#access_model'><value>open</value></field></x></publish-options>"
	publish := func(c *run.Client) {
		c.Set("", "<pubsub xmlns='%s'><publish node='%s'><item id='%s'><data xmlns='%s'>%s</data></item></publish>%s</pubsub>", nsPubsub, nsData, sum(), nsData, pixel, open)
		c.Set("", "<pubsub xmlns='%s'><publish node='%s'><item id='%s'><metadata xmlns='%s'><info bytes='70' id='%s' type='image/png' height='1' width='1'/></metadata></item></publish>%s</pubsub>", nsPubsub, nsMeta, sum(), nsMeta, sum(), open)
	}
	card := func(c *run.Client) {
		c.Set("", "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>%s</BINVAL></PHOTO></vCard>", pixel)
	}
	return []run.Check{
		{ID: "0398/pep2vcard/photo", Level: run.Must, Text: "an avatar that was published is the photo of the card", Needs: needs, Run: func(t *run.T) {
			c := t.Online("romeo")
			publish(c)
			e := c.Get("", "<vCard xmlns='vcard-temp'/>")
			b := e.Find("vcard-temp", "BINVAL")
			t.True(b != nil && len(b.Text) >= len(pixel), "came %.400s", e.Raw)
		}},
		{ID: "0398/vcard2pep/published", Level: run.Must, Text: "the photo of a card is published as the avatar", Needs: needs, Run: func(t *run.T) {
			c := t.Online("romeo")
			card(c)
			e := c.Get("", "<pubsub xmlns='%s'><items node='%s'/></pubsub>", nsPubsub, nsMeta)
			t.True(run.Inside(e, oracle.Pattern("<info xmlns='%s' id='%s'/>", nsMeta, sum())), "came %.400s", e.Raw)
		}},
		{ID: "0398/presence/hash", Level: run.Must, Text: "the server puts the hash of the avatar into presence", Needs: needs, Run: func(t *run.T) {
			r, j := t.Online("romeo"), t.Online("juliet")
			t.Friends(r, j)
			publish(r)
			r.Send("<presence><show>away</show></presence>")
			j.Want("<presence from='%s'><show>away</show><x xmlns='vcard-temp:x:update'><photo>%s</photo></x></presence>", r.Full, sum())
		}},
	}
}
