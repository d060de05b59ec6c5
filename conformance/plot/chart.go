package plot

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Point is a place on a line.
type Point struct{ X, Y float64 }

// A Line is what was measured of one thing.
type Line struct {
	Name   string
	Points []Point
	Kind   int // its colour and dashes
}

// A Chart is lines over one number.
type Chart struct {
	Title      string
	X, Y       string // what the axes count
	LogX, LogY bool
	Lines      []Line
	Marks      bool // each point has a sign
}

const (
	width, height           = 720.0, 300.0
	left, right, top, below = 64.0, 120.0, 44.0, 48.0
	// dense is how many points a line has room for.
	dense = 600
)

// SVG draws it.
func (c Chart) SVG() string {
	var xs, ys []float64
	for i := range c.Lines {
		c.Lines[i].Points = thin(c.Lines[i].Points)
		for _, p := range c.Lines[i].Points {
			xs, ys = append(xs, p.X), append(ys, p.Y)
		}
	}
	x := newAxis(xs, c.LogX, left, width-right)
	if !c.LogX && len(xs) > 0 {
		x.most = max(slices.Max(xs), x.least+1e-9) // no room is left behind the last moment
	}
	y := newAxis(ys, c.LogY, height-below, top)
	var d canvas
	d.begin(width, height, c.Title, c.words())
	d.text(left, 20, "t", "start", c.Title)
	d.text(left, 36, "l", "start", c.Y)
	for _, v := range y.ticks() {
		d.line(left, y.at(v), width-right, y.at(v))
		d.text(left-6, y.at(v)+4, "l", "end", label(v))
	}
	for _, v := range x.ticks() {
		d.line(x.at(v), height-below, x.at(v), height-below+5)
		d.text(x.at(v), height-below+18, "l", "middle", label(v))
	}
	d.text((left+width-right)/2, height-10, "l", "middle", c.X)
	c.draw(&d, x, y)
	return d.end()
}

// draw draws the lines and writes their names where they end, one below the other.
func (c Chart) draw(d *canvas, x, y axis) {
	type name struct {
		at   float64
		text string
		kind int
	}
	var names []name
	for _, l := range c.Lines {
		if len(l.Points) == 0 {
			continue
		}
		var path strings.Builder
		for i, p := range l.Points {
			fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x.at(p.X), y.at(p.Y))
		}
		fmt.Fprintf(&d.b, "<path class=\"p p%d\" d=\"%s\"/>\n", l.Kind%kinds, path.String())
		if c.Marks {
			for _, p := range l.Points {
				d.mark(x.at(p.X), y.at(p.Y), l.Kind)
			}
		}
		names = append(names, name{y.at(l.Points[len(l.Points)-1].Y), l.Name, l.Kind})
	}
	const apart = 15.0
	slices.SortStableFunc(names, func(a, b name) int { return int(math.Copysign(1, a.at-b.at)) })
	for i := range names {
		if i > 0 {
			names[i].at = max(names[i].at, names[i-1].at+apart)
		}
	}
	for _, n := range names {
		d.text(width-right+10, n.at+4, fmt.Sprintf("n f%d", n.kind%kinds), "start", n.text)
	}
}

// thin leaves out points that nobody could tell apart, but no highest one.
func thin(points []Point) []Point {
	if len(points) <= dense {
		return points
	}
	var out []Point
	for i := range dense {
		part := points[i*len(points)/dense : (i+1)*len(points)/dense]
		out = append(out, slices.MaxFunc(part, func(a, b Point) int { return int(math.Copysign(1, a.Y-b.Y)) }))
	}
	return out
}

// words are the ends of each line.
func (c Chart) words() string {
	var parts []string
	for _, l := range c.Lines {
		if n := len(l.Points); n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s at %s, %s at %s", l.Name, label(l.Points[0].Y), label(l.Points[0].X), label(l.Points[n-1].Y), label(l.Points[n-1].X)))
		}
	}
	return c.Y + " over " + c.X + ". " + strings.Join(parts, "; ")
}
