package webim

import (
	"net/http"

	"causeway/bridge"
)

func (h *Handler) socket(w http.ResponseWriter, _ *http.Request) {
	bridge.Answer(w, http.StatusNotFound, "", refusal("Not Found"))
}
