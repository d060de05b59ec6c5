// Package version tells which software a host runs (XEP-0092 1.1).
//
// An operator who does not want it known leaves the service out of the wiring:
// discovery then does not name it, and the router answers service-unavailable.
// The operating system is told only if the wiring gives one.
//
// It does not ask anybody else for a version.
package version
