package run

import "time"

// A Row is a check of the source document of a bridge. Its steps have a P in their
// hands, which knows the ways of that bridge and has the T of the check.
type Row[P any] struct {
	ID    string // section/word; the document is put before it
	Level Level  // a Must is stated by the document, a Should is what its real clients need
	Text  string
	Needs []string
	Alone bool
	Limit time.Duration
	Run   func(P)
}

// Table gives the checks of one document; open makes a P for each of them.
func Table[P any](document string, open func(*T) P, parts ...[]Row[P]) []Check {
	var list []Check
	for _, rows := range parts {
		for _, r := range rows {
			list = append(list, Check{
				ID: document + "/" + r.ID, Level: r.Level, Text: r.Text, Needs: r.Needs, Alone: r.Alone, Limit: r.Limit,
				Run: func(t *T) { r.Run(open(t)) },
			})
		}
	}
	return list
}
