package caps

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"hash"
	"slices"

	"causeway/xmpp/form"
	"causeway/xmpp/stanza"
)

// nsInfo is the namespace of the question and its answer (XEP-0030 #info).
const nsInfo = "http://jabber.org/protocol/disco#info"

// maxFeatures is how many bytes the features of a client may have; no client has a
// tenth of it.
const maxFeatures = 16 << 10

var errTooMuch = errors.New("more features than a client can have")

// info is the answer of a client.
type info struct {
	XMLName    xml.Name    `xml:"http://jabber.org/protocol/disco#info query"`
	Identities []identity  `xml:"http://jabber.org/protocol/disco#info identity"`
	Features   []feature   `xml:"http://jabber.org/protocol/disco#info feature"`
	Forms      []form.Form `xml:"jabber:x:data x"`
}

type identity struct {
	Category string `xml:"category,attr"`
	Type     string `xml:"type,attr"`
	Lang     string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Name     string `xml:"name,attr"`
}

type feature struct {
	Var string `xml:"var,attr"`
}

// readInfo reads the result of a question.
func readInfo(st *stanza.Stanza) (*info, error) {
	var in info
	if err := st.Decode(&in); err != nil {
		return nil, err
	}
	size := 0
	for _, f := range in.Features {
		size += len(f.Var)
	}
	if size > maxFeatures {
		return nil, errTooMuch
	}
	return &in, nil
}

// features gives what the client can do, sorted, each feature once.
func (in *info) features() []string {
	list := make([]string, len(in.Features))
	for i, f := range in.Features {
		list[i] = f.Var
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// proves reports whether the answer is what the claim says, for everybody who
// makes it.
func (in *info) proves(c claim) bool {
	if !in.trusted() {
		return false
	}
	h := newHash(c.hash)
	h.Write(in.verification())
	return base64.StdEncoding.EncodeToString(h.Sum(nil)) == c.ver
}

// newHash gives the algorithm of that name (XEP-0115 #impl-hash), nil for one that
// we do not have. SHA-1 is the one that everybody has (#security-mti).
func newHash(name string) hash.Hash {
	switch name {
	case "sha-1":
		return sha1.New()
	case "sha-256":
		return sha256.New()
	case "sha-512":
		return sha512.New()
	default:
		return nil
	}
}

// verification gives the string S of XEP-0115 #ver-gen.
func (in *info) verification() []byte {
	var s []byte
	add := func(parts ...string) {
		for _, p := range parts {
			s = append(s, p...)
		}
		s = append(s, '<')
	}
	for _, id := range slices.SortedFunc(slices.Values(in.Identities), identity.compare) {
		add(id.Category, "/", id.Type, "/", id.Lang, "/", id.Name)
	}
	for _, f := range slices.SortedFunc(slices.Values(in.Features), func(a, b feature) int { return cmp.Compare(a.Var, b.Var) }) {
		add(f.Var)
	}
	forms := slices.DeleteFunc(slices.Clone(in.Forms), func(f form.Form) bool { return !counts(&f) })
	slices.SortFunc(forms, func(a, b form.Form) int { return cmp.Compare(a.FormType(), b.FormType()) })
	for _, f := range forms {
		add(f.FormType())
		fields := slices.Clone(f.Fields)
		slices.SortStableFunc(fields, func(a, b form.Field) int { return cmp.Compare(a.Var, b.Var) })
		for _, field := range fields {
			if field.Var == formType {
				continue
			}
			add(field.Var)
			for _, v := range slices.Sorted(slices.Values(field.Values)) {
				add(v)
			}
		}
	}
	return s
}

// compare sorts identities "by category and then by type and then by xml:lang"
// (XEP-0115 #ver-gen).
func (id identity) compare(other identity) int {
	return cmp.Or(cmp.Compare(id.Category, other.Category), cmp.Compare(id.Type, other.Type),
		cmp.Compare(id.Lang, other.Lang), cmp.Compare(id.Name, other.Name))
}

// formType is the field that names what a form means (XEP-0128 #approach).
const formType = "FORM_TYPE"

// counts reports whether a form is part of the hash. XEP-0115 #ver-proc: one
// "where the FORM_TYPE field is not of type hidden or the form does not include a
// FORM_TYPE field" is ignored.
func counts(f *form.Form) bool {
	field := f.Field(formType)
	return field != nil && field.Type == form.Hidden && len(field.Values) > 0
}
