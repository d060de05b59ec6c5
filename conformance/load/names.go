package load

import (
	"crypto/rand"
	"strings"
)

// unique gives a word that no other run has.
func unique() string { return "b" + strings.ToLower(rand.Text()[:10]) }
