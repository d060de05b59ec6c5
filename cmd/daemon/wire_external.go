package daemon

// external makes the service that tells of servers for calls.
func (h *house) external() {}
