package trustee

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// errOther: a second sum of one election. The difference of two sums is a ballot.
var errOther = errors.New("other sums of this poll were touched before")

// open does for a secret poll's sums what is due from this trustee: its part, and then, where only thresholds are proved, the proof, if
// nobody has given it. If others are faster, the rule refuses the second proof, and nothing is lost.
func (a *Agent) open(ctx context.Context, p *Poll, r *trustee.Record, me int) error {
	if len(p.Poll.Secret.Encrypted.GetTotals()) == 0 {
		return nil
	}
	w, err := p.Poll.Work()
	if err != nil {
		return err
	}
	part := !p.Poll.Done(me) && !w.Idle()
	proof := w.Sums == nil && !w.Idle() && p.Poll.Done(me) && p.Poll.Ready() && len(p.Poll.Secret.Verdicts) == 0
	if !part && !proof {
		return nil
	}
	if err := a.check(ctx, p, r, w); err != nil {
		return fmt.Errorf("check sums: %w", err)
	}
	switch {
	case proof:
		return a.prove(ctx, p, r, w)
	case w.Sums != nil:
		return a.decrypt(ctx, p, r, w)
	}
	return a.blind(ctx, p, r, w)
}

// check adds the ballots up. The key is the one that this trustee has seen being made, whatever the poll is told to have.
func (a *Agent) check(ctx context.Context, p *Poll, r *trustee.Record, w *poll.Work) error {
	if err := r.CheckSeal(w.Seal); err != nil {
		return err
	}
	what, err := proto.MarshalOptions{Deterministic: true}.Marshal(p.Poll.Secret.Encrypted)
	if err != nil {
		return fmt.Errorf("encode sums: %w", err)
	}
	key, sums := string(w.Seal.Bytes()), sha256.Sum256(append(what, p.Poll.Secret.Election...))
	if before, again := a.touched[key]; again && before != sums {
		return errOther
	} else if again {
		return nil
	}
	rows, err := a.Record.Ballots(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("list ballots: %w", err)
	}
	if err := p.Poll.CheckSums(p.ID, rows); err != nil {
		return err
	}
	if a.touched == nil {
		a.touched = map[string][sha256.Size]byte{}
	}
	a.touched[key] = sums
	return nil
}

// decrypt does this trustee's part of the opening of all totals.
func (a *Agent) decrypt(ctx context.Context, p *Poll, r *trustee.Record, w *poll.Work) error {
	share, err := a.share(r)
	if err != nil {
		return err
	}
	part, err := share.Decrypt(a.Rand, w.Seal, w.Sums)
	if err != nil {
		return err
	}
	return a.Record.Command(ctx, "voting.decrypt_totals", &votingv1.DecryptTotals{Poll: p.ID, Message: part.Bytes()})
}

// blind says this trustee's hidden part of each sealed total, to be read by all trustees.
func (a *Agent) blind(ctx context.Context, p *Poll, r *trustee.Record, w *poll.Work) error {
	share, err := a.share(r)
	if err != nil {
		return err
	}
	body := &votingv1.BlindTotals{Poll: p.ID}
	for _, asked := range w.Asked {
		part, err := share.Blind(a.Rand, r.Ceremony(), w.Seal, asked.Total, w.Readers())
		if err != nil {
			return err
		}
		body.Messages = append(body.Messages, part.Bytes())
	}
	return a.Record.Command(ctx, "voting.blind_totals", body)
}

// prove sends what this trustee has proved of sealed totals. What it has proved once it sends again as it was, as long as the parts are the
// same: how long proving takes is then seen once at most, by whoever lets no proof through to see it again and again.
func (a *Agent) prove(ctx context.Context, p *Poll, r *trustee.Record, w *poll.Work) error {
	from, err := provedFrom(p, w)
	if err != nil {
		return err
	}
	kept, ok := a.proved[p.ID]
	if !ok || kept.from != from {
		body, err := a.verdicts(p, r, w)
		if err != nil {
			return err
		}
		if a.proved == nil {
			a.proved = map[string]proved{}
		}
		kept = proved{from, body}
		a.proved[p.ID] = kept
	}
	err = a.Record.Command(ctx, "voting.prove_totals", kept.body)
	if f := (*fault.Fault)(nil); errors.As(err, &f) && f.Code == poll.ErrTotalsProved.Code {
		return nil // another was faster, and any two say the same
	}
	return err
}

// proved is what a trustee has proved in a poll, and a digest of the sums and parts that it follows from.
type proved struct {
	from [sha256.Size]byte
	body *votingv1.ProveTotals
}

func provedFrom(p *Poll, w *poll.Work) (from [sha256.Size]byte, err error) {
	h := sha256.New()
	for i, asked := range w.Asked {
		parts, err := p.Poll.Parts(i)
		if err != nil {
			return from, err
		}
		h.Write(asked.Total.Sum.Bytes())
		for _, part := range parts {
			h.Write(part.Bytes())
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// verdicts learns each sealed total, tells nobody, and proves between which thresholds it lies, or of totals that are judged together
// whether all reach theirs. If too few parts open to this trustee, it waits for another's.
func (a *Agent) verdicts(p *Poll, r *trustee.Record, w *poll.Work) (*votingv1.ProveTotals, error) {
	body := &votingv1.ProveTotals{Poll: p.ID}
	var all []*trustee.OpenedTotal
	var values, thresholds []uint64
	for i, asked := range w.Asked {
		opened, value, err := a.total(p, r, w, i)
		if err != nil {
			return nil, err
		}
		if w.Together {
			all, values, thresholds = append(all, opened), append(values, value), append(thresholds, asked.Thresholds...)
			continue
		}
		verdict, err := opened.Prove(a.Rand, value, asked.Claims(value)...)
		if err != nil {
			return nil, err
		}
		body.Verdicts = append(body.Verdicts, verdict.Bytes())
	}
	if w.Together {
		verdict, err := trustee.ProveTogether(a.Rand, all, values, thresholds)
		if err != nil {
			return nil, err
		}
		body.Verdicts = append(body.Verdicts, verdict.Bytes())
	}
	return body, nil
}

// total opens an asked total to this trustee.
func (a *Agent) total(p *Poll, r *trustee.Record, w *poll.Work, asked int) (*trustee.OpenedTotal, uint64, error) {
	parts, err := p.Poll.Parts(asked)
	if err != nil {
		return nil, 0, err
	}
	opened, err := trustee.OpenTotal(a.Key, r.Ceremony(), w.Seal, w.Asked[asked].Total, parts)
	if err != nil {
		return nil, 0, unopened(opened, err)
	}
	totals, err := secretballot.NewTotals(int64(w.Asked[asked].Bound))
	if err != nil {
		return nil, 0, err
	}
	value, err := totals.FindSealed(opened.Value)
	return opened, uint64(value), err
}

// unopened says whose parts do not open to this trustee.
func unopened(o *trustee.OpenedTotal, err error) error {
	if o == nil {
		return err
	}
	all := []error{err}
	for _, refused := range o.Refused {
		all = append(all, refused.Err)
	}
	return fmt.Errorf("open parts: %w", errors.Join(all...))
}
