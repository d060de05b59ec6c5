package crash

import (
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
)

// A loginSite is a site that people log in to, and what its back end has been answered.
type loginSite struct {
	id, secret string

	mu     sync.Mutex
	keys   []string // that browsers came back with, and that nobody has traded
	tokens []string // by whom
	whose  []string
}

// newLoginSite makes a server and a site.
func newLoginSite(t *testing.T, names []string, settings ...string) (*process.Server, *loginSite) {
	t.Helper()
	s := process.New(t, domain, append(settings, `admins = ["nurse@`+domain+`"]`)...)
	s.AddUsers(t, append(names, "nurse")...)
	s.Start(t)
	site := &loginSite{}
	site.id, site.secret = s.AddApp(t, "site", domain, "--name", "Verona News", "--redirect", "https://news.verona.lit/back")
	return s, site
}

func (l *loginSite) start() string { return "/api/oauth?app_id=" + l.id }

// trade trades an auth_key; "" if it is refused.
func (l *loginSite) trade(v *process.Visitor, key string) (token string, err error) {
	q := url.Values{"app_id": {l.id}, "app_secret": {l.secret}, "auth_key": {key}}
	_, body, err := v.Fetch("/api/authorize?" + q.Encode())
	if err != nil {
		return "", err
	}
	var o map[string]any
	err = json.Unmarshal([]byte(body), &o)
	token, _ = o["access_token"].(string)
	return token, err
}

// come comes back to the site again and again until the server is gone; every other key is
// traded.
func (l *loginSite) come(v *process.Visitor, first func()) {
	for n := 0; ; n++ {
		to, err := v.Arrive(l.start())
		if err != nil {
			return
		}
		key := to.Query().Get("auth_key")
		if n%2 == 0 {
			l.mu.Lock()
			l.keys = append(l.keys, v.Name+" "+key)
			l.mu.Unlock()
			first()
			continue
		}
		token, err := l.trade(v, key)
		if err != nil || token == "" {
			return
		}
		l.mu.Lock()
		l.tokens, l.whose = append(l.tokens, token), append(l.whose, v.Name)
		l.mu.Unlock()
		first()
	}
}

// Redirects and tokens that were answered, and the server killed: each key can be traded,
// each token says whose it is, and nobody is asked again who has agreed (oauth #access-token).
func TestKillWhilePeopleLogIn(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	names := []string{"romeo", "juliet", "benvolio", "mercutio"}
	s, site := newLoginSite(t, names, settings...)
	keys, tokens := 0, 0
	for range rounds {
		var (
			all  sync.WaitGroup
			once sync.Once
		)
		visitors, first := make([]*process.Visitor, len(names)), make(chan struct{})
		for i, name := range names {
			visitors[i] = s.NewVisitor(t, name)
			all.Go(func() { site.come(visitors[i], func() { once.Do(func() { close(first) }) }) }) // ends with the server
		}
		<-first
		<-time.After(rand.N(longest))
		s.Kill(t)
		all.Wait()
		s.Start(t)
		for _, v := range visitors {
			if r, _, err := v.Fetch(site.start()); err != nil || r.StatusCode != 200 && r.StatusCode != 302 {
				t.Errorf("%s comes again: %v %v", v.Name, r, err)
			}
		}
		k, n := site.check(t, visitors[0])
		keys, tokens = keys+k, tokens+n
	}
	s.Stop(t)
	t.Logf("crash of log-ins: %d rounds, %d keys and %d tokens answered, none may be missing", rounds, keys, tokens)
}

// check wants all to be there that was answered in a round: of one person, a site has the
// newest hundred tokens.
func (l *loginSite) check(t *testing.T, v *process.Visitor) (keys, tokens int) {
	t.Helper()
	keys, tokens = len(l.keys), len(l.tokens)
	for _, pair := range l.keys {
		name, key, _ := strings.Cut(pair, " ")
		token, err := l.trade(v, key)
		if err != nil || token == "" {
			t.Errorf("a key of %s is lost: %v", name, err)
			continue
		}
		l.tokens, l.whose = append(l.tokens, token), append(l.whose, name)
	}
	for i, token := range l.tokens {
		_, body, err := v.Fetch("/api/get_user_info?access_token=" + token)
		if err != nil || !strings.Contains(body, `"user_name":"`+l.whose[i]+`"`) {
			t.Errorf("a token of %s: %s %v", l.whose[i], body, err)
		}
	}
	l.keys, l.tokens, l.whose = nil, nil, nil
	return keys, tokens
}

// An auth_key that comes a hundred times at once is traded once; and what it was traded for
// is dead, since it came again (RFC 6749 §4.1.2).
func TestHundredRedemptions(t *testing.T) {
	s, site := newLoginSite(t, []string{"juliet"}, settings...)
	v := s.NewVisitor(t, "juliet")
	to, err := v.Arrive(site.start())
	if err != nil {
		t.Fatal(err)
	}
	var (
		all sync.WaitGroup
		mu  sync.Mutex
		won []string
	)
	for range 100 {
		all.Go(func() {
			token, err := site.trade(v, to.Query().Get("auth_key"))
			if err != nil {
				t.Error(err)
			}
			if token != "" {
				mu.Lock()
				won = append(won, token)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(won) != 1 {
		t.Fatalf("%d have won", len(won))
	}
	if _, body, err := v.Fetch("/api/get_user_info?access_token=" + won[0]); err != nil || !strings.Contains(body, "invalid access_token") {
		t.Errorf("after the replays: %s %v", body, err)
	}
	v.CloseIdleConnections() // some of them have carried nothing, and a server waits for those
	s.Stop(t)
}

// No secret, key or token is in clear in the data folder or in the log, whatever is logged;
// what is public is there, so that this would be seen.
func TestOAuthSecrets(t *testing.T) {
	s, site := newLoginSite(t, []string{"juliet"}, "accounts.iterations = 4096", `log.level = "debug"`)
	v := s.NewVisitor(t, "juliet")
	secrets := map[string]string{"the password": process.Password, "the app_secret": site.secret}
	keep := func(name string) string {
		to, err := v.Arrive(site.start())
		if err != nil {
			t.Fatal(err)
		}
		secrets[name] = to.Query().Get("auth_key")
		return secrets[name]
	}
	var err error
	keep("an auth_key that is good")
	if secrets["an access_token"], err = site.trade(v, keep("an auth_key that was traded")); err != nil || secrets["an access_token"] == "" {
		t.Fatal(err)
	}
	if _, body, err := v.Fetch("/api/get_user_info?access_token=" + secrets["an access_token"]); err != nil || !strings.Contains(body, "juliet") {
		t.Fatalf("%s %v", body, err)
	}
	const start = "/api/oauth2/authorize?response_type=code&state=s&client_id="
	to, err := v.Arrive(start + site.id)
	if err != nil {
		t.Fatal(err)
	}
	secrets["a code"] = to.Query().Get("code")
	_, body, err := v.Post("/api/oauth2/token", "grant_type", "authorization_code", "code", secrets["a code"], "client_id", site.id, "client_secret", site.secret)
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err != nil || json.Unmarshal([]byte(body), &tokens) != nil || tokens.Refresh == "" {
		t.Fatalf("%s %v", body, err)
	}
	secrets["the other access_token"], secrets["a refresh_token"] = tokens.Access, tokens.Refresh
	here := &url.URL{Scheme: "https", Host: domain, Path: "/"}
	for _, c := range v.Jar.Cookies(here) {
		secrets["the cookie "+c.Name] = c.Value
	}
	s.Stop(t)

	all := map[string]string{"the log": s.Log(t)}
	err = filepath.WalkDir(s.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	public := false
	for where, text := range all {
		public = public || where != "the log" && strings.Contains(text, site.id)
		for what, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %s", what, where)
			}
		}
	}
	if !public {
		t.Error("not even the app_id is found: this looks in the wrong place")
	}
	if !strings.Contains(all["the log"], "route=oauth") && !strings.Contains(all["the log"], `"route":"oauth"`) {
		t.Error("no request is in the log: this looks in the wrong place")
	}
}
