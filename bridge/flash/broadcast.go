package flash

import "context"

// broadcast tells everybody who is logged on, in a room or not (XEP-0133 #announce). The
// sender is the host; userid is the name that people see.
func (s *Server) broadcast(ctx context.Context, c *call) error {
	if !c.has("msg") {
		return bad("msg")
	}
	text, err := c.text("msg", maxBody)
	if err != nil {
		return err
	}
	name, err := c.line("userid")
	if err != nil {
		return err
	}
	_, err = s.execute(ctx, c.host, nodeAnnounce, field("announcement", text), field("x-nick", name))
	return err
}
