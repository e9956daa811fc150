package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/market"
)

// arrange returns a command line in the order urfave/cli reads it: the program's
// own flags, the command, its flags, and its arguments behind a "--". As typed,
// flags may stand anywhere. An unknown flag or command, and a flag without its
// value, is Invalid.
func arrange(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	a := arranger{app: app, commands: app.Commands, path: []string{args[0]}}
	for rest := args[1:]; len(rest) > 0; {
		var err error
		if rest, err = a.take(rest); err != nil {
			return nil, err
		}
	}
	return a.result(), nil
}

// arranger sorts a command line, one word at a time.
type arranger struct {
	app      *cli.App
	commands []*cli.Command // those that may come next; none once arguments began
	command  *cli.Command   // the innermost so far

	path   []string // program and commands
	global []string // the program's flags
	local  []string // the innermost command's flags
	rest   []string // arguments
}

// take sorts the next word, and its value if it has one, and returns what is left.
func (a *arranger) take(words []string) ([]string, error) {
	word, left := words[0], words[1:]
	switch {
	case word == "--":
		a.rest = append(a.rest, left...)
		return nil, nil
	case len(word) > 1 && word[0] == '-':
		return a.flag(word, left)
	case len(a.rest) > 0 || len(a.commands) == 0:
		a.rest = append(a.rest, word)
		return left, nil
	case a.takesArguments(word):
		a.rest, a.commands = append(a.rest, word), nil
		return left, nil
	default:
		return left, a.descend(word)
	}
}

// takesArguments reports whether a word is an argument of the command so far, which
// has subcommands too.
func (a *arranger) takesArguments(word string) bool {
	return a.command != nil && a.command.Action != nil && word != "help" && word != "h" &&
		!slices.ContainsFunc(a.commands, func(c *cli.Command) bool { return c.HasName(word) })
}

// descend enters a command by name.
func (a *arranger) descend(name string) error {
	if name == "help" || name == "h" {
		// What follows names commands, and help looks for them itself.
		a.path, a.commands = append(a.path, "help"), nil
		return nil
	}
	at := slices.IndexFunc(a.commands, func(c *cli.Command) bool { return c.HasName(name) })
	if at < 0 {
		return market.Fail(market.Invalid, fmt.Sprintf("there is no command %q; see: %s --help", name, a.name()))
	}
	a.command = a.commands[at]
	a.path, a.commands = append(a.path, name), a.command.Subcommands
	return nil
}

// flag sorts a flag with its value.
func (a *arranger) flag(word string, left []string) ([]string, error) {
	name, _, joined := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
	into, takesValue := a.find(name)
	if into == nil {
		return nil, market.Fail(market.Invalid, fmt.Sprintf("there is no flag %s here; see: %s --help", flagWord(name), a.name()))
	}
	if !takesValue || joined {
		*into = append(*into, word)
		return left, nil
	}
	if len(left) == 0 || a.looksLikeFlag(left[0]) {
		return nil, market.Fail(market.Invalid, fmt.Sprintf("flag %s needs a value; see: %s --help", flagWord(name), a.name()))
	}
	*into = append(*into, word, left[0])
	return left[1:], nil
}

// find returns where a flag belongs, nil for an unknown one.
func (a *arranger) find(name string) (into *[]string, takesValue bool) {
	if name == "help" || name == "h" {
		if a.command == nil {
			return &a.global, false
		}
		return &a.local, false
	}
	if a.command != nil {
		if f := named(a.command.Flags, name); f != nil {
			return &a.local, takes(f)
		}
	}
	if f := named(a.app.Flags, name); f != nil {
		return &a.global, takes(f)
	}
	if a.command == nil && !a.app.HideVersion && (name == "version" || name == "v") {
		return &a.global, false
	}
	return nil, false
}

// looksLikeFlag reports whether a word is a flag of this command rather than a
// value that begins with a dash.
func (a *arranger) looksLikeFlag(word string) bool {
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
	into, _ := a.find(name)
	return into != nil
}

// name returns the command as typed so far.
func (a *arranger) name() string {
	return strings.Join(append([]string{a.app.Name}, a.path[1:]...), " ")
}

func (a *arranger) result() []string {
	out := append([]string{a.path[0]}, a.global...)
	out = append(out, a.path[1:]...)
	out = append(out, a.local...)
	if len(a.rest) == 0 {
		return out
	}
	if a.path[len(a.path)-1] != "help" {
		out = append(out, "--")
	}
	return append(out, a.rest...)
}

func named(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takes(f cli.Flag) bool {
	documented, is := f.(cli.DocGenerationFlag)
	return is && documented.TakesValue()
}

func flagWord(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
