package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/services/gateway/alerts"
	"renlin.dev/services/gateway/operating"
)

// What parts tell of themselves over the bus; the operator's pages show it.
type (
	PartState = operating.PartState
	WorkState = operating.WorkState
)

// OperatorsPages is where they are.
const OperatorsPages = operating.Below

// PartReply is how a part answers the operator's gateway: with what was asked, or the code of a fault.
type PartReply struct {
	Data  []byte `json:"data,omitempty"`
	Fault string `json:"fault,omitempty"`
}

// ErrNotAside: there is nothing to begin again.
var ErrNotAside = fault.New(fault.Refused, "work.not_aside", "This work was not set aside, or is going on again already.",
	"该项工作没有被搁置，或已经恢复。")

// ErrPart: a part could not say what it was asked, for a reason that stands in its log.
var ErrPart = fault.New(fault.Unavailable, "part.failed", "This part could not answer; its log says why.", "该部件未能应答，原因见其日志。")

// operatingRows are the operator's pages.
func (g *Gateway) operatingRows() ([]row, error) {
	var err error
	if g.alerts, err = alerts.Open(); err != nil {
		return nil, err
	}
	site, err := operating.New(operating.Config{
		Source: operatorsSource{g}, Token: g.cfg.OperatorToken, Traces: g.cfg.Traces, Alerts: g.alerts, Now: g.cfg.Now,
		Private: g.private, Local: func(r *http.Request) bool { return r.TLS == nil && !proxied(r) && loopback(r.Host) },
		Random: func() (string, error) {
			var raw [32]byte
			if _, err := io.ReadFull(g.cfg.Entropy, raw[:]); err != nil {
				return "", fault.ErrInternal.Because(err)
			}
			return base64.RawURLEncoding.EncodeToString(raw[:]), nil
		},
	})
	if err != nil {
		return nil, err
	}
	var all []row
	for _, r := range site.Routes() {
		all = append(all, route(r.Pattern, r.Serve))
	}
	return all, nil
}

// private tells whether nobody between the browser and here reads what it sends: it speaks to this machine under a name that never leaves
// it, with no proxy before it that may have been asked from elsewhere, or TLS ends here or at a proxy of ours.
func (g *Gateway) private(r *http.Request) bool {
	if r.TLS != nil || !proxied(r) && loopback(r.Host) {
		return true
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && g.limits.trusts(from.Addr().Unmap()) && r.Header.Get("X-Forwarded-Proto") == "https"
}

// operatorsSource gives the operator's pages what the parts say.
type operatorsSource struct{ g *Gateway }

func (s operatorsSource) Parts() []string { return slices.Clone(s.g.cfg.Parts) }

func (s operatorsSource) Mine(part string) bool {
	return s.g.cfg.Ordered != nil && s.g.cfg.Ordered(part)
}

// ask asks a part. Who is not on the bus is known not to be there at once.
func (s operatorsSource) ask(ctx context.Context, part, what string, data []byte) ([]byte, error) {
	if !slices.Contains(s.g.cfg.Parts, part) {
		return nil, fault.ErrMalformed
	}
	m, err := s.g.cfg.Bus.RequestWithContext(ctx, "part."+part+"."+what, data)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fault.ErrUnavailable.Because(err)
	case err != nil:
		return nil, fault.ErrTimeout.Because(err)
	}
	var reply PartReply
	if err := json.Unmarshal(m.Data, &reply); err != nil {
		return nil, ErrPart.Because(err)
	}
	switch reply.Fault {
	case "":
		return reply.Data, nil
	case ErrNotAside.Code:
		return nil, ErrNotAside
	}
	return nil, ErrPart.Because(errors.New(reply.Fault))
}

func (s operatorsSource) Part(ctx context.Context, part string) (*PartState, error) {
	raw, err := s.ask(ctx, part, "state", nil)
	if err != nil {
		return nil, err
	}
	out := &PartState{}
	if err := json.Unmarshal(raw, out); err != nil {
		return nil, ErrPart.Because(err)
	}
	return out, nil
}

func (s operatorsSource) Again(ctx context.Context, part, community string) error {
	if !s.Mine(part) || !opaqueID.MatchString(community) {
		return fault.ErrMalformed
	}
	_, err := s.ask(ctx, part, "again", []byte(community))
	return err
}

func (s operatorsSource) Communities(ctx context.Context) ([]string, error) {
	return publicSource(s).Communities(ctx)
}

func (s operatorsSource) Name(ctx context.Context, community string) string {
	var c standing.Community
	if err := s.g.state(ctx, community, standing.CommunityPath, 0, &c); err != nil {
		return "" // its id is shown
	}
	return c.Name
}

func (s operatorsSource) Head(ctx context.Context, community string) (*operating.Head, error) {
	info, err := s.g.directory.info(ctx, community)
	if err != nil {
		return nil, err
	}
	return &operating.Head{
		Epoch: info.Epoch, Size: info.Size, Blocks: info.Blocks, Hash: info.Head, Time: info.Time, State: info.State, Reason: info.Reason,
	}, nil
}

func (s operatorsSource) Log(ctx context.Context, community, path string) ([]byte, error) {
	return publicSource(s).Log(ctx, community, path)
}

const (
	// observeInterval is how often alerts are judged, as often as Prometheus usually collects.
	observeInterval = 15 * time.Second
	// observeMax bounds how long the parts may take to say what they measure.
	observeMax = 5 * time.Second
	// measuredBytesMax bounds what one part may say, unpacked.
	measuredBytesMax = 32 << 20
)

// Observe judges the alerts until ctx ends, over what all parts measure.
func (g *Gateway) Observe(ctx context.Context) {
	t := time.NewTicker(observeInterval)
	defer t.Stop()
	for {
		g.alerts.Take(g.cfg.Now(), g.observed(ctx))
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// observed collects from this process and from each other one, and notes who is there, as Prometheus would.
func (g *Gateway) observed(ctx context.Context) []metrics.Sample {
	ctx, cancel := context.WithTimeout(ctx, observeMax)
	defer cancel()
	own, err := g.cfg.Metrics.Samples()
	if err != nil {
		g.cfg.Log.Warn("own measurements could not be read", "err", err)
	}
	out := placed("gateway", own)
	s := operatorsSource{g}
	var mu sync.Mutex // guards out and seen
	seen := map[string]bool{g.cfg.Process: true}
	var wg sync.WaitGroup
	for _, part := range g.cfg.Parts {
		wg.Go(func() {
			state, err := s.Part(ctx, part)
			up := metrics.Sample{Name: "up", Labels: map[string]string{"job": "renlin", "instance": part}}
			if err == nil {
				up.Value = 1
			}
			mu.Lock()
			out = append(out, up)
			ask := err == nil && !seen[state.Process]
			if ask {
				seen[state.Process] = true
			}
			mu.Unlock()
			if !ask {
				return
			}
			samples := s.measured(ctx, part)
			mu.Lock()
			out = append(out, placed(part, samples)...)
			mu.Unlock()
		})
	}
	wg.Wait()
	return out
}

// measured asks a part what its process measures; nothing if it does not say.
func (s operatorsSource) measured(ctx context.Context, part string) []metrics.Sample {
	raw, err := s.ask(ctx, part, "metrics", nil)
	if err != nil {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	var out []metrics.Sample
	if err := json.NewDecoder(io.LimitReader(z, measuredBytesMax)).Decode(&out); err != nil {
		return nil
	}
	return out
}

// placed labels what was measured with who measured it, as Prometheus does.
func placed(instance string, samples []metrics.Sample) []metrics.Sample {
	for i := range samples {
		if samples[i].Labels == nil {
			samples[i].Labels = map[string]string{}
		}
		samples[i].Labels["job"], samples[i].Labels["instance"] = "renlin", instance
	}
	return samples
}
