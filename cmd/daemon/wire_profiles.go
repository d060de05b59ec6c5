package daemon

// profiles makes what is built on personal eventing: who people are, and their rooms.
func (h *house) profiles() {}
