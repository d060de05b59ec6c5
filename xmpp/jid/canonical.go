package jid

// What an ASCII byte may be part of in a canonical address, as bits of asciiClass.
const (
	inLocal = 1 << iota
	inLabel
	inResource
)

// asciiClass tells what an ASCII byte may be part of. It is never written to.
var asciiClass = makeASCIIClass()

func makeASCIIClass() (t [256]uint8) {
	for c := ' '; c <= '~'; c++ {
		t[c] = inResource // RFC 7622 §3.4: the OpaqueString profile changes none of these
		switch c {
		case ' ', '"', '&', '\'', '/', ':', '<', '>', '@': // RFC 7622 §3.3.1
		default:
			if c < 'A' || 'Z' < c {
				t[c] |= inLocal
			}
		}
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' {
			t[c] |= inLabel
		}
	}
	return t
}

// isCanonical reports whether the parts are surely in canonical form, which only
// ASCII is taken for; local and resource may be empty. It is the way of nearly all
// addresses, so that they need not go through PRECIS and IDNA.
func isCanonical(local, domain, resource string) bool {
	return isCanonicalDomain(domain) && isCanonicalLocal(local) && isCanonicalResource(resource)
}

func isCanonicalLocal(s string) bool {
	for i := 0; i < len(s); i++ {
		if asciiClass[s[i]]&inLocal == 0 {
			return false
		}
	}
	return len(s) <= maxPart
}

func isCanonicalResource(s string) bool {
	for i := 0; i < len(s); i++ {
		if asciiClass[s[i]]&inResource == 0 {
			return false
		}
	}
	return len(s) <= maxPart
}

// isCanonicalDomain reports whether s is made of lower-case LDH labels that are no
// A-labels (RFC 7622 §3.2.1).
func isCanonicalDomain(s string) bool {
	label := 0 // where the present label begins
	for i := 0; i < len(s); i++ {
		if s[i] == '.' {
			if !isCanonicalLabel(s[label:i]) {
				return false
			}
			label = i + 1
		} else if asciiClass[s[i]]&inLabel == 0 {
			return false
		}
	}
	return isCanonicalLabel(s[label:]) && len(s) <= maxPart
}

// isCanonicalLabel checks a label of lower-case letters, digits and hyphens. Two
// hyphens in the third and fourth place are left to IDNA.
func isCanonicalLabel(s string) bool {
	n := len(s)
	return 0 < n && n <= 63 && s[0] != '-' && s[n-1] != '-' && (n < 4 || s[2] != '-' || s[3] != '-')
}
