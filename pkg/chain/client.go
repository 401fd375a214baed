package chain

import "context"

// StreamName names the JetStream stream of a community, whose one subject is BlockSubject. Stream sequence = block number + 1.
func StreamName(community string) string { return "EVT_" + community }

// BlockSubject is where the sequencer, and nobody else, publishes blocks.
func BlockSubject(community string) string { return "evt." + community }

// AppendSubject is where a service sends its requests to the community's sequencer. The sequencer takes the service's name from
// it, so a NATS permission to publish here is the permission to act as that service.
func AppendSubject(community, service string) string {
	return "seq." + community + ".append." + service
}

// InfoSubject answers who the sequencer is and how far it has come.
func InfoSubject(community string) string { return "seq." + community + ".info" }

// Appender sends requests to a community's sequencer in the name of one service.
//
// The reply is there only when the request was done: then its receipts are durable. Otherwise the error is a fault of faults.go. After
// ErrRetry, and after it alone, nobody knows whether the request was done; sending it again is safe. While two sequencers answer
// for one community, because one has taken the other's place and that one has not noticed, ErrBusy and ErrStopped speak for the
// one that gave them, so then they are as uncertain.
type Appender interface {
	Append(ctx context.Context, q *Request) (*Reply, error)
}
