package gateway

import (
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/picture"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// foundOperation is the founding command.
const foundOperation = "community.found"

// ErrFounding: a community costs its host a stream and more, for ever.
var ErrFounding = fault.New(fault.Forbidden, "founding.operator_only",
	"Only the operator of this system may have a community founded here.", "只有本系统的运维方可以在此创建社区。")

// mayFound lets the operator found, and for development whoever is on the machine itself.
func (g *Gateway) mayFound(r *http.Request) error {
	if who, err := g.sessions.of(r, ""); err == nil && who.operator {
		return nil
	}
	if g.allowDevelopment(r) != nil {
		return ErrFounding
	}
	return nil
}

// founding tells founders what their founding command must name: the key of the first epoch, the holders of polls' keys.
func (g *Gateway) founding(w http.ResponseWriter, r *http.Request) {
	var raw []byte
	err := g.mayFound(r)
	if err == nil {
		raw, err = g.call.Bytes(r.Context(), "found.terms", nil)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeRaw(w, raw)
}

// found begins a community. The body is the founding command, signed by both founders over a zero genesis hash.
func (g *Gateway) found(w http.ResponseWriter, r *http.Request) {
	var body []byte
	err := g.mayFound(r)
	if err == nil {
		_, err = idempotencyKey(r) // as for every write, though the bytes alone make the command's id
	}
	if err == nil {
		body, err = readBody(r, op.BodyBytesMax)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: foundOperation, Contract: 1, Body: body}
	if s.Signatures, err = op.Signatures(r.Header); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	raw, err := s.Encode(nil)
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	out, err := g.call.Bytes(r.Context(), "found.community", raw)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(out) // the client went away
}

// textBytesMax bounds one text; services/vault holds the same limit.
const textBytesMax = 64 << 10

// putText seals a text or a picture under a person's key, before a command that names it is signed. The body is the text or picture itself;
// what a picture tells beside itself is taken out before it leaves here.
func (g *Gateway) putText(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	subject := r.URL.Query().Get("subject")
	err := g.surely(r, community, func(r *http.Request) error {
		role := communityv1.Role_ROLE_MEMBER
		if who, err := g.sessions.of(r, community); err != nil || who.member != subject && !g.helps(r.Context(), who, subject) &&
			!g.writesFor(r.Context(), who, subject) {
			// Officers write down what others told them, such as a profile at admission; the text is sealed under that person's key.
			role = communityv1.Role_ROLE_OFFICER
		}
		return g.requireRole(r, community, role)
	})
	who, _ := g.sessions.of(r, community)
	if err == nil && !opaqueID.MatchString(subject) {
		err = fault.ErrMalformed
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	body, err := readBody(r, textBytesMax)
	var kept []byte
	if err == nil {
		kept, err = picture.Upload(r.Header.Get("Content-Type"), body)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	g.once(w, r, who, body, func() ([]byte, error) {
		return g.call.Bytes(r.Context(), "vault."+community+".put", append([]byte(subject), kept...))
	})
}

// headerNext tells from which block on the next page goes on.
const headerNext = "Renlin-Next-Block"

// blocks gives whole blocks to those with standing: u32 length and block, one after another, from a block number on. A page holds as
// many as fit into a message; at the end of the record it is empty, and who asks again with its ETag is told when there is more.
func (g *Gateway) blocks(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	if err := g.requireReader(r, community, communityv1.Role_ROLE_MEMBER); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	from, err := number(r, "from")
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	out, err := g.call.Bytes(r.Context(), "audit."+community+".blocks", []byte(strconv.FormatUint(from, 10)))
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	next := from
	for rest := out; len(rest) >= 4 && uint64(binary.BigEndian.Uint32(rest)) <= uint64(len(rest)-4); next++ {
		rest = rest[4+binary.BigEndian.Uint32(rest):]
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", cachePrivate)
	w.Header().Set(headerNext, strconv.FormatUint(next, 10))
	writeFresh(w, r, tagOf(out), out)
}

// log serves the public log: checkpoint, tiles, entry bundles, proofs. They hold hashes only.
func (g *Gateway) log(w http.ResponseWriter, r *http.Request) {
	community, path := r.PathValue("community"), r.PathValue("path")
	if !opaqueID.MatchString(community) {
		op.WriteFault(w, r, op.ErrCommunity)
		return
	}
	out, err := g.call.Bytes(r.Context(), "audit."+community+".log", []byte(path))
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	switch {
	case strings.HasPrefix(path, "tile/"): // never changes, partial ones neither: their width is in the path
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	case path == "checkpoint" || strings.HasPrefix(path, "proof/"):
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=1")
	default:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=1")
	}
	writeFresh(w, r, tagOf(out), out)
}
