package tally

// Silence is what becomes of those who did not vote although they provably know what that would mean.
type Silence string

// The silences. The empty one is absent too, and says nothing of it in the result.
const (
	SilenceAbsent Silence = "absent"
	// SilenceTakesPart: they take part, and abstain.
	SilenceTakesPart Silence = "takes_part"
	// SilenceJoins: they take part, and join the majority of those who voted.
	SilenceJoins Silence = "joins_majority"
)

// Turnout is who takes part besides those whose ballots were cast, or though theirs were. The zero value changes nothing.
type Turnout struct {
	// AbstentionsAbsent: an abstention does not take part, as if it had not been cast. It is no silence either: who abstained joins nobody.
	AbstentionsAbsent bool
	Silence           Silence
	// Silent is the weight of those who did not vote and are known to have been told what that means; of nobody else's silence anything is
	// ever made.
	Silent Weight
}

// Standpoint is what the silent were counted as.
type Standpoint struct {
	// Joined says that they joined the option; otherwise, if they take part, they abstain.
	Joined bool
	Option uint32
}

// check refuses a turnout that no poll of this kind can have.
func (p Poll) checkTurnout() error {
	switch p.Turnout.Silence {
	case "", SilenceAbsent, SilenceTakesPart:
	case SilenceJoins:
		if p.Method != MethodYesNo { // of several options there may be no majority to join
			return ErrRuleUnfit
		}
	default:
		return ErrRuleMalformed
	}
	if p.Turnout.Silent.negative() {
		return ErrWeightNegative
	}
	return nil
}

// figures gives the sums that the requirements are judged by, and what the silent were counted as. An empty room decides nothing: where
// nobody cast a ballot of any weight, nobody's silence counts.
func (p Poll) figures(t Totals) (Figures, Standpoint, error) {
	f := Figures{All: p.All, Participants: t.Participants, Valid: t.Valid}
	if p.Method == MethodYesNo {
		f.Option = t.Options[Yes]
	}
	if err := p.checkTurnout(); err != nil {
		return Figures{}, Standpoint{}, err
	}
	if p.Turnout.AbstentionsAbsent {
		f.Participants = f.Participants.Minus(t.Abstained)
	}
	counts := p.Turnout.Silence == SilenceTakesPart || p.Turnout.Silence == SilenceJoins
	if !counts || f.Participants == (Weight{}) || p.Turnout.Silent == (Weight{}) {
		return f, Standpoint{}, nil
	}
	var err error
	if f.Participants, err = f.Participants.Plus(p.Turnout.Silent); err != nil {
		return Figures{}, Standpoint{}, err
	}
	if p.Turnout.Silence == SilenceTakesPart {
		return f, Standpoint{}, nil
	}
	yes, no := t.Options[Yes], t.Options[No]
	at := Standpoint{Joined: true, Option: Yes}
	switch {
	case p.more(yes, no):
		if f.Option, err = f.Option.Plus(p.Turnout.Silent); err != nil {
			return Figures{}, Standpoint{}, err
		}
	case p.more(no, yes):
		at.Option = No
	default: // where the measures contradict each other there is no majority, and who was silent abstains
		return f, Standpoint{}, nil
	}
	f.Valid, err = f.Valid.Plus(p.Turnout.Silent)
	return f, at, err
}

// more tells whether a side has more than the other in every measure that a majority is asked in, heads if in none.
func (p Poll) more(side, other Weight) bool {
	asked := false
	for _, r := range p.Requirements {
		if r.Of == PartOption {
			asked = true
			if side.Of(r.Measure) <= other.Of(r.Measure) {
				return false
			}
		}
	}
	return asked || side.Heads > other.Heads
}
