package daemon

import "testing"

func TestCheckOAuth(t *testing.T) {
	for url, good := range map[string]bool{
		"": true, "https://capulet.lit": true, "https://capulet.lit/": true, "https://capulet.lit:5280": true, "http://127.0.0.1:5281": true, "http://[::1]:80": true, "http://localhost": true,
		"http://capulet.lit": false, "capulet.lit": false, "https://capulet.lit/x": false, "https://capulet.lit?x": false, "https://capulet.lit?": false, "https://u@capulet.lit": false,
		"https://capulet.lit#x": false, "ftp://capulet.lit": false, "https://": false, "http://127.0.0.1.evil.lit": false,
	} {
		cfg := Default()
		cfg.OAuth.URL = url
		if faults := cfg.checkOAuth(); (len(faults) == 0) != good {
			t.Errorf("%q: %v", url, faults)
		}
	}
}
