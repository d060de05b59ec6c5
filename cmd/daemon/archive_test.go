package daemon

import (
	"strings"
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		text string
		want time.Duration
		back string
	}{
		{"0s", 0, "0s"},
		{"90s", 90 * time.Second, "1m30s"},
		{"30d", 720 * time.Hour, "30d"},
		{"720h", 720 * time.Hour, "30d"},
		{"1d12h", 36 * time.Hour, "36h0m0s"},
		{"0d", 0, "0s"},
	} {
		var d duration
		if err := d.UnmarshalText([]byte(c.text)); err != nil || time.Duration(d) != c.want {
			t.Errorf("%s: %v, %v", c.text, time.Duration(d), err)
		}
		if back, err := d.MarshalText(); string(back) != c.back || err != nil {
			t.Errorf("%s is written as %s, %v", c.text, back, err)
		}
	}
	for _, text := range []string{"", "30", "d", "-1d", "1.5d", "1dd", "1d2", "1d-", "99999999d", "5 m", "month"} {
		var d duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, time.Duration(d))
		}
	}
}

// TestArchiveFaults: what is wrong in the section archive is told with the key.
func TestArchiveFaults(t *testing.T) {
	const hosts = "hosts = ['capulet.lit', 'montague.lit']\n[archive]\n"
	for _, c := range []struct{ text, want string }{
		{"prefer = 'sometimes'", "archive.prefer"},
		{"keep = '1ms'", "archive.keep"},
		{"keep = '30'", "archive.keep"},
		{"keep_at = ['montague.lit']", `archive.keep_at: "montague.lit" is not a host and a time`},
		{"keep_at = ['montague.lit=soon']", "archive.keep_at: montague.lit"},
		{"keep_at = ['montague.lit=1ms']", "archive.keep_at: montague.lit"},
		{"keep_at = ['romeo@montague.lit=30d']", "archive.keep_at"},
		{"keep_at = ['montague.lit=30d', 'MONTAGUE.lit=31d']", "archive.keep_at: montague.lit is there twice"},
		{"keep_at = ['montage.lit=30d']", "archive.keep_at: montage.lit is no host here"},
	} {
		_, _, err := load(writeFile(t, "causeway.toml", hosts+c.text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.text, err)
		}
	}
	cfg, _, err := load(writeFile(t, "causeway.toml", hosts+"keep = '0s'\nkeep_at = ['Montague.lit = 30d', 'rooms.capulet.lit=0s']"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	times, err := cfg.Archive.keepAt()
	if err != nil || len(times) != 2 || times["montague.lit"] != 720*time.Hour || times["rooms.capulet.lit"] != 0 {
		t.Errorf("%v, %v", times, err)
	}
}
