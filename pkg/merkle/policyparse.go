package merkle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Limits of a policy; C2SP asks for at least 32 of each kind.
const (
	policyBytesMax = 1 << 20
	policyNamesMax = 1024
)

// ErrPolicy says that a text is not a usable tlog-policy; the message gives the line.
var ErrPolicy = errors.New("merkle: malformed policy")

// ParsePolicy reads a C2SP tlog-policy. Beyond the specification it refuses a witness that uses a log's key:
// a log cannot be its own witness.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > policyBytesMax {
		return nil, fmt.Errorf("%w: %d bytes", ErrPolicy, len(text))
	}
	p := policyParser{names: map[string]*named{}, keys: map[string]bool{}, ids: map[string]bool{}, policy: &Policy{}}
	body := string(text)
	for number := 1; body != ""; number++ {
		line, rest, ended := strings.Cut(body, "\n")
		body = rest
		err := errors.New("no newline at the end, perhaps cut off")
		if ended {
			err = p.line(line)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrPolicy, number, err)
		}
	}
	if !p.hasQuorum {
		return nil, fmt.Errorf("%w: no quorum line", ErrPolicy)
	}
	return p.policy, nil
}

// named is a witness or group that later lines may refer to.
type named struct {
	member member
	used   bool // already a member of a group: a witness counts in one way only
}

type policyParser struct {
	policy    *Policy
	names     map[string]*named
	keys      map[string]bool // public keys seen, without their type byte
	ids       map[string]bool // name and key id seen, which notes tell keys apart by
	hasQuorum bool
}

func (p *policyParser) line(line string) error {
	for i := range len(line) {
		if c := line[i]; c < 0x20 && c != '\t' || c == 0x7f {
			return errors.New("control character")
		}
	}
	f := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(f) == 0 || f[0][0] == '#' {
		return nil
	}
	switch {
	case f[0] == "log" && (len(f) == 2 || len(f) == 3):
		return p.log(f[1], optional(f, 2))
	case f[0] == "witness" && (len(f) == 3 || len(f) == 4):
		return p.witness(f[1], f[2], optional(f, 3))
	case f[0] == "group" && len(f) >= 4:
		return p.group(f[1], f[2], f[3:])
	case f[0] == "quorum" && len(f) == 2:
		return p.quorum(f[1])
	}
	return errors.New("not a log, witness, group or quorum line, or the wrong number of words")
}

func optional(fields []string, i int) string {
	if i < len(fields) {
		return fields[i]
	}
	return ""
}

func (p *policyParser) log(vkey, url string) error {
	v, err := NewVerifier(vkey)
	if err != nil {
		return err
	}
	err = p.claimKey(vkey, v)
	if err != nil {
		return err
	}
	p.policy.logs = append(p.policy.logs, party{name: v.Name(), vkey: vkey, url: url, verifier: v})
	return nil
}

func (p *policyParser) witness(name, vkey, url string) error {
	v, err := NewCosignatureVerifier(vkey)
	if err != nil {
		return err
	}
	err = p.claimKey(vkey, v)
	if err != nil {
		return err
	}
	err = p.claimName(name, member{witness: len(p.policy.witnesses)})
	if err != nil {
		return err
	}
	p.policy.witnesses = append(p.policy.witnesses, party{name: name, vkey: vkey, url: url, verifier: v})
	return nil
}

func (p *policyParser) claimKey(vkey string, v note.Verifier) error {
	_, raw, err := splitKey(vkey)
	if err != nil {
		return err
	}
	key := string(raw[1:])
	id := fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash())
	switch {
	case p.keys[key]:
		return errors.New("the same public key stands in the policy twice")
	case p.ids[id]:
		return errors.New("two keys with the same name and key id")
	case len(p.keys) == policyNamesMax:
		return errors.New("too many keys")
	}
	p.keys[key], p.ids[id] = true, true
	p.policy.verifiers = append(p.policy.verifiers, v)
	return nil
}

func (p *policyParser) claimName(name string, m member) error {
	switch {
	case name == "none":
		return errors.New("the name none is reserved")
	case p.names[name] != nil:
		return errors.New("name defined twice")
	case len(p.names) == policyNamesMax:
		return errors.New("too many names")
	}
	p.names[name] = &named{member: m}
	return nil
}

func (p *policyParser) group(name, threshold string, members []string) error {
	g := member{witness: -1}
	for _, n := range members {
		x := p.names[n]
		switch {
		case x == nil:
			return errors.New("member not defined on an earlier line")
		case x.used:
			return errors.New("member of a group twice")
		}
		x.used = true
		g.of = append(g.of, x.member)
	}
	switch threshold {
	case "any":
		g.k = 1
	case "all":
		g.k = len(g.of)
	default:
		k, err := strconv.ParseUint(threshold, 10, 16)
		if err != nil || k < 1 || int(k) > len(g.of) || threshold[0] == '0' {
			return errors.New("threshold is not any, all or a number from 1 to the number of members")
		}
		g.k = int(k)
	}
	return p.claimName(name, g)
}

func (p *policyParser) quorum(name string) error {
	if p.hasQuorum {
		return errors.New("second quorum line")
	}
	p.hasQuorum = true
	if name == "none" {
		p.policy.quorum = member{witness: -1}
		return nil
	}
	x := p.names[name]
	if x == nil {
		return errors.New("quorum not defined on an earlier line")
	}
	p.policy.quorum = x.member
	return nil
}
