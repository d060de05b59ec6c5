package daemon

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"causeway/bridge"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// appWords are what the users of a kind of app call it, its ID and its secret.
type appWords struct{ what, id, secret string }

func wordsOf(kind bridge.Kind) appWords {
	switch kind {
	case bridge.REST:
		return appWords{"a back end (REST API)", "client_id", "client_secret"}
	case bridge.Site:
		return appWords{"a site that people log in to", "app_id", "app_secret"}
	case bridge.Plugchat:
		return appWords{"a site with a chat bar (plugchat)", "publicKey", "apiKey"}
	case bridge.Flash:
		return appWords{"a tool that sends XML commands (Flash)", "group", "api_pwd"}
	}
	return appWords{string(kind), "id", "secret"}
}

func appKinds() []bridge.Kind {
	return []bridge.Kind{bridge.REST, bridge.Site, bridge.Plugchat, bridge.Flash}
}

const (
	defaultGroup  = "default" // of a Flash tool that names none
	maxAppName    = 100       // characters
	maxRedirect   = 2000      // bytes; browsers and proxies take addresses of this length
	maxAppDomain  = 253
	leastHardPart = 16 // characters that a secret should have which anybody may try
)

var (
	// appKeyForm: org and app are parts of paths, and of names of people in old clients.
	appKeyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}#[a-z0-9][a-z0-9._-]{0,63}$`)
	groupForm  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
)

// appKind reads the kind in a form.
func appKind(given *form.Form) (bridge.Kind, error) {
	text := given.Value("kind")
	for _, k := range appKinds() {
		if string(k) == text {
			return k, nil
		}
	}
	return "", stanza.NotAcceptable.Err(fmt.Sprintf("there is no kind %q of apps; there are rest, site, plugchat and flash", text))
}

// newApp reads an app that is to be made.
func newApp(host jid.JID, given *form.Form) (bridge.App, error) {
	kind, err := appKind(given)
	a := bridge.App{Kind: kind, Host: host}
	switch {
	case err != nil:
		return a, err
	case kind == bridge.REST:
		a.Key = strings.ToLower(given.Value("key"))
		if !appKeyForm.MatchString(a.Key) {
			return a, stanza.NotAcceptable.Err(fmt.Sprintf("the key %q is not like org#app, in letters, digits, . - and, behind the #, _", a.Key))
		}
		a.Name = a.Key
	case kind == bridge.Site:
		if given.Value("name") == "" || given.Value("redirect") == "" {
			return a, stanza.NotAcceptable.Err("a site needs a name and a redirect")
		}
	case kind == bridge.Flash:
		if a.ID = given.Value("group"); a.ID == "" {
			a.ID = defaultGroup
		}
		if !groupForm.MatchString(a.ID) {
			return a, stanza.NotAcceptable.Err(fmt.Sprintf("the group %q has other characters than letters, digits, . - and _, or too many", a.ID))
		}
		a.Name = a.ID
	default:
		a.Name = host.String()
	}
	return a, changeApp(&a, given)
}

// changeApp changes what a form has a value for. An empty website is that of the redirect.
func changeApp(a *bridge.App, given *form.Form) error {
	if a.Kind != bridge.Site && (given.Value("redirect") != "" || given.Bool("strict", false) || given.Bool("public", false)) {
		return stanza.NotAcceptable.Err("only a site has a redirect, and can be strict or public")
	}
	if a.Kind != bridge.Site && a.Kind != bridge.Plugchat && given.Value("website") != "" {
		return stanza.NotAcceptable.Err("only a site and a chat bar have a website")
	}
	if name := strings.TrimSpace(given.Value("name")); name != "" {
		if err := checkName(name); err != nil {
			return err
		}
		a.Name = name
	}
	if redirect := given.Value("redirect"); redirect != "" {
		u, err := checkRedirect(redirect)
		if err != nil {
			return err
		}
		if old, err := url.Parse(a.Redirect); a.Website == "" || err == nil && a.Website == old.Hostname() {
			a.Website = u.Hostname()
		}
		a.Redirect = redirect
	}
	if website := given.Value("website"); website != "" {
		j, err := jid.Parse(website)
		if err != nil || !j.IsHost() || len(website) > maxAppDomain || strings.ContainsAny(website, ":[]") {
			return stanza.NotAcceptable.Err(fmt.Sprintf("the website %q is not a domain like www.capulet.lit", website))
		}
		a.Website = j.String()
	}
	a.Strict, a.Public = given.Bool("strict", a.Strict), given.Bool("public", a.Public)
	a.Disabled = given.Bool("disabled", a.Disabled)
	return nil
}

// checkName takes what can stand in a line that people read.
func checkName(name string) error {
	bad := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.Is(unicode.Bidi_Control, r) })
	if bad >= 0 || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxAppName {
		return stanza.NotAcceptable.Err(fmt.Sprintf("the name has characters that cannot be seen, or more than %d", maxAppName))
	}
	return nil
}

// checkRedirect takes an address to which a code may be sent by way of a browser: one that
// nobody on the way can read, or one on the person's own machine (RFC 8252 §7.3), without a
// fragment (RFC 6749 §3.1.2). Browsers read some spellings in ways of their own, so these are
// not taken: backslashes, blanks, what is not ASCII.
func checkRedirect(text string) (*url.URL, error) {
	wrong := func(why string) (*url.URL, error) {
		return nil, stanza.NotAcceptable.Err(fmt.Sprintf("the redirect %.60q %s", text, why))
	}
	if len(text) > maxRedirect {
		return wrong(fmt.Sprintf("has more than %d bytes", maxRedirect))
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\\\"<>^`{|}", c) >= 0 {
			return wrong("has characters that belong escaped")
		}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return wrong("is not an address like https://www.capulet.lit/back")
	case strings.Contains(text, "#"):
		return wrong("has a fragment, which no server is sent")
	case u.User != nil:
		return wrong("has a user name")
	case u.Scheme != "https" && u.Scheme != "http":
		return wrong("is not https")
	case u.Scheme == "http" && !onThisMachine(u.Hostname()):
		return wrong("is not https: whoever is in between could read the code; http is for addresses on the person's own machine")
	}
	if u.Port() != "" {
		if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
			return wrong("has a port that cannot be")
		}
	}
	return u, nil
}

func onThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// givenSecret reads the secret that a tool has already, "" if one is to be made.
func givenSecret(kind bridge.Kind, given *form.Form) (string, error) {
	secret := given.Value("secret")
	switch {
	case secret == "":
		return "", nil
	case kind != bridge.Plugchat && kind != bridge.Flash:
		return "", stanza.NotAcceptable.Err(fmt.Sprintf("the secret of a %s app is made here", kind))
	case len(secret) > 1023 || strings.ContainsFunc(secret, unicode.IsControl):
		return "", stanza.NotAcceptable.Err("the secret is too long, or has control characters")
	}
	return secret, nil
}
