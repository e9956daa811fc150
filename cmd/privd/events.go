package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"privd/cmd/internal/call"
	"privd/market"
)

func eventsCommand() *cli.Command {
	return &cli.Command{
		Name: "events", Category: categoryPeople,
		Usage: "Print what happened to what is yours, and what happens",
		Description: "One line for each event: its id, time and kind, and what it says. \"reset\" stands for events that are\n" +
			"not kept any more. With --follow it goes on, also when the node restarts, from now on or from --since.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "wait for more"},
			&cli.StringFlag{Name: "since", Usage: "only those after the event with this `ID`; 0 is all that are kept"},
		},
		Action: onNode(events),
	}
}

// comeBack is how long a broken stream is left alone before it is taken up again.
const comeBack = 2 * time.Second

func events(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	follow, last := c.Bool("follow"), c.String("since")
	if last == "" && !follow {
		last = "0"
	}
	for first := true; ; first = false {
		at, err := n.Events(c.Context, last, follow, func(e call.Event) error { return printEvent(c, e) })
		last = at
		switch {
		case !follow:
			return err
		case c.Context.Err() != nil:
			return context.Cause(c.Context)
		case err != nil && (!noAnswer(err) || first && errors.Is(err, syscall.ECONNREFUSED)):
			return err
		case err != nil:
			say(c, "the node does not answer; trying again")
		}
		if n, err = again(c, n, err != nil); err != nil {
			return err
		}
	}
}

// again waits until a node runs on the repo, which may have another address than
// before.
func again(c *cli.Context, n call.Node, away bool) (call.Node, error) {
	for away {
		select {
		case <-time.After(comeBack):
		case <-c.Context.Done():
			return n, context.Cause(c.Context)
		}
		now, err := running(c)
		if err == nil {
			return now, nil
		}
		if market.CodeOf(err) != market.Unavailable {
			return n, err
		}
	}
	return n, nil
}

// printEvent prints one line.
func printEvent(c *cli.Context, e call.Event) error {
	if c.Bool("json") {
		out := json.NewEncoder(c.App.Writer)
		out.SetEscapeHTML(false)
		return out.Encode(e)
	}
	var data map[string]any
	decoder := json.NewDecoder(bytes.NewReader(e.Data))
	decoder.UseNumber()
	if err := decoder.Decode(&data); err != nil {
		return market.Fail(market.Internal, "the node's answer is not what this program expects")
	}
	at, _ := data["at"].(string)
	when := at
	if parsed, err := time.Parse(time.RFC3339, at); err == nil {
		when = parsed.Local().Format("2006-01-02 15:04:05")
	}
	var words []string
	for name, value := range data {
		if name == "at" || strings.HasSuffix(name, "_wei") {
			continue
		}
		text := fmt.Sprint(value)
		if list, ok := value.([]any); ok {
			text = strings.Trim(fmt.Sprint(list), "[]")
		}
		if strings.ContainsAny(text, " \"=") {
			text = fmt.Sprintf("%q", text)
		}
		words = append(words, name+"="+text)
	}
	slices.Sort(words)
	_, err := fmt.Fprintln(c.App.Writer, printable(strings.Join(append([]string{e.ID, when, e.Kind}, words...), "  ")))
	return err
}
