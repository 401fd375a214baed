// Package registrar is the agent of who lists the credentials of secret polls' voters.
//
// Its rules, in plain words. The registrar alone knows whose credential is whose, and has no part of any poll's key, so that nobody has
// both.
//
//   - While registration lasts it takes credentials that voters' devices have sealed for it, through the gateway, which says who is
//     signed in and cannot read them. It keeps what a voter has sent on its own disk, and only then signs that it knows it: a receipt
//     whose row is lost would be a finding against it. A voter may send up to eight for a poll, such as one from each device that was
//     lost; which one counts is the record's to say. Officers with sheets and helpers may bring four more for them, which take no place
//     from the voter. A credential that another voter has sent is refused: two rows with one key cannot be listed.
//   - When registration has ended it lists the credentials of all whose commitment is on the record, and no others, in the order of their
//     keys, which tells nothing. What weighs how much it takes from the record.
//   - When all are listed, or the poll will never open, it forgets whose credential was whose, so that nobody can ask it later; who
//     contests the roster shows their own. That is the deletion of a file, no more: what backups and disks still hold is its keeper's to
//     see to, and that it forgets cannot be seen from outside.
//
// Step does once whatever is due; everything that it needs to go on after a crash is on the disk or on the record:
//
//   - crash before a row is on the disk: no receipt was given; the voter's device sends the same again;
//   - crash after that and before the receipt has arrived: the same credential gets the same receipt, and no second row;
//   - crash between two lists: the record tells up to which key they go, and the rest follows from the record and the disk alone;
//   - the answer to a list was lost: the next step sees it on the record;
//   - crash before a poll is forgotten: the next step asks again whether it is over, and forgets it.
//
// What it sees of the record it believes. Where that is the voting service's word, one that lies about who has registered gets rows listed
// that nobody would find right: the roster's weights are held against the record, and each voter looks for their own. Package follow has a
// Record that is verified. Only on the record's express word that a roster is sealed or a poll over is anything forgotten.
package registrar

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
)

// Poll is what a registrar must know of a poll between the begin of its registration and its opening.
type Poll struct {
	ID        string                 `json:"id"`
	Registrar *communityv1.Registrar `json:"registrar"`
	Ended     bool                   `json:"ended,omitempty"`    // nobody registers any more
	Listed    uint32                 `json:"listed,omitempty"`   // credentials on the record
	LastKey   []byte                 `json:"last_key,omitempty"` // the greatest of them
	Sealed    bool                   `json:"sealed,omitempty"`   // all are listed
}

// Voter is who has registered: the commitment that stands on the record, and the row that is to be listed, without its key.
type Voter struct {
	ID         string
	Commitment []byte
	Row        *votingv1.CredentialRow
}

// Record is how a registrar sees the community's record and writes to it.
type Record interface {
	// Polls lists the polls whose registration has begun, until they are over.
	Polls(ctx context.Context) ([]Poll, error)
	// Voters lists who has registered for one of them.
	Voters(ctx context.Context, poll string) ([]Voter, error)
	// Over tells whether the record says of a poll that it is open, or will never be. It does not take silence for an answer.
	Over(ctx context.Context, poll string) (bool, error)
	// Command signs a command with the registrar's device, sends it to the voting service, and answers when it is durable or refused.
	Command(ctx context.Context, operation string, body proto.Message) error
}

// Config is one registrar's. Every field is needed.
type Config struct {
	// Folder is where credentials are kept, readable by this registrar's user alone. No other process may write to it, and no backup should
	// outlast the polls that are in it.
	Folder string
	// Device signs receipts and lists; BoxKey is the X25519 private key to whose public half credentials are sealed.
	Device ed25519.PrivateKey
	BoxKey []byte
}

// Agent is one registrar at work. Register may be called by several goroutines; one goroutine steps it.
type Agent struct {
	record          Record
	device          ed25519.PrivateKey
	public, private [ballot.KeyBytes]byte

	mu    sync.Mutex      // guards what follows
	store *store          // of what voters have sent
	open  map[string]bool // polls that take credentials, as they were last seen
}

// New makes a registrar's agent; it creates the folder if there is none.
func New(config Config, record Record) (*Agent, error) {
	a := &Agent{record: record, device: config.Device, open: map[string]bool{}}
	public, err := curve25519.X25519(config.BoxKey, curve25519.Basepoint)
	if err != nil {
		return nil, fmt.Errorf("open registrar: %w", err)
	}
	a.public, a.private = [ballot.KeyBytes]byte(public), [ballot.KeyBytes]byte(config.BoxKey)
	if a.store, err = openStore(config.Folder); err != nil {
		return nil, fmt.Errorf("open registrar: %w", err)
	}
	return a, nil
}

// Register takes what the device of a member has sealed for a poll, and answers the receipt. Sent again it answers the same.
func (a *Agent) Register(ctx context.Context, poll, member string, sealed []byte) (receipt []byte, err error) {
	return a.register(ctx, poll, member, sealed, false)
}

// Bring is Register for what somebody else has sealed for a member, as an officer does who gives them a sheet, or their helper.
func (a *Agent) Bring(ctx context.Context, poll, member string, sealed []byte) (receipt []byte, err error) {
	return a.register(ctx, poll, member, sealed, true)
}

func (a *Agent) register(ctx context.Context, poll, member string, sealed []byte, brought bool) (receipt []byte, err error) {
	r, err := credential.Open(sealed, &a.public, &a.private)
	switch {
	case err != nil:
		return nil, ErrUnreadable
	case r.Voter != member || r.Poll != poll:
		return nil, ErrOthers
	case chain.WeakKey(r.Key):
		return nil, ErrWeak
	}
	if err := a.takes(ctx, r.Poll); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.store.keep(r, brought); err != nil {
		return nil, err
	}
	// Only what is on the disk is signed for.
	return ed25519.Sign(a.device, r.ReceiptInput()), nil
}

// takes refuses a poll that takes no credentials. One that was not there at the last look may have been called since.
func (a *Agent) takes(ctx context.Context, id string) error {
	if a.sees(id) {
		return nil
	}
	if _, err := a.look(ctx); err != nil {
		return err
	}
	if !a.sees(id) {
		return ErrNotRegistering
	}
	return nil
}

func (a *Agent) sees(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.open[id]
}

// look asks for the polls of this registrar, and notes which take credentials.
func (a *Agent) look(ctx context.Context) ([]Poll, error) {
	polls, err := a.record.Polls(ctx)
	if err != nil {
		return nil, err
	}
	polls = slices.DeleteFunc(polls, func(p Poll) bool { return !bytes.Equal(p.Registrar.GetKey(), chain.Public(a.device)) })
	open := map[string]bool{}
	for i := range polls {
		open[polls[i].ID] = !polls[i].Ended
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = open
	return polls, nil
}

// Step does whatever is due for every poll. One poll's failure does not stop the others; the errors are joined, and whatever failed is due
// again at the next step.
func (a *Agent) Step(ctx context.Context) error {
	polls, err := a.look(ctx)
	if err != nil {
		return fmt.Errorf("list polls: %w", err)
	}
	var failed []error
	waiting := map[string]bool{}
	sealed := map[string]bool{}
	for i := range polls {
		sealed[polls[i].ID], waiting[polls[i].ID] = polls[i].Sealed, !polls[i].Sealed
		if !polls[i].Ended || polls[i].Sealed {
			continue
		}
		if err := a.list(ctx, &polls[i]); err != nil {
			failed = append(failed, fmt.Errorf("list credentials of poll %s: %w", polls[i].ID, err))
		}
	}
	for _, id := range a.kept() {
		if waiting[id] {
			continue
		}
		if err := a.forget(ctx, id, sealed[id]); err != nil {
			failed = append(failed, fmt.Errorf("forget poll %s: %w", id, err))
		}
	}
	return errors.Join(failed...)
}

func (a *Agent) kept() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.store.polls()
}

// forget deletes what is kept of a poll whose roster is sealed, or which is over.
func (a *Agent) forget(ctx context.Context, id string, sealed bool) error {
	if !sealed {
		if over, err := a.record.Over(ctx, id); err != nil || !over {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.store.forget(id)
}

// rowsMax is how many credentials one list has at most.
const rowsMax = 200

// list puts the credentials on the record that are not there yet.
func (a *Agent) list(ctx context.Context, p *Poll) error {
	voters, err := a.record.Voters(ctx, p.ID)
	if err != nil {
		return err
	}
	rows, err := a.rows(p.ID, voters)
	if err != nil {
		return err
	}
	rest := rows
	if p.Listed > 0 {
		rest = slices.DeleteFunc(slices.Clone(rows), func(r *votingv1.CredentialRow) bool { return bytes.Compare(r.GetKey(), p.LastKey) <= 0 })
	}
	if len(rows)-len(rest) != int(p.Listed) || len(rest) == 0 && p.Listed > 0 {
		return errListed
	}
	for len(rest) > 0 {
		n := min(len(rest), rowsMax)
		body := &votingv1.ListCredentials{Poll: p.ID, Rows: rest[:n], Last: n == len(rest)}
		if err := a.record.Command(ctx, "voting.list_credentials", body); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// rows finds the credential behind each commitment, ascending by key. Where one is missing nothing is listed: a roster that lacks a voter
// ends the poll, and whoever keeps the disk may still bring the row back.
func (a *Agent) rows(id string, voters []Voter) ([]*votingv1.CredentialRow, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]*votingv1.CredentialRow, 0, len(voters))
	for i := range voters {
		r := a.store.find(id, voters[i].ID, voters[i].Commitment)
		if r == nil {
			return nil, errLost
		}
		row := proto.CloneOf(voters[i].Row)
		row.Key = r.Key
		out = append(out, row)
	}
	slices.SortFunc(out, func(x, y *votingv1.CredentialRow) int { return bytes.Compare(x.GetKey(), y.GetKey()) })
	return out, nil
}
