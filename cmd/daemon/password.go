package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// A secret is where a password comes from.
type secret struct {
	given string // --password
	stdin bool   // --password-stdin
}

func (s *secret) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.given, "password", "", "the password; other users of this machine may see it in the list of processes")
	cmd.Flags().BoolVar(&s.stdin, "password-stdin", false, "read the password from the first line of the standard input")
}

// possible tells whether there is a password to be had, before anything is done.
func (s *secret) possible(c *cli) error {
	switch {
	case s.given != "" && s.stdin:
		return misuse("--password and --password-stdin exclude each other")
	case s.given == "" && !s.stdin && !isTerminal(c.in):
		return &fault{err: errors.New("no password"), hint: "--password-stdin reads it from the standard input", usage: true}
	}
	return nil
}

// prompts reports whether somebody will be asked.
func (s *secret) prompts() bool { return s.given == "" && !s.stdin }

// read gets the password: from a flag, the standard input, or whoever sits at the terminal.
func (s *secret) read(c *cli) (string, error) {
	switch {
	case s.given != "":
		return s.given, nil
	case s.stdin:
		line, err := bufio.NewReader(c.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	f, ok := c.in.(*os.File)
	if !ok {
		return "", errors.New("no terminal") // possible has seen one
	}
	prompt := func(text string) (string, error) {
		_, _ = fmt.Fprint(c.errs, text)
		line, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(c.errs)
		return string(line), err
	}
	first, err := prompt("password: ")
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	second, err := prompt("again: ")
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	if first != second {
		return "", errors.New("the passwords differ")
	}
	return first, nil
}
