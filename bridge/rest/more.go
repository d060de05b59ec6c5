package rest

func moreEndpoints() []endpoint { return nil }
