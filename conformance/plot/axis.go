package plot

import (
	"math"
	"strconv"
)

// An axis maps numbers to places.
type axis struct {
	least, most float64
	from, to    float64 // places of both
	log         bool
}

// newAxis gives an axis that holds all values; a linear one of numbers that are not
// negative begins at 0, a logarithmic one with a power of ten.
func newAxis(values []float64, log bool, from, to float64) axis {
	a := axis{least: math.Inf(1), most: math.Inf(-1), from: from, to: to, log: log}
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) || log && v <= 0 {
			continue
		}
		a.least, a.most = min(a.least, v), max(a.most, v)
	}
	if a.least > a.most {
		a.least, a.most = 1, 1
	}
	if log {
		a.least = math.Pow(10, math.Floor(math.Log10(a.least)))
		a.most = math.Pow(10, math.Ceil(math.Log10(a.most)))
		if a.most == a.least {
			a.most *= 10
		}
		return a
	}
	if a.least > 0 {
		a.least = 0
	}
	if a.most == a.least {
		a.most = a.least + 1
	}
	step := a.step()
	a.most = math.Ceil(a.most/step) * step
	return a
}

// step is the round distance of the ticks of a linear axis.
func (a axis) step() float64 {
	const ticks = 5
	rough := (a.most - a.least) / ticks
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if rough <= m*power {
			return m * power
		}
	}
	return 10 * power
}

// ticks are the numbers to be written at the axis.
func (a axis) ticks() (list []float64) {
	if a.log {
		for v := a.least; v <= a.most*1.001; v *= 10 {
			list = append(list, v)
		}
		return list
	}
	step := a.step()
	for i := math.Ceil(a.least / step); i*step <= a.most*1.0001; i++ {
		list = append(list, i*step)
	}
	return list
}

// at is the place of a number.
func (a axis) at(v float64) float64 {
	least, most := a.least, a.most
	if a.log {
		least, most, v = math.Log10(least), math.Log10(most), math.Log10(max(v, a.least))
	}
	return a.from + (v-least)/(most-least)*(a.to-a.from)
}

// label writes a number shortly.
func label(v float64) string {
	switch n := math.Abs(v); {
	case n >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 4, 64) + " M"
	case n >= 1e4:
		return strconv.FormatFloat(v/1e3, 'g', 4, 64) + " k"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
