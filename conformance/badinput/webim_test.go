package badinput

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
)

// Pages that send what no page should: the documented answer, no effect, and nobody else
// notices (doc/webim.md).
func TestWebim(t *testing.T) {
	s := process.New(t, domain, append(settings, `webim.poll = "1s"`)...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	ticket, cookie := logInPage(t, s, "romeo")
	form := func(path, body string, more ...string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\nCookie: " + cookie + "\r\n" +
			strings.Join(more, "") + fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	get := func(path string, more ...string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\n" + strings.Join(more, "") + "\r\n"
	}
	const message = "type=chat&to=juliet&ticket="
	huge := strings.Repeat("x", 10<<20)
	for _, b := range []badRequest{
		{"a body of 10 MB", form("/webim/message", message+ticket+"&body="+huge), 413},
		{"10 MB of settings", form("/webim/setting", "data="+huge), 413},
		{"10 MB in pieces", "POST /webim/message HTTP/1.1\r\nHost: " + domain + "\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", 1<<20, huge[:1<<20]), 10) + "0\r\n\r\n", 413},
		{"a message that is too long", form("/webim/message", message+ticket+"&body="+huge[:100_000]), 200}, // told in the conversation
		{"a forged ticket", form("/webim/message", message+"AAAA.BBBB&body=soft"), 403},
		{"half a ticket", form("/webim/message", message+ticket[:len(ticket)/2]+"&body=soft"), 403},
		{"a ticket of another purpose", form("/webim/message", message+url.QueryEscape(strings.TrimPrefix(cookie, "__Host-causeway-webim="))+"&body=soft"), 403},
		{"a ticket as cookie", get("/webim/buddies", "Cookie: __Host-causeway-webim="+ticket+"\r\n"), 401},
		{"a ticket without an end", get("/packets?ticket=" + huge[:8000]), 404},
		{"no ticket", get("/packets"), 404},
		{"a poll that posts", form("/packets", "ticket="+ticket), 405},
		{"a callback that is code", get("/packets?ticket=" + ticket + "&callback=alert(1)//"), 400},
		{"a callback with a line end", get("/webim/buddies?callback=a%0d%0ab"), 400},
		{"a callback without an end", get("/webim/buddies?callback=" + huge[:5000]), 400},
		{"another site", form("/webim/setting", "data=%7B%7D", "Origin: https://mantua.lit\r\n"), 403},
		{"a page without an origin", form("/webim/setting", "data=%7B%7D", "Origin: null\r\n"), 403},
		{"a parameter twice", form("/webim/message", message+ticket+"&body=soft&to=nurse"), 400},
		{"brackets", form("/webim/message", "type[]=chat&to[a]=juliet&body[]=soft&ticket="+ticket), 400},
		{"65 parameters", form("/webim/message", message+ticket+"&body=soft"+manyParams(65)), 400},
		{"a NUL", form("/webim/message", message+ticket+"&body=so%00ft"), 400},
		{"no UTF-8", form("/webim/message", message+ticket+"&body=so%ffft"), 400},
		{"a percent sign", form("/webim/message", message+ticket+"&body=100%"), 400},
		{"JSON", strings.Replace(form("/webim/message", `{"type":"chat"}`), "x-www-form-urlencoded", "json", 1), 415},
		{"a file", strings.Replace(form("/webim/message", "--x"), "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", 1), 415},
		{"no settings", form("/webim/setting", "data=[1,2]"), 400},
		{"settings without an end", form("/webim/setting", "data="+strings.Repeat("[", 10_000)), 400},
		{"a name that is none", form("/webim/message", "type=chat&to=%40%40&body=soft&ticket="+ticket), 400},
		{"a number", form("/webim/message", "type=1&to=1&body=1&ticket="+ticket), 400},
		{"a user name that is a path", form("/webim/online", "username=../../etc/passwd&password=x"), 200},
		{"a user name of another host", form("/webim/online", "username=romeo@montague.lit&password=pencil"), 200},
		{"a hand-over without a secret", form("/webim/online", "handover=e30.AAAA"), 200},
		{"a room that is none", form("/webim/join", "id=%40%40&nick=x&ticket="+ticket), 400},
		{"a path beside", get("/webim/../healthz"), 404},
		{"an endpoint that is none", get("/webim/online/x"), 404},
		{"a socket that is none", get("/packets/ws", "Upgrade: websocket\r\n"), 400},
	} {
		t.Run(b.name, func(t *testing.T) {
			if status, body := exchange(t, s, b.send); status != b.status || strings.Contains(body, `"success":true`) || body == `"ok"` {
				t.Errorf("got %d, want %d: %.300s", status, b.status, body)
			}
			others.chat(t)
		})
	}
	t.Run("half a body", func(t *testing.T) {
		for range 50 {
			c := dialHTTP(t, s)
			_, _ = io.WriteString(c, strings.Replace(form("/webim/message", message+ticket+"&body=so"), "\r\n\r\n", "0\r\n\r\n", 1)) // ten times as long
			defer func() { _ = c.Close() }()
		}
		others.chat(t)
	})
	t.Run("a storm of polls", func(t *testing.T) {
		counts := make(chan int, 200)
		for range 200 {
			c := dialHTTP(t, s)
			go func() { // ends with the answer
				_, _ = io.WriteString(c, get("/packets?ticket="+ticket)) // a fault shows below
				r, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					counts <- 0
					return
				}
				_ = r.Body.Close()
				counts <- r.StatusCode
			}()
		}
		seen := map[int]int{}
		for range 200 {
			seen[<-counts]++
		}
		if seen[200]+seen[429] != 200 || seen[429] == 0 {
			t.Errorf("answered with %v", seen)
		}
		others.chat(t)
	})
	t.Run("HTML", func(t *testing.T) {
		<-time.After(2 * time.Second) // the storm is over
		const evil = `"><img src=x onerror=alert(1)>`
		others.a.MustSend(t, "<presence to='romeo@"+domain+"'><status>"+escape(evil)+"</status><nick xmlns='http://jabber.org/protocol/nick'>"+escape(evil)+"</nick></presence>"+
			"<message to='romeo@"+domain+"' type='chat'><body>"+escape(evil)+"</body><message xmlns='urn:causeway:webim' style='color:red;"+escape(evil)+"'/></message>")
		others.chat(t) // so that it has arrived
		_, body := exchange(t, s, get("/packets?ticket="+ticket))
		if strings.Contains(body, "<") || !strings.Contains(body, `\u0026lt;img`) || strings.Contains(body, `color:red;\"`) {
			t.Errorf("the page gets %s", body)
		}
	})
	others.chat(t)
	s.Stop(t)
}

func manyParams(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "&p%d=1", i)
	}
	return b.String()
}

func escape(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
}

var ticketOf = regexp.MustCompile(`"ticket":"([^"]+)"`)

// logInPage logs somebody in, and gives the ticket, as it stands in a URL, and the cookie.
func logInPage(t *testing.T, s *process.Server, name string) (ticket, cookie string) {
	t.Helper()
	c := dialHTTP(t, s)
	body := "show=available&username=" + name + "&password=" + process.Password
	_, err := fmt.Fprintf(c, "POST /webim/online HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", domain, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	found := ticketOf.FindSubmatch(text)
	if err != nil || found == nil || len(r.Cookies()) != 1 {
		t.Fatalf("%s %v", text, err)
	}
	return url.QueryEscape(string(found[1])), r.Cookies()[0].Name + "=" + r.Cookies()[0].Value
}
