package pep

// cacheWeight bounds the cache: an account weighs 1, and 4 more for each of its
// nodes. It is about 30 MB when full of ordinary nodes. With it, somebody who comes
// online costs no look at the disk for each contact.
const cacheWeight = 1 << 17

// weigh gives about how many bytes the nodes of an account take.
func weigh(nodes []Node) int {
	const account, node, person = 128, 512, 64
	w := account
	for i := range nodes {
		n, c := &nodes[i], &nodes[i].Config
		w += node + len(n.Name) + len(c.Title) + len(c.Description) + len(c.Language) + len(c.Type) + n.people() +
			person*(len(n.Affiliations)+len(n.Subscriptions))
		for _, g := range c.Groups {
			w += 16 + len(g)
		}
	}
	return w
}
