package caps

import (
	"slices"
	"strings"
)

// trusted reports whether the answer may stand for all who make the same claim, if
// its hash is right.
//
// It may not if it is ill-formed (XEP-0115 #ver-proc). Nor may it if it could be
// the answer of another client in disguise, since the hash is taken over a string
// that does not say what was a feature and what a field (#security-poisoning): then
// a liar could take "+notify" features from everybody who has that client, or give
// them. So nothing may hold the separator "<", and what ends in "+notify" has to be
// a feature. No client in earnest does otherwise.
func (in *info) trusted() bool {
	if len(in.Identities) == 0 {
		return false // XEP-0030 #info-basic: at least one
	}
	if repeats(in.Identities) || repeats(in.Features) {
		return false
	}
	for _, id := range in.Identities {
		if id.Category == "" || id.Type == "" { // XEP-0030 #info-basic: required
			return false
		}
		if disguised(id.Category) || disguised(id.Type) || disguised(id.Lang) || disguised(id.Name) {
			return false
		}
	}
	for _, f := range in.Features {
		if strings.Contains(f.Var, "<") {
			return false
		}
	}
	return in.formsTrusted()
}

// formsTrusted is trusted for the forms.
func (in *info) formsTrusted() bool {
	types := make(map[string]bool)
	for i := range in.Forms {
		f := &in.Forms[i]
		if !counts(f) {
			continue
		}
		// XEP-0115 #ver-proc: two forms of one FORM_TYPE, or a FORM_TYPE of several
		// different values: ill-formed.
		if values := f.Values(formType); types[values[0]] || slices.ContainsFunc(values, func(v string) bool { return v != values[0] }) {
			return false
		}
		types[f.FormType()] = true
		for _, field := range f.Fields {
			if disguised(field.Var) || slices.ContainsFunc(field.Values, disguised) {
				return false
			}
		}
	}
	return true
}

// repeats reports whether an element occurs twice: "consider the entire response to
// be ill-formed" (XEP-0115 #ver-proc).
func repeats[T comparable](list []T) bool {
	seen := make(map[T]bool, len(list))
	for _, e := range list {
		if seen[e] {
			return true
		}
		seen[e] = true
	}
	return false
}

// disguised reports whether a text that is no feature could be read as one, or as
// more than one text.
func disguised(text string) bool {
	_, notify := cutNotify(text)
	return notify || strings.Contains(text, "<")
}

// cutNotify gives the node whose events a feature asks for.
func cutNotify(feature string) (node string, ok bool) {
	return strings.CutSuffix(feature, notifySuffix)
}
