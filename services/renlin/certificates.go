package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/verify"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// certificate is what a poll's certificate says of how its ballots came. Whether it is right is the judge's to say, who counts again.
type certificate struct {
	Index   uint64 `json:"index"`
	Poll    string `json:"poll"`
	Result  string `json:"result"`
	Ballots uint32 `json:"ballots"`
	Hosted  uint32 `json:"hosted"`
	// Helped are the ballots that helpers cast under mandates, with their voters' heads and area.
	Helped               uint32 `json:"helped"`
	HelpedHeads          int64  `json:"helped_heads"`
	HelpedAreaCentiM2    int64  `json:"helped_area_centi_m2"`
	StandsWithoutHosted  bool   `json:"stands_without_hosted"`
	StandsWithoutHelpers bool   `json:"stands_without_helpers"`
	// Together is "reached" or "short" where the requirements of a secret poll were judged together.
	Together string `json:"together,omitempty"`
}

// certificatesIn lists the certificates of a bundle that verify has read to its end, in the order of the record.
func certificatesIn(raw []byte) ([]certificate, error) {
	b, err := verify.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	var out []certificate
	for {
		block, err := b.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		for i, commit := range block.Commits {
			if c, ok := certificateOf(commit); ok {
				c.Index = block.First + uint64(i)
				out = append(out, c)
			}
		}
	}
}

// certificateOf finds a certificate in a commit; there is none in what is withheld or cannot be read, which the judge complains about.
func certificateOf(commit []byte) (out certificate, ok bool) {
	c, err := chain.DecodeCommit(commit)
	if commit == nil || err != nil {
		return out, false
	}
	for _, ch := range c.Changes {
		for _, e := range ch.Events {
			m, err := decider.DecodeEvent(e)
			b, is := m.(*votingv1.CertificateIssued)
			if err != nil || !is {
				continue
			}
			t, helper := b.GetTally(), b.GetTally().GetCastBy().GetHelper()
			return certificate{
				Poll: strings.TrimPrefix(ch.Aggregate, "poll/"), Result: strings.ToLower(strings.TrimPrefix(t.GetResult().String(), "RESULT_")),
				Ballots: t.GetBallots(), Hosted: t.GetHosted(), StandsWithoutHosted: t.GetStandsWithoutHosted(),
				Helped: helper.GetBallots(), HelpedHeads: helper.GetHeads(), HelpedAreaCentiM2: helper.GetAreaCentiM2(),
				StandsWithoutHelpers: t.GetCastBy() == nil || t.GetCastBy().GetStandsWithoutHelpers(),
				Together:             togetherWords[t.GetSecret().GetTogether()],
			}, true
		}
	}
	return out, false
}

var togetherWords = map[votingv1.Together]string{
	votingv1.Together_TOGETHER_REACHED: "reached", votingv1.Together_TOGETHER_SHORT: "short",
}

// togetherSaid says what a verdict about all requirements together tells, and what it does not.
var togetherSaid = map[string]string{
	"reached": "; all that was asked of the yes is reached / 对赞成票的各项要求均已达到",
	"short":   "; not all that was asked of the yes is reached, and nobody knows which part was not / 对赞成票的要求未全部达到，任何人都不知道是哪一项",
}

// printCertificates says of each certificate whose ballots did not all come by their voters' own devices how they came, and of one whose
// requirements were judged together what that tells.
func printCertificates(w io.Writer, all []certificate) {
	for _, c := range all {
		if c.Hosted == 0 && c.Helped == 0 && c.Together == "" {
			continue
		}
		fmt.Fprintf(w, "poll       %s, commit %d: %s by %d ballots", c.Poll, c.Index, c.Result, c.Ballots)
		if c.Hosted > 0 {
			fmt.Fprintf(w, "; %d by hosted keys, the same without them: %v", c.Hosted, c.StandsWithoutHosted)
		}
		if c.Helped > 0 {
			fmt.Fprintf(w, "; %d by helpers (%d heads, %d.%02d m²), the same without them: %v",
				c.Helped, c.HelpedHeads, c.HelpedAreaCentiM2/100, c.HelpedAreaCentiM2%100, c.StandsWithoutHelpers)
		}
		fmt.Fprintln(w, togetherSaid[c.Together])
	}
}
