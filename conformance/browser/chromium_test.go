package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"causeway/conformance/process"
)

func TestMain(m *testing.M) { process.Main(m) }

// patience is how long anything may take to be seen on a page. It is long because the
// machine may be busy, and costs nothing when it is not.
const patience = 30 * time.Second

// newBrowser starts a Chromium of its own, which ends with the test. Each call of tab
// opens a window.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	bin, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium: apt-get install chromium")
		}
		t.Skip("no chromium: apt-get install chromium")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(bin), chromedp.NoFirstRun, chromedp.Headless, chromedp.DisableGPU, chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("no-default-browser-check", true), chromedp.Flag("disable-dev-shm-usage", true),
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	return ctx
}

// do does things in a window, each in time.
func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Do(timed, steps...); err != nil {
		t.Fatalf("%v\n%s", err, shown(ctx))
	}
}

// shown gives the text that the window shows.
func shown(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// until waits until an expression is true on the page.
func until(ctx context.Context, t *testing.T, why, expression string) {
	t.Helper()
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := chromedp.Run(timed, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience)))
	if err != nil {
		shoot(ctx, t, "failed")
		t.Fatalf("%s: %v\n%s", why, err, shown(ctx))
	}
}

// value gives what an expression is on the page.
func value[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v, err := chromedp.Run(timed, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// shoot leaves a picture, if somebody wants to see it.
func shoot(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}
