package process

import (
	"strings"

	"renlin.dev/pkg/telemetry/metrics"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// What a process measures of the parts that it puts together.
var (
	definitionReads = metrics.Definition{
		Name: "renlin_vault_reads_total", Help: "Sealed texts that were opened for somebody, by the purpose on the record.",
		Labels: []string{"purpose"},
	}
	definitionRefusals = metrics.Definition{
		Name:   "renlin_follow_refusals_total",
		Help:   "Times that a part which follows the record itself did not do what it was asked, because the record does not say so.",
		Labels: []string{"part", "outcome"},
	}
	definitionAside = metrics.Definition{
		Name:   "renlin_part_aside",
		Help:   "1 while a part has set its work for a community aside, and begins again on the operator's word only.",
		Labels: []string{"part", "community"},
	}
	definitionReady = metrics.Definition{
		Name:   "renlin_part_ready",
		Help:   "1 while a part of the process works for a community, as /readyz says; 0 while something stands in its way.",
		Labels: []string{"part", "community"},
	}
)

// countReads gives the counter of readings, which shows each purpose from the beginning.
func countReads(m *metrics.Registry) metrics.Counter {
	reads := m.Counter(definitionReads)
	for p := range vaultv1.Purpose_name { // any order: each is a series of its own
		if p != 0 {
			reads.With(purposeOf(vaultv1.Purpose(p)))
		}
	}
	return reads
}

// purposeOf names a purpose of reading; numbers that this program does not know count together.
func purposeOf(p vaultv1.Purpose) string {
	name, known := vaultv1.Purpose_name[int32(p)]
	if !known {
		return "unknown"
	}
	return strings.ToLower(strings.TrimPrefix(name, "PURPOSE_"))
}
