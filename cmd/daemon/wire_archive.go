package daemon

// archiving makes the message archive, and the copies for the other devices of a person.
func (h *house) archiving() {}
