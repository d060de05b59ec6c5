package badgertest

import "math/rand/v2"

// Noise gives n letters that no compression makes much shorter, the same for the same seed: with them a large
// value goes to the value log.
func Noise(seed uint64, n int) []byte {
	rnd := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(' ' + rnd.IntN('~'-' '))
	}
	return b
}
