//go:build interop

package interop

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// Checks 2 and 3 of wire §8: each command from PHP, in the way of the document's sample, and
// replies with children, long ones too (flash.php, flash #add-room and all others).
func TestFlashPHP(t *testing.T) {
	php := client{name: "php", probe: []string{"php", "--version"}, install: "apt-get install php-cli php-xml"}
	php.require(t)
	xml := client{name: "php-xml", probe: []string{"php", "-r", "exit(function_exists('xml_parser_create') ? 0 : 1);"}, install: "apt-get install php-xml"}
	xml.require(t)
	folder := t.TempDir()
	s := process.New(t, domain, fmt.Sprintf("flash.files = [%q]", domain+"="+folder))
	s.AddUsers(t, "juliet")
	s.AddGroup(t, "default", domain)
	s.Start(t)
	result := regexp.MustCompile(`^result (-?\d+)\nelements (\d+)\n`)
	run := func(command string) (value, elements string) {
		t.Helper()
		host, port, err := net.SplitHostPort(s.FlashAddr)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		out, err := exec.CommandContext(t.Context(), "php", "flash.php", host, port, command, "print").CombinedOutput()
		m := result.FindStringSubmatch(string(out))
		if err != nil || m == nil || !strings.Contains(string(out), "[result] => "+m[1]) {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", command, took)
		}
		return m[1], m[2]
	}
	command := func(typ, attrs string, inside ...string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><Command group="default" api_pwd="` + process.Password + `" type="` + typ + `" ` + attrs + `>` + strings.Join(inside, "") + `</Command>`
	}
	for _, c := range []struct{ command, want string }{
		{command("add_room", `name="test room" owner="aaa" desc="room for test" max="200" speaker="bbb" member="false" pwd="" passallmessage="true" `,
			"\n<roomOpen>\n<Time o=\"day2\" e=\"10:00:00\" s=\"00:00:00\"></Time>\n</roomOpen>\n"), "1"},
		{command("edit_room", `roomid="1" name="new name" owner="new_owner" desc="new_desc" max="300" speaker="new_speaker" member="true" pwd="new_pwd" passallmessage="false"`), "0"},
		{command("broadcast", `userid="test" msg="welcome to all"`), "0"},
		{command("private_message", `dest_uid="juliet" msg="hello world" emotion="e2" owner_uid="admin" owner_nick="admin" b="1" i="1" u="1" color="0xff00ff"`), "0"},
		{command("stop_group", ""), "0"},
		{command("add_room", `name="x"`), "-8"},
		{command("start_group", ""), "0"},
		{command("del_room", `room_id="1"`), "0"},
		{command("del_room", `room_id="1"`), "-6"},
		{strings.Replace(command("del_room", `room_id="1"`), process.Password, "3874-3459-9999-2199", 1), "-2"},
		{"<Init/>", "-1"}, // the probe of a forum (wire §0, fact 9)
	} {
		if got, _ := run(c.command); got != c.want {
			t.Errorf("%s: %s instead of %s", c.command, got, c.want)
		}
	}
	// Children in the reply, and so many that it is read in hundreds of pieces.
	const rooms = 200
	c, err := net.DialTimeout("tcp", s.FlashAddr, wire.Patience)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, strings.Repeat(command("add_room", `name="a  room with blanks" desc="and a description that has some, too" speaker="x,y"`)+"\x00", rooms))
	if _, err := io.ReadAll(c); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if got, n := run(command("list_rooms", "")); got != "0" || n != fmt.Sprint(rooms+2) { // open and close of the root
		t.Errorf("a list of rooms: %s, %s elements", got, n)
	}
	// The files, as sites read them: whatever begins with room_ is a room, and online.txt has
	// three parts (wire §3).
	read := `$n = 0; foreach (scandir($argv[1]) as $f) { if (substr($f, 0, 5) == "room_") { $n++; } } echo $n, " ", count(explode("|", file($argv[1] . "/online.txt")[0]));`
	deadline := time.Now().Add(5 * time.Second)
	for {
		out, err := exec.CommandContext(t.Context(), "php", "-r", read, "--", folder).CombinedOutput()
		if err == nil && string(out) == fmt.Sprintf("%d 3", rooms) {
			break
		}
		if time.Now().After(deadline) {
			names, _ := filepath.Glob(filepath.Join(folder, "*"))
			t.Errorf("the files are read as %q, %v; there are %d", out, err, len(names))
			break
		}
		<-time.After(100 * time.Millisecond)
	}
	if info, err := os.Stat(filepath.Join(folder, "online.txt")); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("online.txt: %v, %v", info, err)
	}
	s.Stop(t)
}
