//go:build race

package process

// raced says that the tests have the race detector, so the server gets it too.
const raced = true
