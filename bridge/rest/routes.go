package rest

// A Route is a method and a path below /{org}/{app}, with the names of its parts in braces.
type Route struct{ Method, Path string }

// Routes gives all that a Handler answers.
func Routes() []Route {
	var list []Route
	for _, e := range endpoints() {
		list = append(list, Route{e.method, e.path})
	}
	return list
}
