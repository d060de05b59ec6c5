package badinput

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"causeway/conformance/process"
)

// Back ends and pages that send what none should, and visitors who forge what they have: the
// documented code, no effect, and nobody else notices (doc/plugchat.md). No secret is in the
// log, at whatever level.
func TestPlugchat(t *testing.T) {
	s := process.New(t, domain, "accounts.iterations = 4096", `log.level = "debug"`, "plugchat.root = true", `admins = ["nurse@`+domain+`"]`)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	publicKey, apiKey := s.AddApp(t, "plugchat", domain)
	rosePublic, roseKey := s.AddApp(t, "plugchat", domain)
	mine, hers, rose := s.NewBar(t, publicKey), s.NewBar(t, publicKey), s.NewBar(t, rosePublic)
	for _, b := range []*process.Bar{mine, hers, rose} {
		b.Open(t)
	}
	get := func(query string, more ...string) string {
		return "GET /?" + query + " HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\n" + strings.Join(more, "") + "\r\n"
	}
	post := func(name, body string, more ...string) string {
		return "POST /plugchat/" + name + " HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\n" + strings.Join(more, "") +
			fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	site := "apiKey=" + apiKey + "&user=" + mine.ID
	page := "publicKey=" + publicKey + "&key=" + mine.Key
	huge := strings.Repeat("x", 1<<20)
	for _, b := range []struct {
		name, send string
		code       int
	}{
		{"a callback that is code", get("publicKey=" + publicKey + "&callback=alert(1)//"), 301},
		{"a callback that ends the script", get("publicKey=" + publicKey + "&callback=%3C/script%3E"), 301},
		{"a callback that is a film", get("publicKey=" + publicKey + "&callback=CWSMIKI0hCD0Up0IZUnnnnnnnnnnnnnnnnnnnUU5nnnnnn3Snn7iiudIbEAt333swW0s%C3"), 301},
		{"a callback with a line end", get("publicKey=" + publicKey + "&callback=a%0d%0aSet-Cookie:b"), 301},
		{"a callback of 10 kB", get("publicKey=" + publicKey + "&callback=" + huge[:10_000]), 301},
		{"two callbacks", get("publicKey=" + publicKey + "&callback=a&callback=b"), 301},
		{"a secret in a page", get("action=logout&callback=a&" + site), 301},
		{"a nick of 5 kB", get("action=login&nick=" + huge[:5000] + "&" + site), 401},
		{"a nick that turns round", get("action=login&nick=a%E2%80%AEb&" + site), 401},
		{"a nick of two lines", get("action=login&nick=a%0Ab&" + site), 401},
		{"a nick that cannot be seen", get("action=login&nick=%E2%80%8B%E2%80%8B&" + site), 401},
		{"a nick that is no UTF-8", get("action=login&nick=%FF&" + site), 301},
		{"an avatar that is code", get("action=login&nick=a&avatar=javascript:alert(1)&" + site), 401},
		{"an avatar that is a file", get("action=login&nick=a&avatar=file:///etc/passwd&" + site), 401},
		{"an avatar that is data", get("action=login&nick=a&avatar=data:text/html,x&" + site), 401},
		{"an avatar that ends the attribute", get("action=login&nick=a&avatar=http://a.lit/%22onerror=%22&" + site), 401},
		{"somebody's session by the key of another site", get("action=login&nick=a&user=" + mine.ID + "&apiKey=" + roseKey), 401},
		{"a session that was guessed", get("action=login&nick=a&user=" + strings.Repeat("0", 32) + "&apiKey=" + apiKey), 401},
		{"a session that is an address", get("action=login&nick=a&user=romeo@capulet.lit&apiKey=" + apiKey), 401},
		{"a key as a session", get("action=login&nick=a&user=" + url.QueryEscape(mine.Key) + "&apiKey=" + apiKey), 401},
		{"half an apiKey", get("action=logout&user=" + mine.ID + "&apiKey=" + apiKey[:16]), 300},
		{"the key of somebody else's page", post("say", "publicKey="+rosePublic+"&text=x&key="+mine.Key), 401},
		{"an id as a key", post("say", "publicKey="+publicKey+"&text=x&key="+mine.ID), 401},
		{"half a key", post("say", "publicKey="+publicKey+"&text=x&key="+mine.Key[:len(mine.Key)/2]), 401},
		{"a key in a URL", "GET /plugchat/poll?after=0&" + page + " HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\n\r\n", 301},
		{"a word of 1 MB", post("say", page+"&text="+huge), 301},
		{"a word of 10 kB", post("say", page+"&text="+huge[:10_000]), 401},
		{"NUL", post("say", page+"&text=a%00b"), 301},
		{"an id that is markup", post("say", page+"&text=a&id=%3Ca/%3E"), 401},
		{"to a stranger", post("say", page+"&text=a&to=juliet@"+domain), 401},
		{"to an address that is none", post("say", page+"&text=a&to=%40%40"), 401},
		{"another site's page", post("open", "publicKey="+publicKey, "Origin: https://mantua.lit\r\n"), 300},
		{"a page without an origin", post("open", "publicKey="+publicKey, "Origin: null\r\n"), 300},
		{"a number that is none", post("poll", page+"&after=-1"), 401},
		{"65 parameters", post("open", "publicKey="+publicKey+manyParams(65)), 301},
	} {
		t.Run(b.name, func(t *testing.T) {
			status, body := exchange(t, s, b.send)
			var a process.BarAnswer
			if err := json.Unmarshal([]byte(body), &a); status != 200 || err != nil || a.Code != b.code || strings.ContainsAny(body, "<>&") {
				t.Errorf("got %d %s, want code %d (%v)", status, body, b.code, err)
			}
			others.chat(t)
		})
	}
	t.Run("forged cookies", func(t *testing.T) {
		exchange(t, s, get("action=logout&"+site))
		_, body := exchange(t, s, post("open", page, "Cookie: plugChatUserStatus=4; plugChatUserSessionId="+hers.ID+"\r\n"))
		if !strings.Contains(body, `"status":1`) || !strings.Contains(body, mine.ID) || strings.Contains(body, hers.ID) {
			t.Errorf("cookies say who somebody is: %s", body)
		}
	})
	t.Run("an avatar is not fetched", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		came := make(chan struct{})
		go func() { // ends when ln is closed
			if _, err := ln.Accept(); err == nil {
				close(came)
			}
		}()
		if _, body := exchange(t, s, get("action=login&nick=Romeo&avatar=http://"+ln.Addr().String()+"/a.png&"+site)); !strings.Contains(body, `"code":200`) {
			t.Error(body)
		}
		others.chat(t) // whatever the login has begun is on its way
		select {
		case <-came:
			t.Error("the server has asked for the picture")
		default:
		}
		_ = ln.Close()
	})
	for _, b := range []*process.Bar{mine, hers, rose} {
		if a, err := b.Call("close", url.Values{}); err != nil || a.Code != 200 {
			t.Errorf("close: %+v %v", a, err)
		}
	}
	if list := s.Command(t, "user", "list"); strings.Contains(list, "bar") || !strings.Contains(list, "nurse") {
		t.Errorf("left is\n%s", list)
	}
	log := s.Log(t)
	for name, secret := range map[string]string{"apiKey": apiKey, "other apiKey": roseKey, "key": mine.Key, "session": mine.ID, "text": huge[:100]} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has the %s", name)
		}
	}
	if !strings.Contains(log, "route=plugchat") && !strings.Contains(log, `"route":"plugchat"`) {
		t.Error("the log does not say that there were calls")
	}
	others.leave()
	s.Stop(t)
}
