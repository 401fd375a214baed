// Command renlin is every part of Renlin in one binary: a pilot community in one process, each service as a daemon, and the tools
// with which anybody checks the record.
//
// Exit codes: 0 done or true; 1 the answer is no; 2 wrong use or unreadable input, with one line on stderr that says what and where.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
)

// Exit codes.
const (
	exitDone  = 0
	exitNo    = 1
	exitUsage = 2
)

// errNo is an answer, not a failure: a proof does not hold, a check failed. What is wrong has been printed.
var errNo = errors.New("the answer is no")

// streams are where a command reads and writes; tests give their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// help says that the manual was asked for, as opposed to a flag being wrong.
	help bool
}

// command is one sub-command.
type command struct {
	name, args, does string
	// run parses its own flags.
	run func(ctx context.Context, s streams, args []string) error
}

// commands is filled by the files of the commands, in the order of the manual.
func commands() []command {
	return slices.Concat(
		[]command{pilotCommand(), demoCommand(), configureCommand()},
		serviceDaemons(),
		[]command{witnessCommand(), importCommand(), exportCommand(), verifyCommand(), countCommand(), noticeCommand(), matchCommand(),
			rulesCommand(), paperCommand(), sensorCommand(), carryCommand(), healthcheckCommand()},
	)
}

func main() {
	tuneCollector()
	os.Exit(program())
}

// tuneCollector has the collector run half as often as it does by default: what lives is small, and what every request leaves is much. Who
// sets GOGC knows better, and GOMEMLIMIT holds in any case.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// program is main, for the test binary as well.
func program() (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
}

// run dispatches and turns errors into exit codes.
func run(ctx context.Context, s streams, args []string) int {
	if len(args) == 0 || slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
		usage(s.out)
		if len(args) == 0 {
			return exitUsage
		}
		return exitDone
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		s.help = slices.ContainsFunc(args[1:], func(a string) bool { return a == "-h" || a == "-help" || a == "--help" })
		err := c.run(ctx, s, args[1:])
		switch {
		case err == nil || errors.Is(err, flag.ErrHelp):
			return exitDone
		case errors.Is(err, errNo):
			return exitNo
		}
		var said exitCode
		if errors.As(err, &said) {
			return int(said)
		}
		fmt.Fprintf(s.err, "renlin %s: %s\n", c.name, strings.ReplaceAll(err.Error(), "\n", "; "))
		return exitUsage
	}
	fmt.Fprintf(s.err, "renlin: there is no command of that name; renlin -h lists them\n")
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Renlin (韧邻): a neighbourhood decides, and anyone can prove it.\n\n"+
		"Usage: renlin COMMAND [flags]; every command takes -h\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-46s %s\n", strings.TrimSpace(c.name+" "+c.args), c.does)
	}
}

// flags makes a command's flag set, which prints its manual to out on -h.
func (c command) flags(s streams, manual string) *flag.FlagSet {
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // an error is said once, by run
	f.Usage = func() {
		if !s.help {
			return
		}
		f.SetOutput(s.out)
		fmt.Fprintf(s.out, "Usage: renlin %s %s\n\n%s\n\nFlags:\n", c.name, c.args, strings.TrimSpace(manual))
		f.PrintDefaults()
	}
	return f
}

// printJSON writes one JSON object on stdout.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

// readFile reads one input file, "-" for stdin.
func readFile(s streams, name string) ([]byte, error) {
	if name == "-" {
		raw, err := io.ReadAll(s.in)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return raw, nil
	}
	return os.ReadFile(name)
}
