// Package neighbourhood plays the people of a community against its public HTTP interface: founders, officers, residents and their
// devices. The demo, the importers and the pilot's example all use it; there is no other door.
package neighbourhood

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Officer is a founder with their device.
type Officer struct {
	*client.Device
	Org string
}

// Neighbourhood is a founded community and the devices of its two founding officers, who belong to different organisations.
type Neighbourhood struct {
	Gateway   *client.Gateway
	Community string
	Genesis   chain.Hash
	EpochKey  ed25519.PublicKey // signs blocks, as the founders agreed
	First     Officer           // admits
	Second    Officer           // invites
}

// Plan is what the founders agreed on.
type Plan struct {
	Name     string
	Rulebook func(firstOrg string) *communityv1.Rulebook
	First    *communityv1.Org // ids are made here
	Second   *communityv1.Org
	// Third is an organisation without officers, whose member is a trustee of polls' keys; nil for none.
	Third *communityv1.Org
	// Roles beside OFFICER.
	FirstRoles, SecondRoles []communityv1.Role
}

// terms is what the gateway says that a founding must name.
type terms struct {
	EpochKey []byte `json:"epoch_key"`
	Holders  []struct {
		Key        []byte `json:"key"`
		BoxKey     []byte `json:"box_key"`
		TrusteeKey []byte `json:"trustee_key"`
	} `json:"holders"`
	Trustees []struct {
		Key        []byte `json:"key"`
		TrusteeKey []byte `json:"trustee_key"`
	} `json:"trustees"`
	Registrar struct {
		Key    []byte `json:"key"`
		BoxKey []byte `json:"box_key"`
	} `json:"registrar"`
}

// third adds the third organisation and its trustee to what is founded.
func (t *terms) third(found *communityv1.Found, org *communityv1.Org) error {
	if len(t.Trustees) == 0 {
		return errors.New("ask for founding terms: want a trustee beside the holders of polls' keys")
	}
	org.Id = client.NewID()
	found.Orgs = append(found.Orgs, org)
	found.Trustees = append(found.Trustees, &communityv1.Trustee{
		Member: client.NewID(), Org: org.Id, Key: t.Trustees[0].Key, TrusteeKey: t.Trustees[0].TrusteeKey,
	})
	return nil
}

// Found founds a community with fresh devices for both founders.
func Found(ctx context.Context, g *client.Gateway, p Plan) (*Neighbourhood, error) {
	n := &Neighbourhood{Gateway: g}
	var t terms
	anyone := &client.Device{Gateway: g, Token: g.OperatorToken}
	if err := anyone.Get(ctx, "/v1/founding", &t); err != nil {
		return nil, fmt.Errorf("ask for founding terms: %w", err)
	}
	if len(t.Holders) != 2 {
		return nil, errors.New("ask for founding terms: want two holders of polls' keys")
	}
	n.EpochKey = t.EpochKey
	p.First.Id, p.Second.Id = client.NewID(), client.NewID()
	n.First = Officer{Device: n.newDevice(client.NewID()), Org: p.First.Id}
	n.Second = Officer{Device: n.newDevice(client.NewID()), Org: p.Second.Id}
	nonce := make([]byte, 32)
	_, _ = rand.Read(nonce) // never fails
	found := &communityv1.Found{
		Suite: uint32(chain.SuiteIntl), Name: p.Name, Rulebook: p.Rulebook(p.First.Id), Orgs: []*communityv1.Org{p.First, p.Second},
		Founders: []*communityv1.Founder{
			founder(n.First, p.FirstRoles), founder(n.Second, p.SecondRoles),
		},
		EpochKey: t.EpochKey, Nonce: nonce,
		Holders: []*communityv1.Holder{
			{Member: client.NewID(), Org: p.First.Id, Key: t.Holders[0].Key, BoxKey: t.Holders[0].BoxKey},
			{Member: client.NewID(), Org: p.Second.Id, Key: t.Holders[1].Key, BoxKey: t.Holders[1].BoxKey},
		},
	}
	found.Registrar = &communityv1.Registrar{Member: client.NewID(), Org: p.First.Id, Key: t.Registrar.Key, BoxKey: t.Registrar.BoxKey}
	for i, h := range found.Holders {
		found.Trustees = append(found.Trustees, &communityv1.Trustee{
			Member: h.GetMember(), Org: h.GetOrg(), Key: h.GetKey(), TrusteeKey: t.Holders[i].TrusteeKey,
		})
	}
	if p.Third != nil {
		if err := t.third(found, p.Third); err != nil {
			return nil, err
		}
	}
	if err := n.found(ctx, anyone, found); err != nil {
		return nil, fmt.Errorf("found community: %w", err)
	}
	for _, o := range []Officer{n.First, n.Second} {
		o.Community, o.Genesis = n.Community, n.Genesis
		if err := n.signInSoon(ctx, o.Device); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func founder(o Officer, roles []communityv1.Role) *communityv1.Founder {
	return &communityv1.Founder{
		Member: o.Member, Org: o.Org, Key: o.Key.Public().(ed25519.PublicKey),
		Roles: append([]communityv1.Role{communityv1.Role_ROLE_OFFICER}, roles...),
	}
}

func (n *Neighbourhood) found(ctx context.Context, anyone *client.Device, found *communityv1.Found) error {
	body, err := protojson.Marshal(found)
	if err != nil {
		return err
	}
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: "community.found", Contract: 1, Body: body}
	header := http.Header{}
	for _, o := range []Officer{n.First, n.Second} {
		if err := s.Sign(chain.Hash{}, chain.AuthorGenesis, o.Key); err != nil {
			return err
		}
	}
	for _, sig := range s.Signatures {
		header.Add(op.HeaderSignature, op.FormatSignature(sig))
	}
	var out struct{ Community, Genesis string }
	if err := anyone.Post(ctx, "/v1/communities", header, body, &out); err != nil {
		return err
	}
	n.Community = out.Community
	n.Genesis, err = chain.ParseHash(out.Genesis)
	return err
}

// signInSoon signs in, waiting for the services to notice the new community.
func (n *Neighbourhood) signInSoon(ctx context.Context, d *client.Device) error {
	return Eventually(ctx, "sign in", func() error { return d.SignIn(ctx) })
}

// newDevice makes a device with a fresh key.
func (n *Neighbourhood) newDevice(member string) *client.Device {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic("key cannot be made: " + err.Error()) // the system's randomness never fails
	}
	return &client.Device{Gateway: n.Gateway, Community: n.Community, Genesis: n.Genesis, Member: member, Key: key}
}

// inviteMax is how many invitations one command takes.
const inviteMax = 200

// Enrol invites members by the second officer and enrols a fresh device for each, several at a time. The one-time codes travel
// inside this process only, as they would on paper.
func (n *Neighbourhood) Enrol(ctx context.Context, members []string, parallel int) ([]*client.Device, error) {
	codes := make([]ed25519.PrivateKey, len(members))
	err := Parallel(ctx, parallel, len(members), func(_ context.Context, i int) error {
		var err error
		codes[i], err = standing.CodeKey(n.Genesis, members[i], standing.NewCode(rand.Reader))
		return err
	})
	if err != nil {
		return nil, err
	}
	for from := 0; from < len(members); from += inviteMax {
		batch := &communityv1.InviteMembers{}
		for i := from; i < min(from+inviteMax, len(members)); i++ {
			batch.Invites = append(batch.Invites, &communityv1.Invite{Member: members[i], CodeKey: codes[i].Public().(ed25519.PublicKey)})
		}
		if _, err := n.Second.Do(ctx, "community.invite_members", "invites", batch); err != nil {
			return nil, fmt.Errorf("invite members: %w", err)
		}
	}
	devices := make([]*client.Device, len(members))
	err = Parallel(ctx, parallel, len(members), func(ctx context.Context, i int) error {
		d := n.newDevice(members[i])
		devices[i] = d
		_, err := d.Do(ctx, "community.enrol_key", "members/"+d.Member+"/keys",
			&communityv1.EnrolKey{Member: d.Member, Key: d.Key.Public().(ed25519.PublicKey)}, codes[i])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("enrol devices: %w", err)
	}
	return devices, nil
}

// Host makes a hosted key for a member without a device, enrolled by the second officer, whose organisation is not the one that
// admitted the member, and signs the member in at the machine itself.
func (n *Neighbourhood) Host(ctx context.Context, member string) (*client.Device, error) {
	var out struct{ Key []byte }
	body, err := json.Marshal(map[string]string{"member": member})
	if err != nil {
		return nil, err
	}
	if err := n.Second.Post(ctx, "/v1/communities/"+n.Community+"/hosted-keys", nil, body, &out); err != nil {
		return nil, fmt.Errorf("make hosted key: %w", err)
	}
	if _, err := n.Second.Do(ctx, "community.host_key", "members/"+member+"/hosted-keys",
		&communityv1.HostKey{Member: member, Key: out.Key}); err != nil {
		return nil, fmt.Errorf("enrol hosted key: %w", err)
	}
	d := n.newDevice(member)
	d.Key = nil
	if err := d.SignIn(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// rowsMax is how many roster rows one command takes.
const rowsMax = 200

// Admit admits members by one roster import, effective on completion.
func (n *Neighbourhood) Admit(ctx context.Context, rows []*communityv1.ImportRow) error {
	id := client.NewID()
	begin := &communityv1.BeginImport{Import: id, Rows: uint32(len(rows)), Org: n.First.Org}
	if _, err := n.First.Do(ctx, "community.begin_import", "imports", begin); err != nil {
		return fmt.Errorf("begin import: %w", err)
	}
	for from := 0; from < len(rows); from += rowsMax {
		part := &communityv1.ImportRows{Import: id, Rows: rows[from:min(from+rowsMax, len(rows))]}
		if _, err := n.First.Do(ctx, "community.import_rows", "imports/"+id+"/rows", part); err != nil {
			return fmt.Errorf("import rows: %w", err)
		}
	}
	complete := &communityv1.CompleteImport{Import: id}
	if _, err := n.First.Do(ctx, "community.complete_import", "imports/"+id+"/completion", complete); err != nil {
		return fmt.Errorf("complete import: %w", err)
	}
	return nil
}

// Parallel runs work for 0..n-1, a few at a time, and gives the first error.
func Parallel(ctx context.Context, workers, n int, work func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, max(n, 1)) {
		wg.Go(func() {
			for i := range next {
				if err := work(ctx, i); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}
