package daemon

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// messagesOfLastHour sends a message, and waits until its hour, which it gives, is over.
func (b *backend) messagesOfLastHour() string {
	b.t.Helper()
	hour := time.Now().UTC().Format("2006010215")
	b.ok("POST", "/messages", `{"target_type":"users","target":["romeo"],"msg":{"type":"txt","msg":"x"},"from":"juliet"}`)
	time.Sleep(time.Hour)
	return hour
}

func lastPart(url any) string {
	text := fmt.Sprint(url)
	return text[strings.LastIndexByte(text, '/')+1:]
}

// said is what a page of history tells, in short.
func said(entities any) (list []string) {
	all, _ := entities.([]any)
	for _, v := range all {
		e, _ := v.(map[string]any)
		payload, _ := e["payload"].(map[string]any)
		list = append(list, fmt.Sprint(e["direction"], " ", e["chat_type"], " ", e["from"], ">", e["to"], " ", payload["bodies"], payload["ext"]))
	}
	return list
}

// converse lets people say all sorts of things, and gives what a history must have of it.
func converse(b *backend) []string {
	b.t.Helper()
	data, _ := b.ok("POST", "/chatgroups", `{"groupname":"Masque","owner":"juliet","members":["romeo"]}`)["data"].(map[string]any)
	group := fmt.Sprint(data["groupid"])
	romeo := b.login("romeo@capulet.lit/orchard")
	romeo.say("<presence to='" + group + "@conference.capulet.lit/mask'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
	romeo.say("<message type='chat' to='juliet@capulet.lit' id='m1'><body>plain</body></message>")
	romeo.say("<message type='chat' to='romeo@capulet.lit'><body>myself</body></message>")
	romeo.say("<message type='chat' to='juliet@capulet.lit'><body>b</body><json xmlns='urn:xmpp:json:0'>{\"from\":\"nurse\",\"bodies\":{}}</json></message>")
	romeo.say("<message type='groupchat' to='" + group + "@conference.capulet.lit'><body>masked</body></message>")
	b.ok("POST", "/messages", `{"target_type":"users","target":["romeo"],"msg":{"type":"txt","msg":"host"},"ext":{"a":1}}`)
	b.ok("POST", "/messages", `{"target_type":"users","target":["romeo"],"msg":{"type":"txt","msg":"hers"},"from":"juliet"}`)
	b.ok("POST", "/messages", `{"target_type":"chatgroups","target":["`+group+`"],"msg":{"type":"txt","msg":"all"}}`)
	romeo.hears()
	txt := func(s string) string { return " [map[msg:" + s + " type:txt]] map[" }
	return []string{
		"outgoing chat romeo>juliet" + txt("plain") + "]", "outgoing chat romeo>romeo" + txt("myself") + "]", "outgoing chat romeo>juliet" + txt("b") + "]",
		"incoming chat admin>romeo" + txt("host") + "a:1]", "outgoing chat juliet>romeo" + txt("hers") + "]",
		"outgoing groupchat romeo>" + group + txt("masked") + "]", "outgoing groupchat admin>" + group + txt("all") + "]",
	}
}

// sameSaid holds what was told against what must be, in any order, each once.
func sameSaid(t *testing.T, what string, got, want []string) {
	t.Helper()
	got = slices.Clone(got)
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nnot\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRESTHistory: each message once, page by page, within the bounds (wire part 2, item 7).
func TestRESTHistory(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		time.Sleep(time.Second)
		start := time.Now().UnixMilli()
		want := converse(b)
		time.Sleep(time.Second)
		end := time.Now().UnixMilli()
		ask := func(ql, limit string) (list []string) {
			cursor := ""
			for range 100 {
				got := b.ok("GET", "/chatmessages?limit="+limit+"&cursor="+cursor+"&ql="+url.QueryEscape(ql), "")
				list = append(list, said(got["entities"])...)
				if got["cursor"] == nil {
					return list
				}
				cursor = fmt.Sprint(got["cursor"])
			}
			t.Fatal("there is no end")
			return nil
		}
		for _, limit := range []string{"1", "2", "1000"} {
			sameSaid(t, "by "+limit, ask("", limit), want)
			sameSaid(t, "latest first by "+limit, ask("select * order by timestamp desc", limit), want)
			sameSaid(t, "bounds", ask(fmt.Sprintf("select * where timestamp>%d and timestamp<%d", start-1, end), limit), want)
		}
		for _, ql := range []string{fmt.Sprintf("select * where timestamp>%d", end), fmt.Sprintf("select * where timestamp<%d", start), "select * where timestamp>9 and timestamp<3"} {
			if got := ask(ql, "10"); len(got) > 0 {
				t.Errorf("%s: %s", ql, got)
			}
		}
		for _, bad := range []string{"?ql=select", "?ql=select+*+where+to%3D1", "?cursor=x", "?cursor=LTgzNDAxMjM3OTp7fQ!"} {
			if w := b.send("GET", "/chatmessages"+bad, b.token, ""); w.Code != 400 || !strings.Contains(w.Body.String(), `"error":"illegal_argument"`) {
				t.Errorf("%s: %d %s", bad, w.Code, w.Body)
			}
		}
	})
}

// TestRESTHistoryFile: the file of an hour, for as long as its URL is good (wire part 2, item 7).
func TestRESTHistoryFile(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		hour := time.Now().UTC().Format("2006010215")
		want := converse(b)
		refused := func(hour string) {
			t.Helper()
			w := b.send("GET", "/chatmessages/"+hour, b.token, "")
			text := "illegal arguments: appkey: " + strings.ReplaceAll(strings.Trim(appPath, "/"), "/", "#") + ", time: " + hour + ", maybe chat message history is expired or unstored"
			if w.Code != 400 || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: %d %s", hour, w.Code, w.Body)
			}
		}
		refused(hour) // it is not over
		time.Sleep(time.Hour)
		for _, bad := range []string{"1999010100", "2999010100", "20000101", "x", "2000013100x", "2000019900"} {
			refused(bad)
		}
		data, _ := b.ok("GET", "/chatmessages/"+hour, "")["data"].([]any)
		one, _ := data[0].(map[string]any)
		address, ok := strings.CutPrefix(fmt.Sprint(one["url"]), "https://capulet.lit"+appPath)
		if !ok {
			t.Fatalf("it is at %v", one["url"])
		}
		w := b.send("GET", address, "", "")
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/gzip" {
			t.Fatalf("the file: %d %s", w.Code, w.Body)
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		var all []any
		lines := bufio.NewScanner(z)
		for lines.Scan() {
			var v map[string]any
			if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
				t.Errorf("%s: %v", lines.Bytes(), err)
			}
			all = append(all, v)
		}
		if err := lines.Err(); err != nil {
			t.Error(err)
		}
		sameSaid(t, "the file", said(all), want)
		seal := lastPart(address)
		for _, bad := range []string{"A" + seal, seal[1:], strings.TrimSuffix(seal, ".gz"), seal[:20] + "AAAA" + seal[24:], "AAAAAP" + seal[6:], "juliet"} {
			if w := b.send("GET", "/chatmessages/"+hour+"/"+bad, b.token, ""); w.Code != 404 {
				t.Errorf("%s: %d", bad, w.Code)
			}
		}
		if w := b.send("GET", "/chatmessages/1999123123/"+seal, b.token, ""); w.Code != 404 {
			t.Errorf("of another hour: %d", w.Code)
		}
		time.Sleep(29 * time.Minute)
		if w := b.send("GET", address, "", ""); w.Code != 200 {
			t.Errorf("after 29 minutes: %d", w.Code)
		}
		time.Sleep(time.Minute)
		if w := b.send("GET", address, "", ""); w.Code != 404 {
			t.Errorf("after 30 minutes: %d", w.Code)
		}
	})
}
