package voting_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	sheets "renlin.dev/services/voting/credential"
	"renlin.dev/services/voting/internal/poll"
)

// clinic is a hall whose rules know of paper. Ann and bob have sheets, everybody else a device; giver gives them out.
type clinic struct {
	*hall
	t    *testing.T
	read *sheets.Poll // once it is open
}

// Two more officers of the first organisation: one gives sheets out, the other enters them.
const giver, colleague = "giver", "colleague"

// sheetRules are those of a hall, with half of the sheets for one operator, everybody called back and a risk limit of 5 %.
func sheetRules(level communityv1.Secrecy) *communityv1.PollRules {
	r := hallRules(level)
	r.CloseWhenComplete = false
	r.Paper = &communityv1.PaperRules{OperatorPermilleMax: 500, CallBackPermille: 1000, RiskLimitPermille: 50, AuditSeconds: 40}
	return r
}

func newClinic(t *testing.T, rules *communityv1.PollRules) *clinic {
	t.Helper()
	c := &clinic{hall: newHall(t, rules, question, alike(append(sixOwners, "gil")...)), t: t}
	c.staffed()
	c.admit(giver, colleague)
	c.role(giver, communityv1.Role_ROLE_OFFICER, orgOne)
	c.role(colleague, communityv1.Role_ROLE_OFFICER, orgOne)
	return c
}

// sheetOf is a voter's sheet; its secret is a hash of their name.
func (c *clinic) sheetOf(voter string) *sheets.Sheet {
	return &sheets.Sheet{Poll: c.id, Secret: sha256.Sum256([]byte("sheet of " + voter))}
}

func (c *clinic) keyOf(voter string) []byte { return c.credentialOf(voter).Public() }

func (c *clinic) credentialOf(voter string) *sheets.Credential {
	c.t.Helper()
	found, err := c.sheetOf(voter).Credential(id(voter))
	if err != nil {
		c.t.Fatal(err)
	}
	return found
}

// registrationOf is the body by which some voters' sheets are registered.
func (c *clinic) registrationOf(voters ...string) *votingv1.RegisterPapers {
	c.t.Helper()
	body := &votingv1.RegisterPapers{Poll: c.id}
	for _, n := range voters {
		receipt := receiptOf(c.hall, n, c.credentialOf(n).Commitment())
		sheet, err := c.sheetOf(n).Register(id(n), public(registrar), receipt)
		if err != nil {
			c.t.Fatal(err)
		}
		body.Sheets = append(body.Sheets, sheet)
	}
	return body
}

func (c *clinic) give(voters ...string) error {
	err := c.send("voting.register_papers", c.registrationOf(voters...), giver)
	c.settle()
	return err
}

// rowsOf are the right rows of those who have registered.
func (c *clinic) rowsOf() []*votingv1.CredentialRow {
	var rows []*votingv1.CredentialRow
	for _, r := range poll.Registrants(c.state, c.id, "", 100) {
		row := &votingv1.CredentialRow{Heads: r.Heads, AreaCentiM2: r.AreaCentiM2, Channel: r.Channel}
		for _, n := range c.voters {
			switch {
			case id(n) != r.Voter:
			case r.Channel == votingv1.Channel_CHANNEL_PAPER:
				row.Key = c.keyOf(n)
			default:
				row.Key = public(credential(n))
			}
		}
		rows = append(rows, row)
	}
	return ascending(rows)
}

// opens has everybody register, ann and bob by sheets, and the poll open.
func (c *clinic) opens() *clinic {
	c.t.Helper()
	c.must(c.give("ann", "bob"))
	c.register("cat", "dan", "eve", "fay")
	return c.lists()
}

// lists ends registration, lists who has registered, and opens the poll.
func (c *clinic) lists() *clinic {
	c.t.Helper()
	c.now = max(c.now, c.poll(c.id).Secret.EndsAt)
	c.settle()
	c.must(c.list(true, c.rowsOf()...))
	c.opened()
	raw, err := json.Marshal(c.poll(c.id))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.read, err = sheets.ReadPoll(c.id, raw); err != nil {
		c.t.Fatal(err)
	}
	return c
}

func marked(options []uint32) *votingv1.Choice { return &votingv1.Choice{Options: options} }

func (c *clinic) entryOf(voter, operator string, options []uint32) *votingv1.EnterSecretPaper {
	c.t.Helper()
	body, err := c.sheetOf(voter).Enter(c.read, id(operator), marked(options))
	if err != nil {
		c.t.Fatal(err)
	}
	return body
}

func (c *clinic) reentryOf(voter, operator string, options []uint32) *votingv1.ReenterSecretPaper {
	c.t.Helper()
	body, err := c.sheetOf(voter).Reenter(c.read, id(operator), marked(options))
	if err != nil {
		c.t.Fatal(err)
	}
	return body
}

func (c *clinic) enter(voter, operator string, options []uint32) error {
	return c.send("voting.enter_secret_paper", c.entryOf(voter, operator, options), operator)
}

func (c *clinic) reenter(voter, operator string, options []uint32) error {
	return c.send("voting.reenter_secret_paper", c.reentryOf(voter, operator, options), operator)
}

func (c *clinic) twice(voter string, options []uint32) {
	c.t.Helper()
	c.must(c.enter(voter, officer, options))
	c.must(c.reenter(voter, worker, options))
	c.settle()
}

// sends has a credential cast its n-th ballot from a device.
func (c *clinic) sends(key ed25519.PrivateKey, n uint64, answer int) error {
	c.t.Helper()
	sent, _ := c.fills(key, n, answer)
	return c.sendBy(key, "voting.cast_secret", &votingv1.CastSecret{Poll: c.id, Sequence: n, Ballot: sent})
}

// challenges has a device open the n-th ballot instead.
func (c *clinic) challenges(key ed25519.PrivateKey, n uint64, answer int) error {
	c.t.Helper()
	sent, opening := c.fills(key, n, answer)
	body := &votingv1.ChallengeBallot{Poll: c.id, Sequence: n, Ballot: sent, Opening: opening.Bytes()}
	return c.sendBy(key, "voting.challenge_ballot", body)
}

func (c *clinic) fills(key ed25519.PrivateKey, n uint64, answer int) ([]byte, *secretballot.Opening) {
	c.t.Helper()
	voter := secretballot.Voter{Pseudonym: [32]byte(chain.Public(key)), Sequence: n}
	sent, opening, err := c.election().Encrypt(rand.Reader, voter, choice(answer))
	if err != nil {
		c.t.Fatal(err)
	}
	return sent, opening
}

// sendBy sends what a credential says by a key that no name of the test's has.
func (c *clinic) sendBy(key ed25519.PrivateKey, operation string, body proto.Message) error {
	encoded, err := protojson.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.serial++
	return c.submit(&chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: strconv.Itoa(c.serial), NotAfter: c.now + 60_000,
		Body: encoded, Signatures: []chain.Signature{{Key: chain.Public(key), Sig: []byte("checked by the shell")}},
	})
}

// sheetAt gives a sheet as it stands.
func (c *clinic) sheetAt(voter string) *poll.SecretSheet {
	return decider.Peek[poll.SecretSheet](c.state, poll.SecretPaperPath(c.id, c.keyOf(voter)))
}

// counts gives the number of what counts for a credential.
func (c *clinic) counts(key []byte) (sent poll.Sent, cast bool) {
	sent, cast = decider.PeekDerived[poll.Book](c.state).Polls[c.id].Secret.Last[chain.KeyID(key)]
	return sent, cast
}

// finish lets the poll close, the trustees open it, and answers the tally.
func (c *clinic) finish() *votingv1.Tally {
	c.t.Helper()
	c.now = max(c.now, c.poll(c.id).ClosesAt)
	c.settle()
	c.step(c.t, 0, 1)
	c.settle()
	t := c.poll(c.id).Tally
	if t == nil {
		c.t.Fatal("the poll is not counted")
	}
	return t
}
