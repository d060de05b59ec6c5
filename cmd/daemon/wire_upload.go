package daemon

// uploading makes the service for uploaded files.
func (h *house) uploading() {}
