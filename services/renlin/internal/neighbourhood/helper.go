package neighbourhood

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// LetVote has a member let a helper vote for them, for an hour, in one poll: the written proxy is sealed in the vault, the mandate stands
// on the record, and the helper accepts it. It answers the mandate's id.
func LetVote(ctx context.Context, principal, helper *client.Device, poll string) (string, error) {
	proxy, err := principal.PutText(ctx, principal.Member, "委托书：兹委托邻居代我在本次表决中投票。")
	if err != nil {
		return "", fmt.Errorf("seal proxy: %w", err)
	}
	answer, err := principal.Do(ctx, "community.grant_mandate", "mandates", &communityv1.GrantMandate{
		Principal: principal.Member, Helper: helper.Member, Acts: []communityv1.Act{communityv1.Act_ACT_BALLOTS}, Poll: poll,
		Proxy: Text(proxy), Until: time.Now().Add(time.Hour).UnixMilli(),
	})
	if err != nil {
		return "", fmt.Errorf("grant mandate: %w", err)
	}
	mandate, err := created(answer, "mandate")
	if err != nil {
		return "", err
	}
	return mandate, Accept(ctx, helper, mandate)
}

// Accept has a helper take a mandate on.
func Accept(ctx context.Context, helper *client.Device, mandate string) error {
	path := "mandates/" + mandate + "/acceptance"
	answer, err := helper.Do(ctx, "community.accept_mandate", path, &communityv1.AcceptMandate{Mandate: mandate})
	if err == nil { // from here on the gateway knows of it
		_, err = helper.Record(ctx, "mandate/"+mandate, answer.Position, &struct{}{})
	}
	if err != nil {
		return fmt.Errorf("accept mandate: %w", err)
	}
	return nil
}

// CastFor is Cast by a helper under a mandate. The helper keeps the receipt and knows the choice.
func CastFor(
	ctx context.Context, helper *client.Device, voter, mandate, poll string, boxKey []byte, choice *votingv1.Choice,
) (*op.Answer, error) {
	box, err := ballot.Seal(rand.Reader, boxKey, poll, voter, choice)
	if err != nil {
		return nil, err
	}
	return helper.Do(ctx, "voting.cast", "polls/"+poll+"/ballots", &votingv1.CastBallot{Poll: poll, Voter: voter, Box: box, Mandate: mandate})
}
