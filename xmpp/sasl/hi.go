package sasl

import (
	"crypto/hmac"
	"crypto/subtle"
	"runtime"
)

// breath is how many rounds are gone through before other threads that wait for the processor are
// let by, some 25 µs; after breaths of them other goroutines are, which costs more.
const (
	breath  = 128
	breaths = 4
)

// hi is Hi() of RFC 5802 §2.2, which is PBKDF2 with one block. crypto/pbkdf2 goes through all
// rounds at once, for milliseconds of a processor that others wait for; this lets them by.
func (h Hash) hi(password, salt []byte, rounds int) []byte {
	mac := hmac.New(h.function(), password)
	mac.Write(salt)
	mac.Write([]byte{0, 0, 0, 1}) // INT(1)
	u := mac.Sum(nil)
	sum := append([]byte(nil), u...)
	for n := 1; n < rounds; n++ {
		mac.Reset()
		mac.Write(u)
		u = mac.Sum(u[:0])
		subtle.XORBytes(sum, sum, u)
		if n%breath == 0 {
			yieldThread()
		}
		if n%(breaths*breath) == 0 {
			runtime.Gosched()
		}
	}
	return sum
}
