package daemon

import (
	"context"
	"crypto/subtle"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/bridge/flash"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
	"causeway/xmpp/xmpptest"
)

// flashPassword is the api_pwd of the groups of tests.
const flashPassword = "s3cret"

// groups is one App for each group: default is capulet.lit, other is montague.lit.
type groups struct{ bridge.Apps }

func (g groups) App(_ context.Context, kind bridge.Kind, id string) (bridge.App, bool, error) {
	hosts := map[string]string{"default": "capulet.lit", "other": "montague.lit"}
	if kind != bridge.Flash || hosts[id] == "" {
		return bridge.App{}, false, nil
	}
	return bridge.App{Kind: kind, ID: id, Host: jid.MustParse(hosts[id])}, true, nil
}

func (g groups) Verify(ctx context.Context, kind bridge.Kind, id, secret string) (bridge.App, bool, error) {
	a, ok, err := g.App(ctx, kind, id)
	return a, ok && subtle.ConstantTimeCompare([]byte(secret), []byte(flashPassword)) == 1, err
}

// A flashHouse is a house, what old tools say to it, and clients in it.
type flashHouse struct {
	*house
	t    *testing.T
	addr string
}

func newFlashHouse(t *testing.T, change ...func(*FlashConfig)) *flashHouse {
	t.Helper()
	h := roomyHouse(t)
	for _, f := range change {
		f(&h.cfg.Flash)
	}
	if faults := h.cfg.checkFlash(); len(faults) > 0 {
		t.Fatal(faults)
	}
	h.openPort()
	if err := h.openFlash(t.Context(), groups{}); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = h.flash.Serve(ln) }() // ends with Shutdown
	t.Cleanup(func() { _ = h.flash.Shutdown(context.Background()) })
	return &flashHouse{house: h, t: t, addr: ln.Addr().String()}
}

// A flashReply is a reply as a tool reads it.
type flashReply struct {
	XMLName xml.Name `xml:"Command"`
	Type    string   `xml:"type,attr"`
	Result  int      `xml:"result,attr"`
	Code    int      `xml:"code,attr"`
	Msg     string   `xml:"msg,attr"`
	Rooms   []struct {
		ID    int    `xml:"id,attr"`
		Name  string `xml:"name,attr"`
		Desc  string `xml:"desc,attr"`
		Count int    `xml:"count,attr"`
		Owner string `xml:"owner,attr"`
		Speak string `xml:"speaker,attr"`
		Max   int    `xml:"max,attr"`
		Pwd   string `xml:"pwd,attr"`
		Mem   string `xml:"memberonly,attr"`
		Pass  string `xml:"passallmessage,attr"`
		En    string `xml:"en,attr"`
		St    string `xml:"st,attr"`
		WM    string `xml:"wm,attr"`
	} `xml:"room"`
	Users []struct {
		Name string `xml:"name,attr"`
		Nick string `xml:"nickname,attr"`
	} `xml:"user"`
}

// raw sends bytes as the document's PHP sample does, and reads to the end.
func (f *flashHouse) raw(text string) string {
	f.t.Helper()
	c, err := net.Dial("tcp", f.addr)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		f.t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		f.t.Fatalf("%.200s: the answer did not end: %v", text, err)
	}
	return string(answer)
}

// command sends a Command of the default group; attrs are as they stand in the document.
func (f *flashHouse) command(typ, attrs string, inside ...string) flashReply {
	f.t.Helper()
	return f.read(f.raw(`<?xml version="1.0" encoding="UTF-8"?><Command group="default" api_pwd="` + flashPassword + `" type="` + typ + `" ` + attrs + `>` +
		strings.Join(inside, "") + "</Command>\x00"))
}

func (f *flashHouse) read(text string) (r flashReply) {
	f.t.Helper()
	if strings.Contains(text, flashPassword) || strings.ContainsAny(text, "\r\n") || len(text) > 1023 && !strings.Contains(text, `type="list_`) {
		f.t.Errorf("a reply is one line, short, and without the password: %q", text)
	}
	if err := xml.Unmarshal([]byte(strings.TrimSuffix(text, "\x00")), &r); err != nil {
		f.t.Fatalf("%q: %v", text, err)
	}
	return r
}

// wants wants a result.
func (f *flashHouse) wants(why string, r flashReply, result int) {
	f.t.Helper()
	if r.Result != result || r.Code != max(0, -result) {
		f.t.Errorf("%s: result %d, code %d, %q; want %d", why, r.Result, r.Code, r.Msg, result)
	}
}

// add makes a room and gives its number and its address.
func (f *flashHouse) add(attrs string, inside ...string) (int, string) {
	f.t.Helper()
	r := f.command("add_room", attrs, inside...)
	if r.Result < 1 || r.Code != 0 {
		f.t.Fatalf("add_room %s: %+v", attrs, r)
	}
	return r.Result, "room" + strconv.Itoa(r.Result) + "@conference.capulet.lit"
}

// A hearer is a client that hears.
type hearer struct {
	t       *testing.T
	session *router.Session
	got     chan string
	ended   chan *stream.Error
}

func (c *hearer) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	if st.Told != nil {
		st.Told(true)
	}
	c.got <- string(st.AppendTo(nil))
	return nil, true
}

func (c *hearer) End(reason *stream.Error) {
	c.ended <- reason
	go c.session.Close(context.Background()) // ends by itself
}

// login gives a client that is available.
func (f *flashHouse) login(full string) *hearer {
	f.t.Helper()
	c := &hearer{t: f.t, got: make(chan string, 1000), ended: make(chan *stream.Error, 1)}
	s, err := f.router.Bind(f.t.Context(), jid.MustParse(full), c)
	if err != nil {
		f.t.Fatal(err)
	}
	c.session = s
	c.send("<presence/>")
	if err := s.Backlog(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	c.wants("presence", "<presence/>")
	return c
}

func (c *hearer) send(text string) {
	c.t.Helper()
	st, err := stanza.Parse([]byte(text))
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.session.Route(c.t.Context(), st); err != nil {
		c.t.Fatal(err)
	}
}

// wants waits for a stanza that has all of a pattern, past others.
func (c *hearer) wants(why, pattern string) string {
	c.t.Helper()
	var past []string
	for {
		select {
		case got := <-c.got:
			if xmpptest.Match(pattern, got, nil) == "" {
				return got
			}
			past = append(past, got)
		case <-time.After(5 * time.Second):
			c.t.Fatalf("%s: %s did not come, but\n%s", why, pattern, strings.Join(past, "\n"))
		}
	}
}

// enter enters a room, and gives the condition of the error if it may not.
func (c *hearer) enter(room string, inside ...string) string {
	c.t.Helper()
	c.send("<presence id='enter' to='" + room + "/" + c.session.JID().Local() + "'><x xmlns='http://jabber.org/protocol/muc'>" + strings.Join(inside, "") + "</x></presence>")
	for {
		select {
		case got := <-c.got:
			switch {
			case strings.Contains(got, "type='error'"):
				for _, condition := range []string{"not-allowed", "registration-required", "not-authorized", "service-unavailable", "forbidden", "item-not-found"} {
					if strings.Contains(got, "<"+condition+" ") {
						return condition
					}
				}
				return got
			case strings.Contains(got, "<status code='110'/>"):
				return ""
			}
		case <-time.After(5 * time.Second):
			c.t.Fatalf("no answer from %s", room)
		}
	}
}

// info is what discovery tells of a room.
func (f *flashHouse) info(room string) string {
	f.t.Helper()
	return f.request(f.t, "juliet@capulet.lit", room, stanza.Get, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
}

// owned is the configuration of a room.
func (f *flashHouse) owned(room string) string {
	f.t.Helper()
	_, form, _ := strings.Cut(f.request(f.t, "nurse@capulet.lit", room, stanza.Get, "<query xmlns='http://jabber.org/protocol/muc#owner'/>"), "<query")
	return form
}

// value is one value of the configuration of a room.
func (f *flashHouse) value(room, name string) string {
	f.t.Helper()
	_, rest, ok := strings.Cut(f.owned(room), "var='"+name+"'")
	if !ok {
		f.t.Fatalf("%s has no %s", room, name)
	}
	rest, _, _ = strings.Cut(rest, "</field>")
	var values []string
	for {
		_, after, ok := strings.Cut(rest, "<value>")
		if before, _, _ := strings.Cut(rest, "<option"); !ok || !strings.Contains(before, "<value>") {
			return strings.Join(values, ",")
		}
		v, left, _ := strings.Cut(after, "</value>")
		values, rest = append(values, v), left
	}
}

const ours = "{urn:causeway:rooms}"

// Check 1 of wire §8: the sample of flash #add-room, byte for byte but for the password.
func TestFlashAddRoom(t *testing.T) {
	f := newFlashHouse(t)
	r := f.read(f.raw(`<?xml version="1.0" encoding="UTF-8"?><Command group="default" api_pwd="` + flashPassword + `" type="add_room" name="test room" owner="aaa" desc="room for test" max="200" speaker="bbb" member="false" pwd="" passallmessage="true" >
<roomOpen>
<Time o="day2" e="10:00:00" s="00:00:00"></Time>
</roomOpen>
</Command>` + "\x00"))
	if r.Result < 1 || r.Type != "add_room" {
		t.Fatalf("%+v", r)
	}
	room := "room" + strconv.Itoa(r.Result) + "@conference.capulet.lit"
	for name, want := range map[string]string{
		"muc#roomconfig_roomname": "test room", "muc#roomconfig_roomdesc": "room for test", "muc#roomconfig_maxusers": "200",
		"muc#roomconfig_roomadmins": "aaa@capulet.lit", "muc#roomconfig_persistentroom": "1", "muc#roomconfig_publicroom": "1",
		"muc#roomconfig_moderatedroom": "1", "muc#roomconfig_passwordprotectedroom": "0", // passallmessage 1 is the moderator chat mode
		ours + "guests": "0", ours + "hours": "monday 00:00:00-10:00:00", ours + "open": "1",
	} {
		if got := f.value(room, name); got != want {
			t.Errorf("%s is %q instead of %q", name, got, want)
		}
	}
	members := f.request(t, "nurse@capulet.lit", room, stanza.Get, "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query>")
	if !strings.Contains(members, "jid='bbb@capulet.lit'") {
		t.Errorf("the speaker has no voice: %s", members)
	}
}

// The table of flash #add-room and that of flash #edit-room, row by row: the attribute as
// it is given, the setting that it is, and what becomes of it when it is edited.
func TestFlashRoomAttributes(t *testing.T) {
	f := newFlashHouse(t)
	for _, row := range []struct{ attr, setting, want, edit, then string }{
		{`name="a"`, "muc#roomconfig_roomname", "a", `name="b &amp; c"`, "b &amp; c"},
		{`owner="x, y"`, "muc#roomconfig_roomadmins", "x@capulet.lit,y@capulet.lit", `owner="z"`, "z@capulet.lit"},
		{`desc="d"`, "muc#roomconfig_roomdesc", "d", `desc=""`, ""},
		{`max="30"`, "muc#roomconfig_maxusers", "30", `max="0"`, "none"},
		{`member="1"`, ours + "guests", "1", `member="Off"`, "0"},
		{`pwd="secret"`, "muc#roomconfig_roomsecret", "secret", `pwd=""`, ""},
		{`passallmessage="1"`, "muc#roomconfig_moderatedroom", "1", `passallmessage="FALSE"`, "0"},
		{`en="0"`, ours + "open", "0", `en="1"`, "1"},
		{`st="2"`, "muc#roomconfig_publicroom", "0", `st="0"`, "1"},
		{`st="2"`, ours + "display", "2", `st="1"`, "1"},
		{`wm="hail"`, ours + "welcome", "hail", `wm="farewell"`, "farewell"},
		{`audio="1"`, ours + "audio", "1", `audio="0"`, "0"},
		{`video="true"`, ours + "video", "1", `video="false"`, "0"},
		{`wb="On"`, ours + "whiteboard", "1", `wb="0"`, "0"},
	} {
		attrs := row.attr
		if !strings.HasPrefix(attrs, "name=") {
			attrs = `name="r" ` + attrs
		}
		n, room := f.add(attrs)
		if got := f.value(room, row.setting); got != row.want {
			t.Errorf("%s: %s is %q instead of %q", row.attr, row.setting, got, row.want)
		}
		before := f.owned(room)
		f.wants(row.edit, f.command("edit_room", fmt.Sprintf(`roomid="%d"`, n)), 0)
		if after := f.owned(room); after != before {
			t.Errorf("an edit of nothing changed something: %s", after)
		}
		f.wants(row.edit, f.command("edit_room", fmt.Sprintf(`roomid="%d" %s`, n, row.edit)), 0)
		if got := f.value(room, row.setting); got != row.then {
			t.Errorf("%s: %s is %q instead of %q", row.edit, row.setting, got, row.then)
		}
	}
}

// Wire §1.1: what real tools write besides the tables.
func TestFlashAddRoomAsTheyDo(t *testing.T) {
	f := newFlashHouse(t)
	_, room := f.add(`name = "chat" sequence = "" passallmessage = "1" member = "true" `, "\n<roomOpen>\n  </roomOpen><audio enable=\"1\" /><gm/>\n")
	if got := f.value(room, ours+"audio"); got != "1" {
		t.Errorf("the child audio is %q", got)
	}
	if got := f.value(room, ours+"hours"); got != "" {
		t.Errorf("a schedule without spans is %q", got)
	}
	_, room = f.add(`name="chat" audio="false"`, `<audio enable="1"/>`)
	if got := f.value(room, ours+"audio"); got != "0" {
		t.Errorf("the attribute does not go first: %q", got)
	}
}

// Wire §0, facts 6 and 7: the product means the opposite.
func TestFlashSemantics(t *testing.T) {
	for semantics, want := range map[flash.Semantics]string{flash.Documented: "11", flash.Product: "00"} {
		f := newFlashHouse(t, func(c *FlashConfig) { c.Semantics = string(semantics) })
		n, room := f.add(`name="r" member="1" passallmessage="1"`)
		if got := f.value(room, ours+"guests") + f.value(room, "muc#roomconfig_moderatedroom"); got != want {
			t.Errorf("%s: %s instead of %s", semantics, got, want)
		}
		// What is told is what was said.
		r := f.command("list_rooms", fmt.Sprintf(`listrooms="%d"`, n))
		if len(r.Rooms) != 1 || r.Rooms[0].Pass != "1" || r.Rooms[0].Mem != map[flash.Semantics]string{flash.Documented: "0", flash.Product: "1"}[semantics] {
			t.Errorf("%s: %+v", semantics, r.Rooms)
		}
	}
}

// Check 4 of wire §8.
func TestFlashRoomNumbers(t *testing.T) {
	f := newFlashHouse(t)
	for attr, n := range map[string]int{`id="1003"`: 1003, `roomid="1004"`: 1004} {
		if r := f.command("add_room", `name="r" `+attr); r.Result != n {
			t.Errorf("%s: %+v", attr, r)
		}
	}
	f.wants("a number that is taken", f.command("add_room", `name="r" id="1003"`), -5)
	n, _ := f.add(`name="r"`)
	if n <= 1004 {
		t.Errorf("the next number is %d", n)
	}
	// A room that somebody has made in XMPP has a number, too, and an address that would be
	// the next one's is no obstacle.
	c := f.login("juliet@capulet.lit/chamber")
	mine := fmt.Sprintf("room%d@conference.capulet.lit", n+1)
	if why := c.enter(mine); why != "" {
		t.Fatal(why)
	}
	c.send("<iq type='set' id='c' to='" + mine + "'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>")
	c.wants("a room of one's own", "<iq id='c' type='result'/>")
	if r := f.command("add_room", `name="beside"`); r.Result != n+1 {
		t.Errorf("beside a room that has its address: %+v", r)
	}
	found := false
	for _, r := range f.command("list_rooms", "").Rooms {
		found = found || r.Count == 1 && r.Owner == "juliet"
	}
	if !found {
		t.Error("a room of XMPP is not in the list")
	}
}

// Check 5 of wire §8.
func TestFlashDeleteRoom(t *testing.T) {
	f := newFlashHouse(t)
	c := f.login("juliet@capulet.lit/chamber")
	for _, attr := range []string{"room_id", "roomid", "id"} {
		n, room := f.add(`name="r"`)
		if why := c.enter(room); why != "" {
			t.Fatal(why)
		}
		f.wants(attr, f.command("del_room", fmt.Sprintf(`%s="%d"`, attr, n)), 0)
		c.wants("the end", "<presence from='"+room+"/juliet' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><destroy/></x></presence>")
		f.wants("again", f.command("del_room", fmt.Sprintf(`%s="%d"`, attr, n)), -6)
		f.wants("edit it", f.command("edit_room", fmt.Sprintf(`roomid="%d" name="x"`, n)), -6)
	}
}

// Check 6 of wire §8.
func TestFlashEditRoom(t *testing.T) {
	f := newFlashHouse(t)
	n, room := f.add(`name="r" owner="x" desc="d" max="7" speaker="juliet" pwd="p" passallmessage="1" wm="w" wb="1"`, `<roomOpen><Time o="special" s="2020-01-01 0:0:0" e="2100-01-01 0:0:0"/></roomOpen>`)
	c := f.login("juliet@capulet.lit/chamber")
	if why := c.enter(room, "<password>p</password>"); why != "" {
		t.Fatal(why)
	}
	before := f.owned(room)
	f.wants("edit", f.command("edit_room", fmt.Sprintf(`roomid="%d" name="other"`, n)), 0)
	c.wants("it is told", "<message from='"+room+"' type='groupchat'><x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x></message>")
	if after := f.owned(room); after != strings.Replace(before, "<value>r</value>", "<value>other</value>", 1) {
		t.Errorf("more has changed:\n%s\n%s", before, after)
	}
	f.wants("an empty schedule", f.command("edit_room", fmt.Sprintf(`roomid="%d"`, n), "<roomOpen/>"), 0)
	if got := f.value(room, ours+"hours"); got != "" {
		t.Errorf("the schedule is %q", got)
	}
	f.wants("other speakers", f.command("edit_room", fmt.Sprintf(`roomid="%d" speaker="romeo"`, n)), 0)
	c.wants("voice is gone", "<presence from='"+room+"/juliet'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='visitor'/></x></presence>")
}

// Checks 7 to 11 of wire §8: who comes in, and who may speak. It is by the document's
// reading; TestFlashSemantics has the other one.
func TestFlashRoomBars(t *testing.T) {
	f := newFlashHouse(t)
	guest := `vid\3aguest@capulet.lit`
	for _, who := range []string{guest, "romeo@capulet.lit"} {
		if err := f.accounts.Create(t.Context(), jid.MustParse(who), "pencil"); err != nil {
			t.Fatal(err)
		}
	}
	g, j, r, n := f.login(guest+"/x"), f.login("juliet@capulet.lit/x"), f.login("romeo@capulet.lit/x"), f.login("nurse@capulet.lit/x")
	for _, no := range []string{"0", "false", "Off"} {
		_, room := f.add(`name="r" member="` + no + `"`)
		if got := g.enter(room) + " " + j.enter(room); got != "registration-required " {
			t.Errorf("member=%s: %q", no, got)
		}
	}
	if _, room := f.add(`name="r" member="1"`); g.enter(room) != "" {
		t.Error("a guest was not let in")
	}

	_, room := f.add(`name="r" passallmessage="true" speaker="juliet"`)
	j.enter(room)
	r.enter(room)
	r.send("<message type='groupchat' to='" + room + "' id='1'><body>may I?</body></message>")
	r.wants("no voice", "<message type='error' id='1'><error><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
	j.send("<message type='groupchat' to='" + room + "' id='2'><body>I may</body></message>")
	r.wants("voice", "<message type='groupchat' from='"+room+"/juliet'><body>I may</body></message>")
	_, room = f.add(`name="r" passallmessage="false" speaker="juliet"`)
	r.enter(room)
	r.send("<message type='groupchat' to='" + room + "' id='3'><body>I may, too</body></message>")
	r.wants("everybody has voice", "<message type='groupchat' from='"+room+"/romeo'><body>I may, too</body></message>")

	number, room := f.add(`name="r" pwd="x"`)
	if why := j.enter(room); why != "not-authorized" {
		t.Errorf("without the password: %q", why)
	}
	f.wants("lift it", f.command("edit_room", fmt.Sprintf(`roomid="%d" pwd=""`, number)), 0)
	if why := j.enter(room); why != "" {
		t.Errorf("the password was lifted: %q", why)
	}

	_, room = f.add(`name="r" max="2"`)
	if got := j.enter(room) + r.enter(room) + g.enter(room); got != "service-unavailable" {
		t.Errorf("the third: %q", got)
	}

	number, room = f.add(`name="r" en="0"`)
	if why := j.enter(room); why != "not-allowed" {
		t.Errorf("closed: %q", why)
	}
	f.wants("open it", f.command("edit_room", fmt.Sprintf(`roomid="%d" en="1"`, number)), 0)
	if why := j.enter(room); why != "" {
		t.Errorf("open: %q", why)
	}
	f.wants("close it", f.command("edit_room", fmt.Sprintf(`roomid="%d" en="0"`, number)), 0)
	j.wants("out", "<presence from='"+room+"/juliet' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><status code='307'/></x></presence>")

	_, hidden := f.add(`name="r" st="2"`)
	items := f.request(t, "juliet@capulet.lit", "conference.capulet.lit", stanza.Get, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
	if strings.Contains(items, hidden) || !strings.Contains(items, room) {
		t.Errorf("the list of rooms: %s", items)
	}
	_, room = f.add(`name="r" wm="hail &lt;thee&gt;" audio="1"`)
	if why := n.enter(room); why != "" {
		t.Error(why)
	}
	n.wants("the welcome", "<message type='groupchat' from='"+room+"'><body>hail &lt;thee&gt;</body></message>")
	if info := f.info(room); !strings.Contains(info, "var='"+ours+"audio'") || strings.Contains(info, ours+"video") {
		t.Errorf("discovery: %s", info)
	}
}

// Check 13 of wire §8.
func TestFlashBroadcast(t *testing.T) {
	f := newFlashHouse(t)
	_, room := f.add(`name="r"`)
	heard := []*hearer{f.login("juliet@capulet.lit/a"), f.login("juliet@capulet.lit/b"), f.login("nurse@capulet.lit/x")}
	heard[0].enter(room)
	far := f.login("romeo@montague.lit/x")
	f.wants("broadcast", f.command("broadcast", `userid="test" msg="welcome &lt;all&gt;"`), 0)
	for _, c := range heard {
		got := c.wants("everybody", "<message from='capulet.lit' type='headline'><body>welcome &lt;all&gt;</body><nick xmlns='http://jabber.org/protocol/nick'>test</nick></message>")
		if strings.Contains(got, "test@") {
			t.Errorf("it is from %s", got)
		}
	}
	if len(far.got) > 0 {
		t.Errorf("another host has heard it: %s", <-far.got)
	}
}

// Checks 14 and 15 of wire §8, and the table of flash #private-message.
func TestFlashPrivateMessage(t *testing.T) {
	f := newFlashHouse(t)
	c := f.login("juliet@capulet.lit/x")
	for _, emotion := range []string{"emotion", "avatar"} {
		f.wants(emotion, f.command("private_message", `dest_uid="juliet" msg="hello world" `+emotion+`="e2" owner_uid="nurse" owner_nick="Angelica" b="1" i="1" u="1" color="0xff00ff"`), 0)
		c.wants(emotion, "<message type='chat' from='nurse@capulet.lit' to='juliet@capulet.lit'><body>hello world</body>"+
			"<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p><span style='font-weight:bold;font-style:italic;text-decoration:underline;color:#ff00ff'>hello world</span></p></body></html>"+
			"<nick xmlns='http://jabber.org/protocol/nick'>Angelica</nick><emotion xmlns='urn:causeway:flash' code='e2'/></message>")
	}
	for attr, style := range map[string]string{`b="1"`: "font-weight:bold", `i="1" b="0"`: "font-style:italic", `u="1"`: "text-decoration:underline", `color="#00FF00"`: "color:#00ff00"} {
		f.wants(attr, f.command("private_message", `dest_uid="JULIET" msg="x" owner_uid="nurse" `+attr), 0)
		c.wants(attr, "<message><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p><span style='"+style+"'>x</span></p></body></html></message>")
	}
	f.wants("markup", f.command("private_message", `dest_uid="juliet" msg="&lt;b>&amp;amp;&#10;2" b="1"`), 0)
	c.wants("it is text", "<message><body>&lt;b&gt;&amp;amp;\n2</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p><span><br/></span></p></body></html></message>")
	f.wants("plain", f.command("private_message", `dest_uid="juliet" msg="plain" owner_uid="admin"`), 0)
	got := c.wants("from nobody here", "<message from='capulet.lit'><body>plain</body><nick xmlns='http://jabber.org/protocol/nick'>admin</nick></message>")
	if strings.Contains(got, "xhtml") {
		t.Errorf("plain text is not: %s", got)
	}
	f.wants("nobody", f.command("private_message", `dest_uid="nobody" msg="x"`), -7)
	f.wants("it waits", f.command("private_message", `dest_uid="nurse" msg="later"`), 0)
	f.login("nurse@capulet.lit/x").wants("it waited", "<message><body>later</body></message>")
}

// Check 16 of wire §8, and what a stopped host does not lose.
func TestFlashGroups(t *testing.T) {
	f := newFlashHouse(t)
	n, room := f.add(`name="r"`)
	c, far := f.login("juliet@capulet.lit/x"), f.login("romeo@montague.lit/x")
	c.enter(room)
	far.enter(room)
	f.wants("stop", f.command("stop_group", ""), 0)
	for _, who := range []*hearer{c, far} {
		who.wants("out of the room", "<presence type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><status code='332'/></x></presence>")
	}
	if reason := <-c.ended; reason == nil || reason.Condition != stream.SystemShutdown {
		t.Errorf("the stream ended with %v", reason)
	}
	if _, err := f.router.Bind(t.Context(), jid.MustParse("nurse@capulet.lit/x"), c); err == nil || !strings.Contains(err.Error(), "system-shutdown") {
		t.Errorf("a log-in: %v", err)
	}
	far.send("<message to='juliet@capulet.lit' id='1' type='chat'><body>art thou there?</body></message>")
	if why := far.enter(room); why != "service-unavailable" {
		t.Errorf("into a room: %q", why)
	}
	for _, command := range []string{"add_room", "broadcast", "list_rooms", "edit_room"} {
		f.wants(command, f.command(command, `name="r"`), -8)
	}
	f.wants("stop again", f.command("stop_group", ""), 0)
	if stopped, err := f.store.Hosts().Stopped(t.Context(), "capulet.lit"); !stopped || err != nil {
		t.Errorf("on the disk: %v, %v", stopped, err)
	}
	if status, err := f.report(t.Context()); err != nil || status.Value("stopped") != "capulet.lit" {
		t.Errorf("the status names %q as stopped, %v", status.Value("stopped"), err)
	}
	if r := f.read(f.raw(`<Command group="other" api_pwd="` + flashPassword + `" type="list_users"/>` + "\x00")); len(r.Users) != 1 {
		t.Errorf("another group: %+v", r)
	}
	for range 2 {
		f.wants("start", f.command("start_group", ""), 0)
	}
	if status, err := f.report(t.Context()); err != nil || status.Value("stopped") != "" {
		t.Errorf("the status names %q as stopped still, %v", status.Value("stopped"), err)
	}
	c = f.login("juliet@capulet.lit/x")
	c.wants("it waited", "<message from='romeo@montague.lit/x'><body>art thou there?</body></message>")
	if why := c.enter(room) + far.enter(room); why != "" {
		t.Errorf("into a room: %q", why)
	}
	f.wants("the room is there", f.command("edit_room", fmt.Sprintf(`roomid="%d" name="s"`, n)), 0)
}

// What is beyond the document (wire §2): lists, kicks, bans.
func TestFlashBeyond(t *testing.T) {
	f := newFlashHouse(t)
	n, room := f.add(`name="a  b" owner="juliet" speaker="x,y" desc="d" max="9" pwd="secret" wm="w" st="2"`)
	in := fmt.Sprintf(` room_id="%d"`, n)
	c := f.login("juliet@capulet.lit/x")
	c.enter(room, "<password>secret</password>")
	rooms := f.command("list_rooms", "").Rooms
	if len(rooms) != 1 || fmt.Sprintf("%+v", rooms[0]) != fmt.Sprintf("{ID:%d Name:a  b Desc:d Count:1 Owner:juliet Speak:x,y Max:9 Pwd:1 Mem:0 Pass:0 En:1 St:2 WM:w}", n) {
		t.Errorf("rooms: %+v", rooms)
	}
	if users := f.command("list_users", "").Users; len(users) != 1 || users[0].Name != "juliet" {
		t.Errorf("users: %+v", users)
	}
	if users := f.command("list_users", in).Users; len(users) != 1 || users[0].Name != "juliet" || users[0].Nick != "juliet" {
		t.Errorf("users of the room: %+v", users)
	}
	f.wants("kick from the room", f.command("kick", `userid="juliet"`+in), 0)
	c.wants("out", "<presence type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><status code='307'/></x></presence>")
	f.wants("who is not in it", f.command("kick", `userid="juliet"`+in), -7)
	f.wants("ban from the room", f.command("ban", `userid="juliet"`+in), 0)
	if why := c.enter(room, "<password>secret</password>"); why != "forbidden" {
		t.Errorf("banned: %q", why)
	}
	f.wants("unban", f.command("unban", `userid="juliet"`+in), 0)
	if why := c.enter(room, "<password>secret</password>"); why != "" {
		t.Errorf("not banned: %q", why)
	}
	f.wants("kick", f.command("kick", `userid="juliet"`), 0)
	if reason := <-c.ended; reason == nil || reason.Condition != stream.PolicyViolation {
		t.Errorf("the stream ended with %v", reason)
	}
	<-c.session.Left()
	f.wants("ban", f.command("ban", `userid="juliet"`), 0)
	if _, err := f.router.Bind(t.Context(), jid.MustParse("juliet@capulet.lit/x"), c); err == nil {
		t.Error("a log-in while banned")
	}
	f.wants("unban", f.command("unban", `userid="juliet"`), 0)
	f.login("juliet@capulet.lit/x")
	f.wants("nobody", f.command("ban", `userid="nobody"`), -7)
}

// Checks 32 to 34 of wire §8: what a parameter cannot be, and that nothing comes of it.
func TestFlashBadParameters(t *testing.T) {
	f := newFlashHouse(t)
	n, room := f.add(`name="r"`)
	id := fmt.Sprintf(`roomid="%d" `, n)
	before := f.owned(room)
	for _, row := range []struct{ typ, attrs, inside, about string }{
		{"add_room", ``, "", "name"},
		{"add_room", `name=""`, "", "name"},
		{"add_room", `name=" &#160;"`, "", "name"},
		{"edit_room", id + `name="  "`, "", "name"},
		{"edit_room", id + `name="a&#10;b"`, "", "name"},
		{"edit_room", id + "name=\"a\u202eb\"", "", "name"},
		{"edit_room", id + `name="` + strings.Repeat("x", 10_000) + `"`, "", "name"},
		{"edit_room", id + `desc="` + strings.Repeat("x", 10_000) + `"`, "", "desc"},
		{"edit_room", id + `max="-1"`, "", "max"},
		{"edit_room", id + `max="1e9"`, "", "max"},
		{"edit_room", id + `max="٣"`, "", "max"},
		{"edit_room", id + `max="99999999999999999999"`, "", "max"},
		{"edit_room", id + `member="2"`, "", "member"},
		{"edit_room", id + `passallmessage="yes"`, "", "passallmessage"},
		{"edit_room", id + `en="x"`, "", "en"},
		{"edit_room", id + `st="4"`, "", "st"},
		{"edit_room", id + `audio="x"`, "", "audio"},
		{"edit_room", id + `owner="a@evil.lit"`, "", "owner"},
		{"edit_room", id + `speaker="a/b"`, "", "speaker"},
		{"edit_room", id, `<video enable="x"/>`, "video"},
		{"edit_room", id, `<roomOpen><Time o="day8" s="0:0:0" e="1:0:0"/></roomOpen>`, "o"},
		{"edit_room", id, `<roomOpen><Time o="day1" s="25:00:00" e="1:0:0"/></roomOpen>`, "s"},
		{"add_room", `name="r" id="0"`, "", "id"},
		{"add_room", `name="r" id="x"`, "", "id"},
		{"add_room", `name="r" id="4294967297"`, "", "id"},
		{"del_room", ``, "", "room_id"},
		{"del_room", `room_id="?"`, "", "room_id"},
		{"del_room", `room_id="-1"`, "", "room_id"},
		{"broadcast", `userid="x"`, "", "msg"},
		{"broadcast", `userid="x&#10;y" msg="m"`, "", "userid"},
		{"private_message", `msg="m"`, "", "dest_uid"},
		{"private_message", `dest_uid="juliet"`, "", "msg"},
		{"private_message", `dest_uid="a@evil.example" msg="m"`, "", "dest_uid"},
		{"private_message", `dest_uid="a/b" msg="m"`, "", "dest_uid"},
		{"private_message", `dest_uid="admin@example.org/x" msg="m"`, "", "dest_uid"},
		{"private_message", `dest_uid="juliet" owner_uid="a b" msg="m"`, "", "owner_uid"},
		{"private_message", `dest_uid="juliet" msg="m" color="red"`, "", "color"},
		{"private_message", `dest_uid="juliet" msg="m" color="0xZZ"`, "", "color"},
		{"private_message", `dest_uid="juliet" msg="m" emotion="e33"`, "", "emotion"},
		{"private_message", `dest_uid="juliet" msg="m" avatar="x"`, "", "emotion"},
		{"private_message", `dest_uid="juliet" msg="m" b="x"`, "", "b"},
		{"kick", ``, "", "userid"},
		{"list_rooms", `listrooms="x"`, "", "listrooms"},
	} {
		r := f.command(row.typ, row.attrs, row.inside)
		about := row.about
		if about == "emotion" && strings.Contains(row.attrs, "avatar") {
			about = "avatar"
		}
		if r.Result != -4 || r.Msg != "bad parameter: "+about {
			t.Errorf("%s %.60s %s: %d %q", row.typ, row.attrs, row.inside, r.Result, r.Msg)
		}
	}
	f.wants("another type", f.command("drop_tables", ""), -3)
	f.wants("a room far away", f.command("del_room", `room_id="99999999999999999999"`), -6)
	if after := f.owned(room); after != before || len(f.command("list_rooms", "").Rooms) != 1 {
		t.Error("something has come of it")
	}
}
