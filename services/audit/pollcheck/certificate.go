package pollcheck

import (
	"slices"

	"google.golang.org/protobuf/proto"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyCertTally = because("certificate.tally",
		"The certificate holds another tally than the one that was recorded.", "证书所载计票与已记录的计票不同。")
	whyCertRoll = because("certificate.roll",
		"The certificate names another roll.", "证书所载名册不同。")
	whyCertWithheld = because("certificate.withheld",
		"The certificate does not name the trustees who were found missing.", "证书未如实列出未尽责的保管人。")
	whyCertObjections = because("certificate.objections",
		"The certificate does not say how many have objected.", "证书所载异议数与记录不符。")
	whyCertAdopted = because("certificate.adopted",
		"What was adopted does not follow from the result.", "是否通过与结果不符。")
	whyCertMotion = because("certificate.motion",
		"The certificate is about another motion.", "证书所指议案不同。")
)

// certificate compares the certificate with everything that it repeats.
func (c *checking) certificate() {
	if c.certified == nil {
		return
	}
	b, where := c.certified.body.(*votingv1.CertificateIssued), at(c.certified)
	call, _ := c.facts[0].body.(*votingv1.PollCalled)
	c.is(b.GetMotion() == call.GetMotion() && b.GetAppeal() == call.GetAppeal(), whyCertMotion, where)
	if c.tallied != nil {
		c.is(proto.Equal(b.GetTally(), c.tally()), whyCertTally, where)
	}
	if r, _ := c.published(); r != nil {
		c.is(proto.Equal(b.GetRoll(), r), whyCertRoll, where)
	}
	if c.hidden.between(c.facts[0], c.certified) {
		c.unchecked(notShown)
		return
	}
	c.is(slices.Equal(b.GetWithheld(), c.withheld()), whyCertWithheld, where)
	objections, _ := of[*votingv1.ObjectionRaised](c.poll)
	c.is(b.GetObjections() == uint32(len(objections)), whyCertObjections, where)
	if _, recounts := of[*votingv1.BallotsRecounted](c.poll); len(recounts) > 0 {
		c.is(proto.Equal(b.GetRecount(), recounts[len(recounts)-1].GetRecount()), whyCertAdopted, where)
	}
	carried := b.GetTally().GetResult() == votingv1.Result_RESULT_PASSED || b.GetTally().GetResult() == votingv1.Result_RESULT_CHOSEN
	doubtful := b.GetPaperAudit().GetVerdict() == votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL ||
		b.GetRecount() != nil && !b.GetRecount().GetSame()
	c.is(b.GetAdopted() == (carried && !doubtful), whyCertAdopted, where)
}
