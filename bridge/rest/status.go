package rest

import (
	"context"
	"fmt"
	"strings"
)

// maxStatuses is how many users one call asks for (wire §1.2, row 19).
const maxStatuses = 100

func (u *user) status() string {
	if u.Available {
		return "online"
	}
	return "offline"
}

// status is GET /users/{user}/status (wire §1.2, row 18). The name is as the URL has it.
func (c *call) status(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	return c.told(object{{c.vars["user"], u.status()}}, 0), nil
}

// nameKey gives by what the user of a name is known among several that were found: his UUID
// or address.
func (c *call) nameKey(name string) string {
	if bare, ok := c.address(name); ok && !isUUID(name) {
		return bare.String()
	}
	return strings.ToLower(name)
}

// statuses is POST /users/batch/status (wire §1.2, row 19): in the order of the request, and
// who is not there is offline.
func (c *call) statuses(ctx context.Context) (any, error) {
	o, err := c.object()
	if err != nil {
		return nil, err
	}
	asked, err := names(o)
	if err != nil {
		return nil, err
	}
	if len(asked) > maxStatuses {
		// Not 429, which would have clients try again for ever.
		return nil, errIllegal(fmt.Sprintf("at most %d users are asked for at once", maxStatuses))
	}
	found, err := c.users(ctx, asked...)
	if err != nil {
		return nil, err
	}
	statuses := make(map[string]string, 2*len(found))
	for i := range found {
		statuses[found[i].JID.String()] = found[i].status()
		statuses[found[i].ID] = found[i].status()
	}
	data := make([]object, len(asked))
	for i, name := range asked {
		status := statuses[c.nameKey(name)]
		if status == "" {
			status = "offline"
		}
		data[i] = object{{name, status}}
	}
	return c.bare("get batch user status", member{"data", data}), nil
}
