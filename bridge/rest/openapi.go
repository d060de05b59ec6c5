package rest

import (
	"context"
	_ "embed"

	"causeway/bridge"
)

// openAPI describes the API (OpenAPI 3.1). The tests hold it against the endpoints.
//
//go:embed openapi.json
var openAPI []byte

// document is GET /openapi.json.
func (c *call) document(context.Context) (any, error) {
	c.written = true
	bridge.Answer(c.w, 200, "", openAPI)
	return nil, nil
}
