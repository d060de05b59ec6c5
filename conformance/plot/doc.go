// Package plot draws the plots of measurements as SVG: self-contained, readable on light
// and dark grounds, on paper, and without colours.
//
//  1. A Chart has lines over a number, such as seconds or connections.
//  2. A Table of dots compares several of the same thing, a row for each measurement, on
//     a logarithmic scale.
//  3. Both choose round ticks, name each line where it ends, and carry their figures as
//     text for those who do not see them.
//
// Files in reading order: chart.go, dots.go, axis.go (scales and ticks), paint.go (colours and
// text).
//
// It measures nothing.
package plot
