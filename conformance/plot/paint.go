package plot

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// kinds is how many lines are told apart; more take the same again.
const kinds = 5

// style is what all plots have in common. Lines differ in colour, in their dashes, and by
// the names at their ends.
const style = `<style>
svg{--ink:#1b1f24;--soft:#59636e;--grid:#d8dee4;--ground:#fff;--c0:#0b62c4;--c1:#b35900;--c2:#0f7a55;--c3:#7b3fc4;--c4:#59636e;font:12px system-ui,-apple-system,"Segoe UI",sans-serif}
@media (prefers-color-scheme:dark){svg{--ink:#e6edf3;--soft:#9aa5b1;--grid:#343b44;--ground:#0d1117;--c0:#6cb0ff;--c1:#ffa657;--c2:#4fd1a1;--c3:#c9a3ff;--c4:#9aa5b1}}
@media print{svg{--ink:#000;--soft:#333;--grid:#bbb;--ground:#fff;--c0:#0b62c4;--c1:#b35900;--c2:#0f7a55;--c3:#7b3fc4;--c4:#444}}
.ground{fill:var(--ground)}.t{fill:var(--ink);font-weight:600;font-size:14px}.l{fill:var(--soft)}.g{stroke:var(--grid);stroke-width:1}.n{font-weight:600}
.p{fill:none;stroke-width:2;stroke-linejoin:round}.p0{stroke:var(--c0)}.p1{stroke:var(--c1);stroke-dasharray:7 3}.p2{stroke:var(--c2);stroke-dasharray:2 3}.p3{stroke:var(--c3);stroke-dasharray:9 3 2 3}.p4{stroke:var(--c4);stroke-dasharray:1 2}
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}
</style>
`

// A canvas is an SVG that is being written.
type canvas struct{ b strings.Builder }

// begin opens a drawing with its name, and what it shows in words.
func (c *canvas) begin(width, height float64, title, words string) {
	fmt.Fprintf(&c.b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" role=\"img\" aria-label=\"%s\">\n<title>%s</title>\n<desc>%s</desc>\n",
		width, height, width, escape(title), escape(title), escape(words))
	c.b.WriteString(style)
	fmt.Fprintf(&c.b, "<rect class=\"ground\" width=\"%g\" height=\"%g\"/>\n", width, height)
}

func (c *canvas) end() string {
	c.b.WriteString("</svg>\n")
	return c.b.String()
}

// text writes at a place; anchor is start, middle or end.
func (c *canvas) text(x, y float64, class, anchor, text string) {
	fmt.Fprintf(&c.b, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", class, x, y, anchor, escape(text))
}

func (c *canvas) line(x1, y1, x2, y2 float64) {
	fmt.Fprintf(&c.b, "<line class=\"g\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x1, y1, x2, y2)
}

// mark draws the sign of a kind, each of another shape.
func (c *canvas) mark(x, y float64, kind int) {
	const r = 4.5
	class := fmt.Sprintf("f%d", kind%kinds)
	switch kind % kinds {
	case 0:
		fmt.Fprintf(&c.b, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%g\"/>\n", class, x, y, r)
	case 1:
		fmt.Fprintf(&c.b, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"8\"/>\n", class, x-4, y-4)
	case 2:
		fmt.Fprintf(&c.b, "<path class=\"%s\" d=\"M%.1f %.1fl5 9h-10z\"/>\n", class, x, y-5)
	case 3:
		fmt.Fprintf(&c.b, "<path class=\"%s\" d=\"M%.1f %.1fl5 5l-5 5l-5 -5z\"/>\n", class, x, y-5)
	default:
		fmt.Fprintf(&c.b, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"3\" height=\"11\"/>\n", class, x-1.5, y-5.5)
	}
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes all
	return b.String()
}
