package daemon

// pushing makes what wakes phones.
func (h *house) pushing() {}
