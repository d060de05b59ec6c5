package plot

import (
	"fmt"
	"math"
	"strings"
)

// Dots compares things: a row for each measurement, a dot for each thing, on a logarithmic
// scale.
type Dots struct {
	Title  string
	X      string
	Things []string
	Rows   []Row
}

// A Row is one measurement of all things; NaN for one that was not measured.
type Row struct {
	Name   string
	Values []float64
}

// SVG draws it.
func (d Dots) SVG() string {
	const beside, step = 250.0, 26.0
	tall := top + 24 + step*float64(len(d.Rows)) + below
	var values []float64
	var words []string
	for _, r := range d.Rows {
		values = append(values, r.Values...)
		var each []string
		for i, v := range r.Values {
			if !math.IsNaN(v) {
				each = append(each, d.Things[i]+" "+label(v))
			}
		}
		words = append(words, r.Name+": "+strings.Join(each, ", "))
	}
	x := newAxis(values, true, beside, width-24)
	var c canvas
	c.begin(width, tall, d.Title, strings.Join(words, "; "))
	c.text(16, 20, "t", "start", d.Title)
	at := 16.0
	for i, name := range d.Things {
		c.mark(at+5, 38, i)
		c.text(at+16, 42, fmt.Sprintf("n f%d", i%kinds), "start", name)
		at += 36 + 7*float64(len(name))
	}
	for _, v := range x.ticks() {
		c.line(x.at(v), top+14, x.at(v), tall-below+4)
		c.text(x.at(v), tall-below+18, "l", "middle", label(v))
	}
	c.text((beside+width-24)/2, tall-10, "l", "middle", d.X)
	for i, r := range d.Rows {
		y := top + 28 + step*float64(i)
		c.line(beside, y, width-24, y)
		c.text(beside-10, y+4, "l", "end", r.Name)
		for thing, v := range r.Values {
			if !math.IsNaN(v) && v > 0 {
				c.mark(x.at(v), y, thing)
			}
		}
	}
	return c.end()
}
