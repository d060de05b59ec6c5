//go:build bench

package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"causeway/conformance/load"
)

// audienceVariable, when set, makes the test binary an audience: it holds the script.
const audienceVariable = "CAUSEWAY_BENCH_AUDIENCE"

// An audience is a process with the clients of a room, and as many listeners of the relay.
// It steps back for all others: elsewhere the clients of a server have processors of their
// own, and what they take here shall not be counted as its doing.
type audience struct {
	cmd    *exec.Cmd
	orders io.WriteCloser // its end ends the process
	done   *bufio.Reader
}

// A script is what an audience has to know.
type script struct {
	Addr, Domain   string
	Occupants      int
	Speakers, Said int // at each burst
	RelayAddrs     load.RelayAddrs
	Archive        string
}

// The orders of an audience.
const (
	inRoom  = "room"
	byRelay = "relay"
)

// startAudience starts the test binary again. It returns when all have come in.
func startAudience(s script) (*audience, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	a := &audience{cmd: exec.Command("nice", "-n", "19", self)}
	a.cmd.Env = append(os.Environ(), audienceVariable+"="+string(text))
	a.cmd.Stderr = os.Stderr
	if a.orders, err = a.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	a.done = bufio.NewReader(out)
	if err := a.answer(); err != nil {
		a.stop()
		return nil, err
	}
	return a, nil
}

// burst has so many messages said in the room, or written by the relay, and returns when
// everybody has all.
func (a *audience) burst(order string) error {
	if _, err := io.WriteString(a.orders, order+"\n"); err != nil {
		return err
	}
	return a.answer()
}

// answer reads that an order was done, or why not.
func (a *audience) answer() error {
	line, err := a.done.ReadString('\n')
	if err != nil {
		return fmt.Errorf("audience: %w", err)
	}
	if line = strings.TrimSuffix(line, "\n"); line != "" {
		return errors.New("audience: " + line)
	}
	return nil
}

func (a *audience) stop() {
	_ = a.orders.Close()
	_ = a.cmd.Wait()
}

// beAudience is the process of an audience. It answers each order with a line, which is
// empty if all went well, and ends with its input.
func beAudience() error {
	var s script
	if err := json.Unmarshal([]byte(os.Getenv(audienceVariable)), &s); err != nil {
		return err
	}
	d := doorOf(s.Addr, s.Domain, false, load.NewPasswords())
	ctx := context.Background()
	people, err := gatherIn(ctx, d, s.Occupants, s.Archive)
	if err != nil {
		return err
	}
	defer people.Part()
	loud := load.NewGathering(people, balcony, s.Speakers, s.Said)
	raw, end, err := fan(ctx, s.RelayAddrs, s.Occupants)
	if err != nil {
		return err
	}
	defer end()
	fmt.Println()
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		switch orders.Text() {
		case inRoom:
			err = loud.Talk(s.Said)
		case byRelay:
			err = raw(s.Speakers * s.Said)
		}
		if err != nil {
			return err
		}
		fmt.Println()
	}
	return orders.Err()
}
