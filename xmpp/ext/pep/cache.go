package pep

// cacheWeight bounds the cache, in bytes as weigh counts them. With it, somebody who
// comes online costs no look at the disk for each contact.
const cacheWeight = 32 << 20

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
