package browser

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A newcomer opens the page of a throw-away server: two people, one by webim and one by
// XMPP over WebSocket, are logged in and talk within ten seconds, and all that the page
// offers works.
func TestPageOfOurs(t *testing.T) {
	ctx := newBrowser(t)
	url := try(t)
	began := time.Now()
	do(ctx, t, chromedp.EmulateViewport(1200, 1000), chromedp.Navigate(url))
	until(ctx, t, "both are logged in", both("!%s.talk.hidden && !!%s.peername.textContent"))
	say(ctx, t, "left", "But soft, what light?")
	heard(ctx, t, "right", "But soft, what light?", 1)
	say(ctx, t, "right", "Ay me! <b>")
	heard(ctx, t, "left", "Ay me! <b>", 1)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v until both had talked", took)
	}
	if n := value[int](ctx, t, `document.querySelectorAll('#left .trace .became').length`); n == 0 {
		t.Error("no stanza is shown beside a call")
	}
	shoot(ctx, t, "light")

	do(ctx, t, write("left", "I am"))
	until(ctx, t, "she sees him write", `document.querySelector('#right .typing').textContent.includes('writing')`)
	do(ctx, t, write("right", "Who is"))
	until(ctx, t, "he sees her write", `document.querySelector('#left .typing').textContent.includes('writing')`)
	shoot(ctx, t, "typing")
	do(ctx, t, choose("left", "show", "dnd"), choose("right", "show", "away"))
	until(ctx, t, "she sees that he is busy", `document.querySelector('#right .peerline').textContent.includes('dnd')`)
	until(ctx, t, "he sees that she is away", `document.querySelector('#left .peerline').textContent.includes('away')`)
	do(ctx, t, choose("left", "show", "invisible"))
	until(ctx, t, "for her he is gone", `document.querySelector('#right .peerline').textContent.includes('offline')`)
	do(ctx, t, choose("left", "show", "available"))
	until(ctx, t, "and back", `document.querySelector('#right .peerline').textContent.includes('available')`)

	do(ctx, t, choose("left", "peer", "#balcony"), choose("right", "peer", "balcony@conference.localhost"))
	until(ctx, t, "both see both in the room", both("%s.peername.textContent.includes('Juliet') && %s.peername.textContent.includes('omeo')"))
	say(ctx, t, "left", "By yonder blessed moon")
	heard(ctx, t, "right", "By yonder blessed moon", 1)
	say(ctx, t, "right", "O, swear not by the moon")
	heard(ctx, t, "left", "O, swear not by the moon", 1)
	heard(ctx, t, "left", "By yonder blessed moon", 1)
	heard(ctx, t, "right", "O, swear not by the moon", 1)
	shoot(ctx, t, "room")
	do(ctx, t, choose("left", "peer", "juliet"), choose("right", "peer", "romeo@localhost"))
	heard(ctx, t, "left", "But soft, what light?", 1)

	do(ctx, t, chromedp.Click("#left .times"))
	until(ctx, t, "the setting is stored", `[...document.querySelectorAll('#left .became')].some((b) => b.textContent.includes('times'))`)
	do(ctx, t, chromedp.Reload())
	until(ctx, t, "both are back", both("!%s.talk.hidden && !!%s.peername.textContent"))
	heard(ctx, t, "left", "But soft, what light?", 1)
	heard(ctx, t, "right", "Ay me! <b>", 1)
	until(ctx, t, "the setting is kept", `document.querySelector('#left .times').checked && document.getElementById('left').classList.contains('with-times')`)

	do(ctx, t, chromedp.Click("#left .logout"))
	until(ctx, t, "he sees the form", `!document.querySelector('#left .login').hidden`)
	until(ctx, t, "for her he is gone", `document.querySelector('#right .peerline').textContent.includes('offline')`)
	shoot(ctx, t, "logged-out")
	say(ctx, t, "right", "Wherefore art thou?")
	do(ctx, t, chromedp.Click("#left .login button"))
	until(ctx, t, "he is back", `!document.querySelector('#left .talk').hidden`)
	heard(ctx, t, "left", "Wherefore art thou?", 1)

	do(ctx, t, chromedp.Click("#right .logout"))
	until(ctx, t, "she sees the form", `!document.querySelector('#right .login').hidden`)
	say(ctx, t, "left", "What waits is in the archive, too")
	heard(ctx, t, "left", "What waits is in the archive, too", 1)
	password := value[string](ctx, t, `document.querySelector('#right [name=password]').value`)
	do(ctx, t, chromedp.SetValue("#right [name=password]", "wrong"), chromedp.Click("#right .login button"))
	until(ctx, t, "she is told what is wrong", `document.querySelector('#right .error').textContent === 'The name or the password is wrong.'`)
	do(ctx, t, chromedp.SetValue("#right [name=password]", password), chromedp.Click("#right .login button"))
	until(ctx, t, "she is back", `!document.querySelector('#right .talk').hidden`)
	until(ctx, t, "for him she is back", `document.querySelector('#left .peerline').textContent.includes('available')`)
	heard(ctx, t, "right", "What waits is in the archive, too", 1)
	do(ctx, t, chromedp.Reload())
	until(ctx, t, "both are back", both("!%s.talk.hidden && !!%s.peername.textContent"))
	heard(ctx, t, "left", "Wherefore art thou?", 1)
}

// both joins an expression for the two sides; %s.name is an element.
func both(expression string) string {
	side := func(id string) string {
		return "((side) => " + fmt.Sprintf(expression, "side", "side") + ")({talk: document.querySelector('#" + id +
			" .talk'), peername: document.querySelector('#" + id + " .peername')})"
	}
	return side("left") + " && " + side("right")
}

// say has a side say something.
func say(ctx context.Context, t *testing.T, side, text string) {
	t.Helper()
	do(ctx, t, chromedp.SetValue("#"+side+" .say input", text), chromedp.Click("#"+side+" .say button"))
}

// write writes and does not send.
func write(side, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys("#"+side+" .say input", text)
}

// heard waits until a side shows a text, and wants it so many times.
func heard(ctx context.Context, t *testing.T, side, text string, times int) {
	t.Helper()
	count := fmt.Sprintf(`[...document.querySelectorAll('#%s .lines li')].filter((l) => l.lastChild.textContent === %q).length`, side, text)
	until(ctx, t, fmt.Sprintf("%s hears %q", side, text), fmt.Sprintf("%s >= %d", count, times))
	if n := value[int](ctx, t, count); n != times {
		t.Errorf("%s hears %q %d times", side, text, n)
	}
}

// choose chooses in a list.
func choose(side, list, option string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`(() => { const s = document.querySelector('#%s .%s'); s.value = %q; s.dispatchEvent(new Event('change')); })()`, side, list, option))
}

// The page on a phone, and in the dark: nothing is wider than the screen.
func TestPageSizes(t *testing.T) {
	ctx := newBrowser(t)
	url := try(t)
	for _, tt := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"dark", 1200, 1000, "dark"}, {"phone", 360, 780, "light"}, {"phone-dark", 360, 780, "dark"}} {
		do(ctx, t, chromedp.EmulateViewport(tt.width, tt.height), prefers(tt.scheme), chromedp.Navigate(url))
		until(ctx, t, "both are logged in", both("!%s.talk.hidden && !!%s.peername.textContent"))
		say(ctx, t, "left", "Is the day so young in this rather narrow window of Verona?")
		heard(ctx, t, "right", "Is the day so young in this rather narrow window of Verona?", map[string]int{"dark": 1, "phone": 2, "phone-dark": 3}[tt.name])
		if wide := value[int](ctx, t, "document.documentElement.scrollWidth"); int64(wide) > tt.width {
			t.Errorf("%s: the page is %d wide", tt.name, wide)
		}
		shoot(ctx, t, tt.name)
	}
}

// prefers sets the colour scheme that the user prefers.
func prefers(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}
