package daemon

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return misuse("%s takes no arguments, not %q", phrase(cmd), args[0])
	}
	return nil
}

// oneArg wants one argument, which the usage of the command calls name.
func oneArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 1:
			return nil
		case 0:
			return &fault{err: fmt.Errorf("%s: the %s is missing", phrase(cmd), name), hint: cmd.CommandPath() + " " + name, usage: true}
		}
		return misuse("%s takes one %s, not %d", phrase(cmd), name, len(args))
	}
}

// someArgs wants one argument or more.
func someArgs(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return oneArg(name)(cmd, args)
		}
		return nil
	}
}

// phrase is what a command is called after the program's name.
func phrase(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// group makes a command that only groups others, or the program itself.
func group(cmd *cobra.Command, alone func(*cobra.Command) error, commands ...*cobra.Command) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return &fault{err: fmt.Errorf("unknown command %q", strings.TrimPrefix(phrase(cmd)+" "+args[0], cmd.Root().Name()+" ")), hint: suggestion(cmd, args[0]), usage: true}
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return alone(cmd) }
	cmd.AddCommand(commands...)
	return cmd
}

// suggestion is the command that a mistyped one was probably meant to be.
func suggestion(cmd *cobra.Command, word string) string {
	best, least := "", near(word)
	for _, sub := range cmd.Commands() {
		if d := distance(word, sub.Name()); d < least && !sub.Hidden {
			best, least = sub.Name(), d
		}
	}
	if best == "" {
		return cmd.CommandPath() + " --help"
	}
	return "did you mean " + cmd.CommandPath() + " " + best + "?"
}

// needSubcommand is run when a command that only groups others stands alone.
func needSubcommand(cmd *cobra.Command) error {
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	slices.Sort(names)
	return misuse("%s: one of %s is missing", cmd.Name(), strings.Join(names, ", "))
}
