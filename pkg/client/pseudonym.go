package client

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/op"
)

// Pseudonym sends what a key signs that must not be joined with anybody's name: it has no session, connections that nobody else uses, and
// tells the time to the minute only. What it cannot hide is the address that it sends from, and that somebody sends at all. It is safe for
// concurrent use.
type Pseudonym struct {
	device Device // without member and token
}

// NewPseudonym makes one for a gateway. Nothing that the gateway's own client keeps is used by it: no connection, no resumption of one, no
// cookies. Where that client's transport is another one than Go's, its maker must see to that.
func NewPseudonym(g *Gateway, community string, genesis chain.Hash, key ed25519.PrivateKey) *Pseudonym {
	alone := &http.Client{Transport: g.HTTP.Transport, Timeout: g.HTTP.Timeout, CheckRedirect: g.HTTP.CheckRedirect}
	if transport, ok := g.HTTP.Transport.(*http.Transport); ok {
		transport = transport.Clone()
		if transport.TLSClientConfig != nil {
			transport.TLSClientConfig.ClientSessionCache = nil
		}
		alone.Transport = transport
	}
	return &Pseudonym{device: Device{
		Gateway:   &Gateway{URL: g.URL, HTTP: alone, Now: g.Now, Tries: g.Tries, Pause: g.Pause, after: g.after},
		Community: community, Genesis: genesis, Key: key,
	}}
}

// notAfterMinutes is how long a command may be on its way at most; the minute that it is told in takes a part of it.
const notAfterMinutes = 9

// Do signs a command with the key alone and sends it until its outcome is known. The path is below the community's.
func (p *Pseudonym) Do(ctx context.Context, operation, path string, body proto.Message) (*op.Answer, error) {
	encoded, err := protojson.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", operation, err)
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: IdempotencyKey(),
		NotAfter: p.device.Now().Truncate(time.Minute).Add(notAfterMinutes * time.Minute).UnixMilli(), Body: encoded,
	}
	if err := s.Sign(p.device.Genesis, chain.AuthorCredential, p.device.Key); err != nil {
		return nil, fmt.Errorf("sign %s: %w", operation, err)
	}
	return p.device.Send(ctx, s, "/v1/communities/"+p.device.Community+"/"+path)
}

// Record reads what everybody may read, one aggregate's state, into a value, and tells its version.
func (p *Pseudonym) Record(ctx context.Context, path string, position uint64, into any) (version uint64, err error) {
	return p.device.Record(ctx, path, position, into)
}

// State reads it as it stands.
func (p *Pseudonym) State(ctx context.Context, path string, position uint64) (json.RawMessage, error) {
	var raw json.RawMessage
	_, err := p.device.Record(ctx, path, position, &raw)
	return raw, err
}
