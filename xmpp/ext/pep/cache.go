package pep

// cacheWeight bounds the cache: an account weighs 1, and 4 more for each of its
// nodes. It is about 30 MB when full of ordinary nodes. With it, somebody who comes
// online costs no look at the disk for each contact.
const cacheWeight = 1 << 17

func weigh(nodes []Node) int {
	w := 1
	for i := range nodes {
		w += 4 + len(nodes[i].Affiliations) + len(nodes[i].Subscriptions)
	}
	return w
}
