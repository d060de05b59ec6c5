package rest

import (
	"math"
	"strconv"
	"strings"
)

// A wish is what a ql asks for: messages from one moment to before another, in milliseconds
// since 1970, and in which order.
type wish struct {
	from, until int64
	latestFirst bool
}

// maxQL is the longest ql, in bytes; maxMilli the last moment that can be asked for.
const (
	maxQL    = 512
	maxMilli = math.MaxInt64 / 1000 / 2
)

// readQL reads what is understood of ql, in which keywords have no case:
//
//	ql    = "select" "*" ["where" bound *("and" bound)] ["order" "by" "timestamp" ["asc" / "desc"]]
//	bound = "timestamp" (">" / ">=" / "<" / "<=") 1*DIGIT
//
// No ql is all there is, the earliest first.
func readQL(text string) (wish, error) {
	w := wish{until: maxMilli}
	if text == "" {
		return w, nil
	}
	if len(text) > maxQL {
		return w, errQL()
	}
	q := qlReader(qlWords(text))
	if !q.take("select", "*") {
		return w, errQL()
	}
	if q.take("where") {
		for {
			if !q.bound(&w) {
				return w, errQL()
			}
			if !q.take("and") {
				break
			}
		}
	}
	if q.take("order", "by", "timestamp") {
		w.latestFirst = q.take("desc")
		if !w.latestFirst {
			q.take("asc")
		}
	}
	if len(q) > 0 {
		return w, errQL()
	}
	return w, nil
}

func errQL() error {
	return errIllegal("ql is not understood: select * where timestamp>MS and timestamp<MS order by timestamp asc")
}

// qlWords splits a ql: signs of comparison and * are words of their own.
func qlWords(text string) []string {
	spaced := strings.NewReplacer(">=", " >= ", "<=", " <= ", ">", " > ", "<", " < ", "*", " * ")
	return strings.Fields(strings.ToLower(spaced.Replace(text)))
}

// qlReader is what is left of a ql.
type qlReader []string

// take takes the next words if they are these.
func (q *qlReader) take(words ...string) bool {
	if len(*q) < len(words) {
		return false
	}
	for i, w := range words {
		if (*q)[i] != w {
			return false
		}
	}
	*q = (*q)[len(words):]
	return true
}

// bound takes a bound, and narrows w to it.
func (q *qlReader) bound(w *wish) bool {
	if !q.take("timestamp") || len(*q) < 2 {
		return false
	}
	sign, digits := (*q)[0], (*q)[1]
	*q = (*q)[2:]
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return false
	}
	at := int64(min(n, maxMilli-1))
	switch sign {
	case ">":
		w.from = max(w.from, at+1)
	case ">=":
		w.from = max(w.from, at)
	case "<":
		w.until = min(w.until, at)
	case "<=":
		w.until = min(w.until, at+1)
	default:
		return false
	}
	return true
}
