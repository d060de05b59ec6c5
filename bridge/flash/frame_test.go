package flash

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// frames gives the documents of an input with | between, and how it ended.
func frames(in io.Reader) (string, error) {
	f := framer{in: in}
	var list []string
	for {
		doc, err := f.next()
		if err != nil {
			return strings.Join(list, "|"), err
		}
		list = append(list, string(doc))
	}
}

// Wire §1.10: what is cut where, however it comes.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		end            error
	}{
		{"one", "<a/>\x00", "<a/>", io.EOF},
		{"three", "<a/>\x00<b/>\x00<c/>\x00", "<a/>|<b/>|<c/>", io.EOF},
		{"empty ones and white space between", "\x00 \r\n\x00<a/>\x00\x00\n<b/> \x00", "<a/>|<b/>", io.EOF},
		{"a byte order mark", "\ufeff<a/>\x00", "<a/>", io.EOF},
		{"text of two bytes", "<a b='é'/>\x00", "<a b='é'/>", io.EOF},
		{"nothing", "", "", io.EOF},
		{"white space only", " \n", "", io.EOF},
		{"no zero byte", "<a/>", "", errCut},
		{"one and a half", "<a/>\x00<b", "<a/>", errCut},
		{"a browser", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", errForeign},
		{"a form whose body is a command", "POST / HTTP/1.1\r\n\r\n<Command/>\x00", "", errForeign},
		{"TLS", "\x16\x03\x01\x02\x00<a/>\x00", "", errForeign},
		{"TLS second", "<a/>\x00\x16\x03\x01\x02\x00", "<a/>", errForeign},
		{"half a mark", "\xef\xbbx", "", errForeign},
		{"UTF-16", "<\x00a\x00/\x00>\x00", "<", errForeign},
		{"as large as can be", "<a>" + strings.Repeat("x", maxDocument-7) + "</a>\x00", "<a>" + strings.Repeat("x", maxDocument-7) + "</a>", io.EOF},
		{"too large", "<a>" + strings.Repeat("x", maxDocument), "", errTooLarge},
		{"too large with its end", "<a>" + strings.Repeat("x", maxDocument) + "</a>\x00", "", errTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			for how, in := range map[string]io.Reader{
				"whole": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in)),
				"by halves": iotest.HalfReader(strings.NewReader(c.in)), "with its end": iotest.DataErrReader(strings.NewReader(c.in)),
			} {
				got, err := frames(in)
				if got != c.want || !errors.Is(err, c.end) {
					t.Errorf("%s: got %.80q, %v; want %.80q, %v", how, got, err, c.want, c.end)
				}
			}
		})
	}
}

// Wire §1.10, step 4: whether another document has come whole.
func TestFramesWaiting(t *testing.T) {
	f := framer{in: strings.NewReader("<a/>\x00 \x00<b/>\x00<c/>")}
	for _, want := range []bool{true, false} {
		if _, err := f.next(); err != nil || f.waiting() != want {
			t.Errorf("waiting is %v, %v; want %v", f.waiting(), err, want)
		}
	}
}

// What does not end is not kept: memory is bounded whatever comes.
func TestFramesBounded(t *testing.T) {
	f := framer{in: io.MultiReader(strings.NewReader("<a>"), &endless{})}
	if _, err := f.next(); !errors.Is(err, errTooLarge) || cap(f.buf) > maxDocument+2*readSize {
		t.Errorf("%v, and %d bytes are held", err, cap(f.buf))
	}
}

type endless struct{}

func (*endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("x"), len(p))), nil }

// FuzzFrames: however the bytes come, the same documents come out of them, and none is
// empty or has a zero byte.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"<a/>\x00<b/>\x00", "\ufeff<a/>\x00x", "\x00\x00 <", "\xef\xbb\xbf", "GET /"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, end := frames(bytes.NewReader(in))
		bytewise, endBytewise := frames(iotest.OneByteReader(bytes.NewReader(in)))
		if whole != bytewise || (end == nil) != (endBytewise == nil) || errors.Is(end, errForeign) != errors.Is(endBytewise, errForeign) {
			t.Errorf("whole: %q, %v; byte by byte: %q, %v", whole, end, bytewise, endBytewise)
		}
		if strings.Contains(whole, "\x00") || strings.Contains(whole, "||") && !bytes.Contains(in, []byte("||")) && !bytes.Contains(in, []byte("|")) {
			t.Errorf("%q", whole)
		}
	})
}
