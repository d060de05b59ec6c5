package flash

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"causeway/conformance/oracle"
)

const fakePassword = "3874-fake & <secret>"

// A fake is a small server of commands, which knows no XMPP.
type fake struct {
	wrong, dir string
	ln         net.Listener

	mu      sync.Mutex
	rooms   map[int]bool
	last    int
	stopped bool
}

func newFake(wrong, dir string) *fake {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	f := &fake{wrong: wrong, dir: dir, ln: ln, rooms: make(map[int]bool), last: 1000}
	f.write()
	// Ends when the listener is closed.
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			// Ends with its connection, which the check closes.
			go f.serve(c)
		}
	}()
	return f
}

func (f *fake) is(wrong string) bool { return f.wrong == wrong }

func (f *fake) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	for {
		var doc []byte
		for {
			b, err := in.ReadByte()
			if err != nil {
				if f.is("a zero byte is not needed") && len(doc) > 0 {
					break
				}
				return
			}
			if b == 0 {
				break
			}
			doc = append(doc, b)
			if len(doc) == 1 && b != '<' && !f.is("browsers are answered") || len(doc) > 1<<16 && !f.is("documents have no end") {
				return
			}
			if f.is("a command comes in one portion") && in.Buffered() == 0 {
				_, _ = io.WriteString(c, "<Command result=\"-1\"/>\x00")
				return
			}
		}
		reply := f.answer(string(doc))
		switch {
		case f.is("replies have lines"):
			reply = strings.ReplaceAll(reply, " ", "\n")
		case f.is("replies are long"):
			reply += "<!--" + strings.Repeat("x", 1100) + "-->"
		case f.is("replies are no XML"):
			reply = "<" + reply
		case f.is("replies have no result"):
			reply = strings.Replace(reply, "result=", "code=", 1)
		case f.is("replies tell the password"):
			reply = strings.Replace(reply, "<Command", "<Command pwd=\""+fakePassword+"\"", 1)
		case f.is("replies are not UTF-8"):
			reply = strings.Replace(reply, "<Command", "<Command x=\"\xe9\"", 1)
		}
		if f.is("there is no reply") {
			reply = ""
		}
		if _, err := io.WriteString(c, reply+"\x00"); err != nil {
			return
		}
		if in.Buffered() == 0 || f.is("one document is answered") {
			if f.is("the server waits for the client to close") {
				_, _ = io.Copy(io.Discard, in)
			}
			return
		}
	}
}

type attributes map[string]string

var errBad = errors.New("bad")

// parse reads a document as strictly as the fake wants it.
func (f *fake) parse(text string) (root string, a attributes, hours []attributes, err error) {
	if !utf8.ValidString(text) {
		if !f.is("anything is UTF-8") {
			return "", nil, nil, errBad
		}
		text = strings.ToValidUTF8(text, "?")
	}
	if f.is("broken XML is mended") {
		text = strings.Replace(text, `name="<"`, `name=""`, 1)
	}
	d := xml.NewDecoder(strings.NewReader(text))
	depth := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			if root == "" || depth != 0 {
				return "", nil, nil, errBad
			}
			return root, a, hours, nil
		}
		if err != nil {
			return "", nil, nil, err
		}
		switch tok := tok.(type) {
		case xml.Directive:
			if !f.is("document types are good") {
				return "", nil, nil, errBad
			}
		case xml.StartElement:
			list := make(attributes)
			for _, x := range tok.Attr {
				if _, twice := list[x.Name.Local]; twice && !f.is("attributes may be there twice") {
					return "", nil, nil, errBad
				} else if !twice {
					list[x.Name.Local] = x.Value
				}
			}
			if depth == 0 {
				if root != "" && !f.is("there may be two roots") {
					return "", nil, nil, errBad
				}
				root, a = tok.Name.Local, list
			}
			if tok.Name.Local == "Time" {
				hours = append(hours, list)
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
}

func say(typ string, result int) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><Command type="%s" result="%d"/>`, oracle.Escape(typ), result)
}

func (f *fake) answer(text string) string {
	root, a, hours, err := f.parse(text)
	if err != nil || root != "Command" && !f.is("any root will do") {
		return say("", -1)
	}
	password := a["api_pwd"] == fakePassword
	group := a["group"] == "default"
	switch {
	case f.is("any password is good"):
		password = true
	case f.is("no password is good") && a["api_pwd"] == "":
		password = true
	case f.is("any group is good"):
		group = true
	case f.is("paths are groups") && strings.Contains(a["group"], "/"):
		group = true
	case f.is("an unknown group is told") && !group:
		return say("", -9)
	}
	if !password || !group {
		return say("", -2)
	}
	if f.is("only what is known is good") && (a["sequence"] != "" || strings.Contains(text, " = ")) {
		return say("", -1)
	}
	if f.is("end tags are not good") && strings.Contains(text, "</Command>") {
		return say("", -1)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.write()
	return say(a["type"], f.run(a, hours))
}

// run carries out a command and gives the result. The lock is held.
func (f *fake) run(a attributes, hours []attributes) int {
	switch a["type"] {
	case "start_group":
		f.stopped = f.is("groups stay stopped") && f.stopped
		return 0
	case "stop_group":
		f.stopped = !f.is("groups are not stopped")
		return 0
	}
	if f.stopped {
		return -8
	}
	if slices.Contains([]string{"a", "d", "e", "b", "p"}, strings.TrimSuffix(f.wrong, "* is refused")) && strings.HasPrefix(a["type"], f.wrong[:1]) {
		return -3
	}
	switch a["type"] {
	case "add_room", "edit_room", "del_room":
		return f.room(a, hours)
	case "broadcast":
		if a["msg"] == "" && !f.is("nothing is broadcast") {
			return -4
		}
		return 0
	case "private_message":
		local := regexp.MustCompile(`^[^@/]+$`).MatchString(a["dest_uid"])
		switch {
		case a["dest_uid"] == "" || a["msg"] == "":
			if !f.is("messages need nothing") {
				return -4
			}
		case !local && !f.is("messages go anywhere"), local && !f.is("messages to nobody are taken"):
			return -7
		}
		return 0
	}
	if f.is("any type will do") {
		return 0
	}
	return -3
}

func (f *fake) room(a attributes, hours []attributes) int {
	number := func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n >= 0 && n < 1e6 }
	if m, ok := a["max"]; ok && !number(m) && !f.is("anything is a number") {
		return -4
	}
	for _, h := range hours {
		if !regexp.MustCompile(`^(day[1-7]|special)$`).MatchString(h["o"]) || f.is("no special hours") && h["o"] == "special" || strings.HasPrefix(h["s"], "25") {
			if !f.is("anything is an hour") {
				return -4
			}
		}
	}
	for name, bad := range map[string]bool{
		"booleans are 0 and 1": a["member"] == "true" || a["member"] == "false", "booleans are true and false": a["member"] == "1" || a["member"] == "0",
		"all of the sample is needed": a["desc"] == "" && a["type"] == "add_room", "descriptions are in ASCII": strings.ContainsRune(a["desc"], 'é'),
		"there is no white board": a["wb"] != "", "hours are not good": len(hours) > 0, "edits need everything": a["type"] == "edit_room" && a["owner"] == "" && a["en"] == "",
	} {
		if bad && f.is(name) {
			return -4
		}
	}
	if a["type"] == "add_room" {
		if strings.TrimSpace(a["name"]) == "" && !f.is("rooms need no name") {
			return -4
		}
		if !f.is("rooms have one number") {
			f.last++
		}
		f.rooms[f.last] = true
		return f.last
	}
	at := a["room_id"]
	if a["type"] == "edit_room" {
		at = a["roomid"]
	}
	id, err := strconv.Atoi(at)
	switch {
	case f.is("any room is there"):
		return 0
	case err != nil:
		return -4
	case !f.rooms[id]:
		return -6
	case a["type"] == "del_room" && !f.is("rooms are not deleted"):
		delete(f.rooms, id)
	}
	return 0
}

// write writes the files. The lock is held, or nobody has the fake yet.
func (f *fake) write() {
	if f.is("the files do not change") && f.last > 1000 {
		return
	}
	text := fmt.Sprintf("3|2|%d", len(f.rooms))
	if f.is("numbers are words") {
		text = "three|two|one"
	}
	put := func(name, text string) {
		tmp := filepath.Join(f.dir, ".tmp-"+name)
		if f.is("files are written under another name") {
			_ = os.WriteFile(filepath.Join(f.dir, "room_x.tmp"), nil, 0o600)
		}
		_ = os.WriteFile(tmp, []byte(text), 0o600)
		_ = os.Rename(tmp, filepath.Join(f.dir, name))
	}
	put("online.txt", text)
	for id := range f.rooms {
		content := ""
		if f.is("new rooms have people") {
			content = "jack\ntom"
		}
		put(fmt.Sprintf("room_%d.txt", id), content)
	}
	old, _ := filepath.Glob(filepath.Join(f.dir, "room_*.txt"))
	for _, name := range old {
		id, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "room_"), ".txt"))
		if !f.rooms[id] && !f.is("files stay") {
			_ = os.Remove(name)
		}
	}
}
