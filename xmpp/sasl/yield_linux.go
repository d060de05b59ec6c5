package sasl

import "syscall"

// yieldThread gives the processor to a thread that waits for it. Without it Linux leaves the
// processor to whoever computes for up to 4 ms when somebody else wakes up.
func yieldThread() { _, _, _ = syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) }
