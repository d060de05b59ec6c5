package daemon

// eventing makes personal eventing, and what is built on it.
func (h *house) eventing() {}
