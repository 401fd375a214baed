package telemetry

import "go.opentelemetry.io/otel/attribute"

// The attributes of spans about the record, by which an operator finds the request that a commit came with. Numbers and ids only. What is
// untraced has no span, and so none of these.
const (
	// KeyCommunity is a community's id.
	KeyCommunity = attribute.Key("community")
	// KeyIndex is the index of the first commit that a request put on the record, KeyAppended how many it put there.
	KeyIndex    = attribute.Key("index")
	KeyAppended = attribute.Key("appended")
	// KeyBlock is a block's number.
	KeyBlock = attribute.Key("block")
	// KeyFaultCode is the code of the fault that a span ended with.
	KeyFaultCode = keyFaultCode
)
