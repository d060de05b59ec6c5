//go:build !linux

package sasl

// yieldThread does nothing: the scheduler knows best.
func yieldThread() {}
