// Package stream holds XML streams (RFC 6120 §4): their opening tag, their
// errors, and the Framer that cuts their bytes into whole, checked elements.
package stream
