package avatar

import (
	"strings"
	"testing"
)

const from = "from='juliet@capulet.lit/balcony'"

// x is the element that names the image.
func x(image []byte) string {
	hash := ""
	if image != nil {
		hash = hashOf(image)
	}
	return "<x xmlns='vcard-temp:x:update'><photo>" + hash + "</photo></x>"
}

func TestStamp(t *testing.T) {
	capitals := "<x xmlns='vcard-temp:x:update'><photo>" + strings.ToUpper(hashOf(rose)) + "</photo></x>"
	tests := []struct {
		name, sent, want string
		image            []byte
	}{
		{"XEP-0398 #presence: the hash is put in", "<presence/>", "<presence " + from + ">" + x(rose) + "</presence>", rose},
		{"XEP-0398 #presence: beside all else", "<presence xml:lang='en' id='p'><show>away</show></presence>", "<presence " + from + " xml:lang='en' id='p'><show>away</show>" + x(rose) + "</presence>", rose},
		{
			"XEP-0398 #presence: an empty photo stays", "<presence><x xmlns='vcard-temp:x:update'><photo/></x></presence>",
			"<presence " + from + "><x xmlns='vcard-temp:x:update'><photo/></x></presence>", rose,
		},
		{"XEP-0398 #presence: no photo is overwritten", "<presence><x xmlns='vcard-temp:x:update'/><show>xa</show></presence>", "<presence " + from + "><show>xa</show>" + x(rose) + "</presence>", rose},
		{"XEP-0398 #presence: another hash is overwritten", "<presence>" + x(moon) + "<p:x xmlns:p='vcard-temp:x:update'/></presence>", "<presence " + from + ">" + x(rose) + "</presence>", rose},
		{"XEP-0153 #publish: capital digits are the same", "<presence>" + capitals + "</presence>", "<presence " + from + ">" + capitals + "</presence>", rose},
		{"as it should be", "<presence a='b'>" + x(rose) + "</presence>", "<presence " + from + " a='b'>" + x(rose) + "</presence>", rose},
		{"no photo at all", "<presence><show>away</show></presence>", "<presence " + from + "><show>away</show></presence>", nil},
		{"XEP-0153 #bizrules-presence: no photo, and the client does not know yet", "<presence><x xmlns='vcard-temp:x:update'/></presence>", "<presence " + from + ">" + x(nil) + "</presence>", nil},
		{"a photo that the server does not know", "<presence>" + x(moon) + "</presence>", "<presence " + from + ">" + x(moon) + "</presence>", nil},
		{"only available presence", "<presence type='unavailable'/>", "<presence " + from + " type='unavailable'/>", rose},
	}
	for _, test := range tests {
		w := newWorld(t)
		s := w.login("balcony")
		w.image = test.image
		if got := w.says(s, test.sent); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
		directed := w.service.Directed(t.Context(), parse(t, s, test.sent))
		if got := string(directed.AppendTo(nil)); got != test.want {
			t.Errorf("directed: %s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestAnnounce(t *testing.T) {
	w := newWorld(t)
	balcony, chamber, silent := w.login("balcony"), w.login("chamber"), w.login("silent")
	w.login("garden") // never available
	w.says(balcony, "<presence><show>away</show></presence>")
	w.says(chamber, "<presence/>")
	w.says(silent, "<presence><x xmlns='vcard-temp:x:update'><photo/></x></presence>")

	expect := func(why, inside string) {
		t.Helper()
		want := "<presence from='juliet@capulet.lit/balcony'><show>away</show>" + inside + "</presence>\n<presence from='juliet@capulet.lit/chamber'>" + inside + "</presence>"
		if got := w.sent(); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", why, got, want)
		}
	}
	w.setsCard("image/png", rose)
	expect("XEP-0153 #publish: presence is sent again, but not by one who shows no photo", x(rose))
	w.shows(open, "image/gif", moon)
	expect("an avatar that is published", x(moon))
	w.shows(open, "image/gif", moon)
	if got := w.sent(); got != "" {
		t.Errorf("nothing has changed: %s", got)
	}
	w.setsCard("", nil)
	expect("XEP-0153 #bizrules-presence: no photo any more", x(nil))
	w.setsCard("image/png", rose)
	expect("the empty photo was the server's, not the client's", x(rose))

	w.says(balcony, "<presence><show>away</show><x xmlns='vcard-temp:x:update'><photo/></x></presence>")
	w.says(chamber, "<presence type='unavailable'/>")
	w.sent()
	w.setsCard("image/gif", moon)
	if got := w.sent(); got != "" {
		t.Errorf("XEP-0398 #presence: an empty photo of the client: %s", got)
	}
	w.service.Gone(balcony.JID())
	if len(w.service.emptied) != 0 {
		t.Errorf("remembered: %v", w.service.emptied)
	}
}
