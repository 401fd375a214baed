package carrier

import (
	"context"
	"errors"
	"time"
)

// errTurn says that a letter waits for the next pass.
var errTurn = errors.New("one of the two communities has had its turn in this pass")

// restMax is how long a community that did not answer is left alone.
const restMax = time.Minute

// turn has the others wait for a community while it is asked something. What it spends of its time is kept, so that many questions that are
// answered slowly, or not at all, have them wait for no longer than two of its turns, the last of which had begun in its time.
func (c *Carrier) turn(ctx context.Context, e *end, ask func(context.Context) error) error {
	if e.spent >= c.cfg.Turn {
		return errTurn
	}
	ctx, done := context.WithTimeout(ctx, c.cfg.Turn)
	defer done()
	begun := c.cfg.Now()
	err := ask(ctx)
	e.spent += c.cfg.Now().Sub(begun)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.spent = max(e.spent, c.cfg.Turn)
	}
	return err
}
