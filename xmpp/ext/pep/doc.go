// Package pep makes every account a service that others can follow: personal
// eventing (XEP-0163 1.2.2) on publish-subscribe (XEP-0060 1.30.0), with private data
// (XEP-0223) as a matter of configuration.
//
//  1. A client publishes an item to a node of an account, mostly of its own. A node
//     that is missing is made, as the options of the request say; a node that is
//     there must be as they say.
//  2. Who may read, subscribe and publish follows from the node's access model, its
//     affiliations and the roster, asked anew each time.
//  3. What was published is on the disk, and then told: to the own devices and the
//     contacts whose verified capabilities name the node with "+notify", and to those
//     who have subscribed by a request. The changes of one owner are told in order.
//  4. A device that comes online gets the last item of what it wants, of its own
//     account and of the people whose presence it sees, once.
//  5. Other services see changes by [Service.OnChange], and make some by
//     [Service.Publish].
//
// Files in reading order: ports.go (what it keeps, and what it asks of others), pep.go
// (the requests), element.go (what is inside an element), config.go, field.go and
// options.go (the configuration of a node, and its forms), access.go (who may do
// what), publish.go, items.go, retract.go (with purging and deleting), node.go,
// affiliation.go, subscribe.go (what requests do), line.go (the order), event.go,
// notify.go, last.go and round.go (who is told what), cache.go, discover.go, api.go (for other
// services), errors.go.
//
// It does not follow the presence of other servers, so contacts there get events only
// if they subscribe by a request; nor directed presence. It has no collections, no
// subscription options, and leaves out publish-only. It does not look into payloads.
package pep
