package daemon

import (
	"slices"
	"strings"
	"testing"
)

func TestWebsdkFaults(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"hosts = ['capulet.lit']\n[sdk]\nhosts = ['montague.lit']", `sdk.hosts: "montague.lit" is no host here`},
		{"hosts = ['capulet.lit']\n[sdk]\nhosts = ['@']", `sdk.hosts: "@" is no host here`},
		{"hosts = ['capulet.lit']\n[sdk]\ndomains = ['a@b']", `sdk.domains: "a@b" is no domain`},
		{"hosts = ['capulet.lit', 'montague.lit']\n[sdk]\nhosts = ['capulet.lit']\ndomains = ['Montague.lit']", "sdk.domains: montague.lit is a host here that is not in sdk.hosts"},
	} {
		if _, _, err := load(writeFile(t, "causeway.toml", tt.text), nil, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.text, err, tt.want)
		}
	}
	cfg, _, err := load(writeFile(t, "causeway.toml", "hosts = ['capulet.lit']\n[sdk]\nhosts = ['Capulet.lit']\ndomains = ['Capulet.LIT', 'Easemob.com']"), nil, nil)
	if err != nil || !slices.Equal(cfg.SDK.Hosts, []string{"capulet.lit"}) || !slices.Equal(cfg.SDK.Domains, []string{"capulet.lit", "easemob.com"}) {
		t.Errorf("%+v, %v", cfg.SDK, err)
	}
}
