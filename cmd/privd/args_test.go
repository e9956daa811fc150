package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
)

// Flags may stand anywhere; what urfave/cli is given has them where it looks.
func TestArrange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, typed, want string }{
		{"nothing", "privd", "privd"},
		{"command", "privd ls", "privd ls"},
		{"flag before argument", "privd add --type photo a.jpg", "privd add --type photo -- a.jpg"},
		{"flag after argument", "privd add a.jpg --type photo", "privd add --type photo -- a.jpg"},
		{"flags between arguments", "privd add a.jpg --type photo b.jpg --wait c.jpg", "privd add --type photo --wait -- a.jpg b.jpg c.jpg"},
		{"flag with equals sign", "privd add a.jpg --type=photo", "privd add --type=photo -- a.jpg"},
		{"one dash", "privd add a.jpg -type photo", "privd add -type photo -- a.jpg"},
		{"alias", "privd download p1 -o dir", "privd download -o dir -- p1"},
		{"boolean takes no value", "privd buy --wait l1", "privd buy --wait -- l1"},
		{"boolean with a value", "privd buy l1 --wait=false", "privd buy --wait=false -- l1"},
		{"own flags before the command", "privd --repo r --json ls", "privd --repo r --json ls"},
		{"own flags behind the command", "privd ls --json --repo r", "privd --json --repo r ls"},
		{"own flags behind arguments", "privd show c1 --json --user bob", "privd --json --user bob show -- c1"},
		{"group", "privd user add alice --json", "privd --json user add -- alice"},
		{"flag of a grouped command", "privd key create laptop --service", "privd key create --service -- laptop"},
		{"repeated flag", "privd start --listen a --api b --listen c", "privd start --listen a --api b --listen c"},
		{"negative value", "privd ls --offset -5", "privd ls --offset -5"},
		{"value that looks like a command", "privd sell --title ls c1", "privd sell --title ls -- c1"},
		{"argument that looks like a command", "privd show ls", "privd show -- ls"},
		{"double dash", "privd add --type text -- --odd -name", "privd add --type text -- --odd -name"},
		{"double dash with nothing behind", "privd ls --", "privd ls"},
		{"single dash is an argument", "privd add - --wait", "privd add --wait -- -"},
		{"help of the program", "privd --help", "privd --help"},
		{"help of a command", "privd add --help", "privd add --help"},
		{"help of a grouped command", "privd key create -h", "privd key create -h"},
		{"help as a command", "privd help add", "privd help add"},
		{"help within a group", "privd user help add", "privd user help add"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := arrange(newApp(), strings.Fields(test.typed))
			require.NoError(t, err)
			require.Equal(t, test.want, strings.Join(got, " "))
		})
	}
}

// Wrong command lines are refused with a word on what to do.
func TestArrangeRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ typed, want string }{
		{"privd lss", `there is no command "lss"; see: privd --help`},
		{"privd user remove x", `there is no command "remove"; see: privd user --help`},
		{"privd ls --nope", "there is no flag --nope here; see: privd ls --help"},
		{"privd --nope ls", "there is no flag --nope here; see: privd --help"},
		{"privd -z ls", "there is no flag -z here; see: privd --help"},
		{"privd --title x sell", "there is no flag --title here; see: privd --help"},
		{"privd ls --type", "flag --type needs a value; see: privd ls --help"},
		{"privd sell --title --price 5 c1", "flag --title needs a value; see: privd sell --help"},
		{"privd ls --repo", "flag --repo needs a value; see: privd ls --help"},
	} {
		t.Run(test.typed, func(t *testing.T) {
			t.Parallel()
			_, err := arrange(newApp(), strings.Fields(test.typed))
			require.EqualError(t, err, test.want)
			require.Equal(t, market.Invalid, market.CodeOf(err))
		})
	}
}

// Whatever is typed, arranging neither panics nor loses an argument.
func FuzzArrange(f *testing.F) {
	for _, seed := range []string{"add a --type photo b", "user add x --json", "--repo= ls -- -- -x", "key create --service=", "help help", "- -- -"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		args := append([]string{"privd"}, strings.Fields(typed)...)
		got, err := arrange(newApp(), args)
		if err != nil {
			require.Equal(t, market.Invalid, market.CodeOf(err))
			return
		}
		count := func(words []string) int {
			n := 0
			for _, w := range words {
				if w != "--" && w != "help" && w != "h" {
					n++
				}
			}
			return n
		}
		require.Equal(t, count(args), count(got), "%q became %q", args, got)
	})
}
