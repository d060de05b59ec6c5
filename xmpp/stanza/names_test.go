package stanza

import "testing"

// The edges of the productions NameStartChar and NameChar (XML 1.0 §2.3).
func TestNameRunes(t *testing.T) {
	for _, tt := range []struct {
		r            rune
		start, inner bool
	}{
		{0xB6, false, false},
		{0xB7, false, true},
		{0xBF, false, false},
		{0xC0, true, true},
		{0xD7, false, false},
		{0xF7, false, false},
		{0x2FF, true, true},
		{0x300, false, true},
		{0x36F, false, true},
		{0x370, true, true},
		{0x37E, false, false},
		{0x37F, true, true},
		{0x2000, false, false},
		{0x200B, false, false},
		{0x200C, true, true},
		{0x200E, false, false},
		{0x203E, false, false},
		{0x203F, false, true},
		{0x2040, false, true},
		{0x2041, false, false},
		{0x2070, true, true},
		{0x2190, false, false},
		{0x2C00, true, true},
		{0x2FF0, false, false},
		{0x3000, false, false},
		{0x3001, true, true},
		{0xD7FF, true, true},
		{0xE000, false, false},
		{0xF900, true, true},
		{0xFDD0, false, false},
		{0xFDF0, true, true},
		{0xFFFD, true, true},
		{0x10000, true, true},
		{0xEFFFF, true, true},
		{0xF0000, false, false},
	} {
		if isNameStart(tt.r) != tt.start || isNameRune(tt.r) != tt.inner {
			t.Errorf("%U: start %v, inner %v", tt.r, isNameStart(tt.r), isNameRune(tt.r))
		}
	}
}
