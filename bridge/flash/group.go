package flash

import "context"

// startGroup starts the host of the group again. One that runs goes on.
func (s *Server) startGroup(ctx context.Context, c *call) error {
	_, err := s.execute(ctx, c.host, nodeHostStart)
	return err
}

// stopGroup stops the host of the group: everybody there is logged out, and nobody comes in
// until it is started again, though this server be restarted in between. Commands are
// answered all the time.
func (s *Server) stopGroup(ctx context.Context, c *call) error {
	_, err := s.execute(ctx, c.host, nodeHostStop)
	return err
}
