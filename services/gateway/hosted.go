package gateway

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// ErrUnsigned: a command without a signature, from nobody whose key is hosted here.
var ErrUnsigned = fault.New(fault.Unauthenticated, "command.unsigned",
	"This request must be signed by your device.", "该请求需要由您的设备签名。")

// hosted keeps private keys for members without a device: one file for each community and member, written whole and synced
// before the public key is told to anyone.
type hosted struct {
	dir     string
	entropy io.Reader

	renewing sync.Mutex // a key that was told to somebody is taken away by nobody else
}

func openHosted(dir string, entropy io.Reader) (*hosted, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open hosted keys: %w", err)
	}
	return &hosted{dir: dir, entropy: entropy}, nil
}

func (h *hosted) path(community, member string) string {
	return filepath.Join(h.dir, community+"-"+member+".key")
}

// load gives the member's key; os.ErrNotExist when none is hosted. The names have been checked to be opaque ids.
func (h *hosted) load(community, member string) (ed25519.PrivateKey, error) {
	return keyfile.Load(h.path(community, member))
}

// make gives the member's key, making it at the first call.
func (h *hosted) make(community, member string) (ed25519.PrivateKey, error) {
	return keyfile.LoadOrMake(h.path(community, member), h.entropy)
}

// renew puts a new key in the place of one that was signed off, unless somebody did so before. The old one is good for nothing any more.
func (h *hosted) renew(community, member string, old ed25519.PrivateKey) (ed25519.PrivateKey, error) {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	now, err := h.load(community, member)
	if err == nil && now.Equal(old) {
		err = os.Remove(h.path(community, member))
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) { // not there: a crash has come between the two lines
		return nil, err
	}
	return h.make(community, member)
}

// keyFor gives the hosted key to be enrolled for a member: the same at every call, until it has been signed off; a key is enrolled once.
func (g *Gateway) keyFor(ctx context.Context, community, member string, position uint64) (ed25519.PrivateKey, error) {
	key, err := g.hosted.make(community, member)
	if err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	var k standing.Key
	id := chain.KeyID(key.Public().(ed25519.PublicKey))
	err = g.state(ctx, community, "key/"+id, position, &k)
	switch {
	case errors.Is(err, projection.ErrNoRecord):
		return key, nil
	case err != nil:
		return nil, err
	case !k.Revoked:
		return key, nil
	}
	if key, err = g.hosted.renew(community, member, key); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return key, nil
}

// signHosted signs a command that came without a signature, for the member of the session, if their key is hosted here.
func (g *Gateway) signHosted(r *http.Request, community string, s *chain.Signed) error {
	who, err := g.sessions.of(r, community)
	switch {
	case errors.Is(err, ErrExpired): // perhaps forgotten by a restart: signing in again is what helps
		return err
	case err != nil || who.operator:
		return ErrUnsigned
	}
	if err := g.deviceStands(r.Context(), who, 0); err != nil {
		return err
	}
	key, err := g.hosted.load(community, who.member)
	if errors.Is(err, os.ErrNotExist) {
		return ErrUnsigned
	}
	if err != nil {
		return fault.ErrInternal.Because(err)
	}
	info, err := g.directory.find(r.Context(), community)
	if err != nil {
		return err
	}
	return s.Sign(info.genesis, chain.AuthorHosted, key)
}

// makeHostedKey makes a key for a member without a device and tells its public half; an officer then enrols it with a signed
// command. Only an officer's session may ask.
func (g *Gateway) makeHostedKey(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	if err := g.requireRole(r, community, communityv1.Role_ROLE_OFFICER); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	body, err := readBody(r, smallBodies)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	var in memberBody
	if err := strictJSON(body, &in); err != nil || in.Member == "" {
		op.WriteFault(w, r, ErrSignInBody)
		return
	}
	now := g.directory.size(r.Context(), community) // the member may have been admitted, or their old key signed off, a moment ago
	if _, err := g.activeMember(r.Context(), community, in.Member, now); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	who, _ := g.sessions.of(r, community)
	g.once(w, r, who, body, func() ([]byte, error) {
		key, err := g.keyFor(r.Context(), community, in.Member, now)
		if err != nil {
			return nil, err
		}
		return json.Marshal(hostedKey{Member: in.Member, Key: key.Public().(ed25519.PublicKey)})
	})
}

// requireRole refuses a session whose member does not hold a role now, or whose device has been signed off since. Who signed in without
// a device of their own holds no office, as in the rules.
func (g *Gateway) requireRole(r *http.Request, community string, role communityv1.Role) error {
	who, err := g.sessions.of(r, community)
	switch {
	case err != nil:
		return err
	case who.operator:
		return standing.ErrRole
	}
	m, err := g.activeMember(r.Context(), community, who.member, 0)
	if err != nil {
		return err
	}
	if err := g.deviceStands(r.Context(), who, 0); err != nil {
		return err
	}
	if !m.Holds(role) || role != communityv1.Role_ROLE_MEMBER && who.key == "" {
		return standing.ErrRole
	}
	return nil
}

// deviceStands refuses a session whose device has been signed off since: whoever has stolen it must not go on, and least of all with the
// hosted key that its owner was given instead.
func (g *Gateway) deviceStands(ctx context.Context, who session, position uint64) error {
	if who.account != (identity{}) {
		return g.accountStands(ctx, who, position)
	}
	if who.key == "" {
		return nil
	}
	return g.keyStands(ctx, who.community, who.key, who.member, position)
}

// accountStands refuses a session whose account is bound no more, or rests on a key that has been signed off since.
func (g *Gateway) accountStands(ctx context.Context, who session, position uint64) error {
	bound := g.bindings.find(who.community, who.account)
	if bound == nil || bound.damaged || bound.member != who.member || bound.key != who.rests {
		return ErrExpired
	}
	err := g.keyStands(ctx, who.community, who.rests, who.member, position)
	if errors.Is(err, standing.ErrKeyRevoked) {
		_, ended := g.endBindings(ctx, who.owner(), func(b *binding) bool { return b.key == who.rests })
		return errors.Join(ErrExpired, ended)
	}
	return err
}

// requireReader is requireRole for what the operator may read as well.
func (g *Gateway) requireReader(r *http.Request, community string, role communityv1.Role) error {
	if who, err := g.sessions.of(r, community); err == nil && who.operator {
		return nil
	}
	return g.requireRole(r, community, role)
}
