package daemon

// nearest gives the known name, of a key or a section, that a mistyped one was
// probably meant to be; "" if none is near.
func nearest(c *Config, name string) string {
	best, least := "", near(name)
	for _, s := range sections(c) {
		if d := distance(name, s.name); d < least {
			best, least = s.name, d
		}
		for _, k := range s.keys {
			d := min(distance(name, k.name), distance(name, k.short())+1)
			if d < least {
				best, least = k.name, d
			}
		}
	}
	return best
}

// near is one more than the distance at which a name is taken for a mistyped one.
func near(name string) int { return 2 + len(name)/4 }

// distance counts the letters to insert, delete or change to get from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
