//go:build bench

package bench

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// cannedVariable, when set, makes the test binary a canned server: it holds the number of
// bytes of a question.
const cannedVariable = "CAUSEWAY_BENCH_CANNED"

// A canned server is a process that answers each question with the same bytes, in one
// write: what is left of the time of a real one is the server's own.
type canned struct {
	cmd  *exec.Cmd
	addr string // for one connection, whose end ends the process
}

// startCanned starts the test binary again.
func startCanned(question int, answer []byte) (*canned, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &canned{cmd: exec.Command(self)}
	c.cmd.Env = append(os.Environ(), cannedVariable+"="+strconv.Itoa(question))
	c.cmd.Stdin, c.cmd.Stderr = strings.NewReader(string(answer)), os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	c.addr = strings.TrimSuffix(line, "\n")
	return c, err
}

// beCanned is the process of a canned server, for one connection.
func beCanned() error {
	question, err := strconv.Atoi(os.Getenv(cannedVariable))
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := os.Stdout.WriteString(l.Addr().String() + "\n"); err != nil {
		return err
	}
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for buf := make([]byte, question); ; {
		if _, err := io.ReadFull(conn, buf); err != nil {
			return nil // the client has gone
		}
		if _, err := conn.Write(answer); err != nil {
			return nil
		}
	}
}
