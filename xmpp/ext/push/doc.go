// Package push wakes devices that sleep, by way of the push service of their app
// (XEP-0357 0.4.1).
//
//  1. A client names a service and a node there ([Service.HandleIQ], enable.go). The
//     registration is on the disk when the client is answered; it remembers the
//     resource, so that a device that is awake is not woken.
//  2. The router shows each message to [Service.Follow] after it was delivered
//     (wake.go). If somebody would want to be woken for it, the registrations whose
//     device does not listen are noted as due. Others who know of something worth
//     waking for call [Service.Wake].
//  3. What is due is published by a goroutine for each registration, one
//     publication after the other (publish.go): what comes meanwhile is in the next.
//  4. A service that answers with errors is not asked any more after some of them in a
//     row, until the client enables it again or a day has passed.
//
// admin.go shows administrators how things stand. What a notification tells is
// settled by the administrator: somebody else's server reads it.
//
// Nothing here delays a message: Follow looks into a cache and returns.
package push
