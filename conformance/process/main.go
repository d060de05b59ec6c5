package process

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binaryVariable names the environment variable that holds the binary to test.
const binaryVariable = "CAUSEWAY"

// Main runs the tests of a package against the binary that $CAUSEWAY names, or
// else against one that is built here and is removed afterwards. It is called by
// TestMain.
func Main(m *testing.M) {
	flag.Parse()
	listing := flag.Lookup("test.list").Value.String() != ""
	if listing || os.Getenv(binaryVariable) != "" {
		m.Run()
		return
	}
	dir, err := os.MkdirTemp("", "causeway-test")
	if err != nil {
		giveUp(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin := filepath.Join(dir, "causeway")
	if err := build(bin); err != nil {
		_ = os.RemoveAll(dir)
		giveUp(err)
	}
	if err := os.Setenv(binaryVariable, bin); err != nil {
		giveUp(err)
	}
	m.Run()
}

func giveUp(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func build(bin string) error {
	cmd := exec.Command("go", "build", "-o", bin, "causeway/cmd/causeway")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if raced {
		cmd.Args = append(cmd.Args[:2:2], append([]string{"-race"}, cmd.Args[2:]...)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// binary is the file to run.
func binary(t testing.TB) string {
	t.Helper()
	bin := os.Getenv(binaryVariable)
	if bin == "" {
		t.Fatal("no binary: TestMain has to call process.Main")
	}
	return bin
}
