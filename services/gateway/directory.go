package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
)

// communityInfo is what never changes of a community.
type communityInfo struct{ genesis chain.Hash }

// directory remembers the communities that a sequencer answered for.
type directory struct {
	call *op.Caller
	now  func() time.Time

	mu    sync.Mutex // guards known
	known map[string]communityInfo
}

func newDirectory(call *op.Caller, now func() time.Time) *directory {
	return &directory{call: call, now: now, known: map[string]communityInfo{}}
}

var opaqueID = regexp.MustCompile(`^[a-z2-7]{26}$`)

// sequencerInfo is what a sequencer says of itself; services/sequencer defines it.
type sequencerInfo struct {
	Genesis  string `json:"genesis"`
	EpochKey []byte `json:"epoch_key"`
	Epoch    uint32 `json:"epoch"`
	Size     uint64 `json:"size"` // index of the next commit
	Blocks   uint64 `json:"blocks"`
	State    string `json:"state"`
	Reason   string `json:"reason"` // why writing has stopped
	Head     string `json:"head"`
	Time     int64  `json:"time"`
}

// info asks the community's sequencer.
func (d *directory) info(ctx context.Context, community string) (*sequencerInfo, error) {
	if !opaqueID.MatchString(community) {
		return nil, op.ErrCommunity
	}
	raw, err := d.call.Bytes(ctx, "seq."+community+".info", nil)
	if err != nil {
		return nil, err
	}
	out := &sequencerInfo{}
	return out, json.Unmarshal(raw, out)
}

// size tells how many commits are durable, so that who was answered a moment ago is known; 0 while the sequencer cannot be asked.
func (d *directory) size(ctx context.Context, community string) uint64 {
	info, err := d.info(ctx, community)
	if err != nil {
		return 0
	}
	return info.Size
}

func (d *directory) find(ctx context.Context, community string) (communityInfo, error) {
	d.mu.Lock()
	c, ok := d.known[community]
	d.mu.Unlock()
	if ok {
		return c, nil
	}
	info, err := d.info(ctx, community)
	if err != nil {
		return communityInfo{}, err
	}
	if c.genesis, err = chain.ParseHash(info.Genesis); err != nil {
		return communityInfo{}, err
	}
	// A sequencer may be asked before it has written the founding. What it says then must not be kept: no signature would ever hold again.
	if chain.CommunityID(c.genesis) != community {
		return communityInfo{}, fault.ErrUnavailable
	}
	d.mu.Lock()
	d.known[community] = c
	d.mu.Unlock()
	return c, nil
}

// orStopped says of a command that got no answer, or for which there is no community, that writing has stopped, if it has. A service cannot
// tell that of a record which it cannot find any more, or which has lost what it waits for.
func (d *directory) orStopped(command func(context.Context, any) (any, error)) func(context.Context, any) (any, error) {
	return func(ctx context.Context, request any) (any, error) {
		answer, err := command(ctx, request)
		kind, _ := fault.KindOf(err)
		if err == nil || kind != fault.Unavailable && kind != fault.Timeout && !errors.Is(err, order.ErrUnfounded) {
			return answer, err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stoppedMax) // the time for the answer may be up
		defer cancel()
		if info, ierr := d.info(ctx, request.(*op.Request).Community); ierr == nil && info.Reason != "" {
			return nil, chain.ErrStopped.Because(err)
		}
		return nil, err
	}
}

// stoppedMax bounds the question whether writing has stopped.
const stoppedMax = 2 * time.Second

// communities lists what is hosted here; only ids, which tell nothing.
func (g *Gateway) communities(w http.ResponseWriter, r *http.Request) {
	list, err := g.listed(r.Context())
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	raw, err := json.Marshal(list)
	if err != nil {
		op.WriteFault(w, r, fault.ErrInternal.Because(err))
		return
	}
	writeRaw(w, raw)
}

// listed asks the sequencer which communities can be read.
func (g *Gateway) listed(ctx context.Context) (*communityList, error) {
	raw, err := g.call.Bytes(ctx, "seq.communities", nil)
	if err != nil {
		return nil, err
	}
	var list communityList
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return &list, nil
}

// community tells an outsider what they need to check everything else.
func (g *Gateway) community(w http.ResponseWriter, r *http.Request) {
	answer, err := g.outsiders(r.Context(), r.PathValue("community"))
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePublic, "", answer)
}

// outsiders is what anybody may know of a community.
func (g *Gateway) outsiders(ctx context.Context, community string) (communityAnswer, error) {
	info, err := g.directory.info(ctx, community)
	if err != nil {
		return communityAnswer{}, err
	}
	var c standing.Community
	err = g.state(ctx, community, standing.CommunityPath, 0, &c)
	if err != nil && info.Reason == "" { // a record that cannot be read any more has a reason, which is told without its name
		return communityAnswer{}, err
	}
	return communityAnswer{
		ID: community, Genesis: info.Genesis, EpochKey: info.EpochKey, Name: c.Name, NextIndex: info.Size,
		State: info.State, Log: "/log/" + community, Reason: info.Reason,
		Phone: g.cfg.Phone,
	}, nil
}

func writeRaw(w http.ResponseWriter, raw []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(raw) // the client went away
}

func strictJSON(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return ErrSignInBody
	}
	return nil
}
