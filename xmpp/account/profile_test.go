package account

import (
	"testing"
	"time"
)

func TestSilent(t *testing.T) {
	on, off := true, false
	hour := func(h int) *int { return &h }
	for _, c := range []struct {
		name   string
		wishes Wishes
		quiet  string // the hours, as letters: a is 0 to 1
	}{
		{"never set", Wishes{}, ""},
		{"off", Wishes{Quiet: &off, Start: hour(0), End: hour(24)}, ""},
		{"without hours", Wishes{Quiet: &on}, "abcdefghijklmnopqrstuvwx"},
		{"without an end", Wishes{Quiet: &on, Start: hour(3)}, "abcdefghijklmnopqrstuvwx"},
		{"seed #set-no-disturbance", Wishes{Quiet: &on, Start: hour(1), End: hour(3)}, "bc"},
		{"over midnight", Wishes{Quiet: &on, Start: hour(22), End: hour(6)}, "abcdefwx"},
		{"until midnight", Wishes{Quiet: &on, Start: hour(22), End: hour(24)}, "wx"},
		{"from midnight", Wishes{Quiet: &on, Start: hour(24), End: hour(1)}, "a"},
		{"all day", Wishes{Quiet: &on, Start: hour(0), End: hour(24)}, "abcdefghijklmnopqrstuvwx"},
	} {
		got := ""
		for h := range 24 {
			if c.wishes.Silent(time.Date(2026, 11, 30, h, 59, 59, 0, time.UTC)) {
				got += string(rune('a' + h))
			}
		}
		if got != c.quiet {
			t.Errorf("%s: %q, want %q", c.name, got, c.quiet)
		}
	}
}
