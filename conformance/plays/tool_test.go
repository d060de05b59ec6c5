package plays

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"causeway/conformance/wire"
)

// tool sends the document of one file, with the zero byte that ends it, as old tools do, and
// holds the reply against another file. It reads to the end, which has to come from the
// server. A document of several lines is several, each with a reply of its own; so is the
// reply.
func (x *performance) tool(words []string) error {
	if len(words) != 3 {
		return fmt.Errorf("a document, a reply, and why, not %q", words)
	}
	conn, err := net.DialTimeout("tcp", x.server.FlashAddr, wire.Patience)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(wire.Patience)); err != nil {
		return err
	}
	text := strings.ReplaceAll(x.filled(words[0]), "\n", "\x00") + "\x00"
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, maxBody))
	if err != nil {
		return fmt.Errorf("the reply has no end: %w\n%q", err, answer)
	}
	got := strings.Split(strings.TrimSuffix(string(answer), "\x00"), "\x00")
	want := strings.Split(x.pattern(words[1]), "\n")
	if len(got) != len(want) {
		return fmt.Errorf("%d replies instead of %d: %q", len(got), len(want), answer)
	}
	for i := range got {
		_, root, ok := strings.Cut(got[i], "?>")
		if !ok {
			return fmt.Errorf("no XML declaration: %q", got[i])
		}
		if err := (wire.Matcher{Seen: x.seen}).MatchText(want[i], root); err != nil {
			return fmt.Errorf("%w\nthe reply: %s", err, got[i])
		}
	}
	return nil
}
