package count

import (
	"io"
	"slices"
	"strings"
)

// Limits of one ranked election.
const (
	alternativesMax = 1000
	ordersMax       = 1_000_000
	votersMax       = 1_000_000_000_000
)

// Profile is an election of ranked ballots as a PrefLib file (.soi .soc .toi .toc) tells it.
type Profile struct {
	Title string
	// DataType is soi, soc, toi or toc: strict or with ties, incomplete or complete.
	DataType string
	// Alternatives are ascending by id; an alternative's index is its option id.
	Alternatives []Alternative
	Orders       []Order
	// Voters is the sum of the orders' counts.
	Voters int64
	// RowsRefused is how many rows are broken, listed or not.
	RowsRefused int
}

// Alternative is one option.
type Alternative struct{ ID, Name string }

// Order is one ranking and how many voters gave it.
type Order struct {
	Line  int
	Count int64
	// Tiers stand from the best down, as option ids; a tier of several holds them equal.
	Tiers [][]uint32
}

// preflibReader gathers a profile.
type preflibReader struct {
	bad     rowList
	profile Profile
	option  map[string]uint32
	claims  map[string]preflibClaim
}

// preflibClaim is a number in the header that the rows must bear out.
type preflibClaim struct {
	line int
	n    int64
}

// The header's keys that are read.
const (
	keyTitle        = "TITLE"
	keyDataType     = "DATA TYPE"
	keyAlternatives = "NUMBER ALTERNATIVES"
	keyVoters       = "NUMBER VOTERS"
	keyOrders       = "NUMBER UNIQUE ORDERS"
	keyName         = "ALTERNATIVE NAME "
)

// ReadPreflib reads a ranked PrefLib file: lines "# KEY: value", then lines "count: order", where an order is a comma-separated list
// from the best down and braces hold alternatives equal. It answers the good rows and the broken ones.
func ReadPreflib(r io.Reader) (Profile, []RowError, error) {
	data, err := readAll(r)
	if err != nil {
		return Profile{}, nil, err
	}
	p := &preflibReader{option: map[string]uint32{}, claims: map[string]preflibClaim{}}
	lines := strings.Split(strings.ToValidUTF8(string(data), "\ufffd"), "\n")
	for i, line := range lines {
		if header, ok := strings.CutPrefix(strings.TrimSpace(line), "#"); ok {
			p.header(i+1, header)
		}
	}
	if len(p.profile.Alternatives) == 0 {
		return Profile{}, p.bad.sorted(), ErrFileUnreadable
	}
	slices.SortFunc(p.profile.Alternatives, func(a, b Alternative) int { return compareIDs(a.ID, b.ID) })
	for i, a := range p.profile.Alternatives {
		p.option[a.ID] = uint32(i)
	}
	for i, line := range lines {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			p.order(i+1, line)
		}
	}
	p.compareClaims()
	p.profile.RowsRefused = p.bad.total
	return p.profile, p.bad.sorted(), nil
}

// header reads one "# KEY: value" line; keys that are not known are passed over.
func (p *preflibReader) header(line int, text string) {
	key, value, _ := strings.Cut(text, ":")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if len(value) > textBytesMax {
		p.bad.add(line, "header", whyLong)
		return
	}
	switch {
	case key == keyTitle:
		p.profile.Title = value
	case key == keyDataType:
		p.profile.DataType = value
		if !slices.Contains([]string{"soi", "soc", "toi", "toc"}, value) {
			p.bad.add(line, keyDataType, whyValue)
		}
	case key == keyAlternatives, key == keyVoters, key == keyOrders:
		n, why := parseCount(value, votersMax)
		if why != nil {
			p.bad.add(line, key, *why)
			return
		}
		p.claims[key] = preflibClaim{line, n}
	case strings.HasPrefix(key, keyName):
		p.alternative(line, strings.TrimSpace(key[len(keyName):]), value)
	}
}

// alternative reads the name of one option.
func (p *preflibReader) alternative(line int, id, name string) {
	_, seen := p.option[id]
	field := strings.TrimSpace(keyName)
	switch {
	case !isDigits(id):
		p.bad.add(line, field, whyNumber)
	case len(id) > idBytesMax:
		p.bad.add(line, field, whyLong)
	case seen:
		p.bad.add(line, field, whyTwice)
	case len(p.profile.Alternatives) == alternativesMax:
		p.bad.add(line, field, whyTooMany)
	default:
		p.option[id] = 0 // the ids are given out when all are known
		p.profile.Alternatives = append(p.profile.Alternatives, Alternative{id, name})
	}
}

// order reads one "count: order" line.
func (p *preflibReader) order(line int, text string) {
	number, list, _ := strings.Cut(text, ":")
	n, why := parseCount(strings.TrimSpace(number), votersMax-p.profile.Voters)
	if why != nil {
		p.bad.add(line, "count", *why)
		return
	}
	if len(p.profile.Orders) == ordersMax {
		p.bad.add(line, "order", whyTooMany)
		return
	}
	o := Order{Line: line, Count: n}
	if o.Tiers, why = p.tiers(list); why != nil {
		p.bad.add(line, "order", *why)
		return
	}
	p.profile.Voters += n
	p.profile.Orders = append(p.profile.Orders, o)
}

// tiers reads a list such as 3,{1,5},2. A list of nothing is a blank ballot.
func (p *preflibReader) tiers(list string) ([][]uint32, *reason) {
	var tiers [][]uint32
	seen := map[uint32]bool{}
	list = strings.TrimSpace(list)
	for more := list != ""; more; {
		var group string
		if inner, braced := strings.CutPrefix(list, "{"); braced {
			var closed bool
			if group, list, closed = strings.Cut(inner, "}"); !closed {
				return nil, &whyOrder
			}
			list = strings.TrimSpace(list)
			more = list != ""
			if rest, comma := strings.CutPrefix(list, ","); comma {
				list = rest
			} else if more {
				return nil, &whyOrder
			}
		} else {
			group, list, more = strings.Cut(list, ",")
			if strings.TrimSpace(group) == "" {
				return nil, &whyOrder
			}
		}
		list = strings.TrimSpace(list)
		tier, why := p.tier(group, seen)
		if why != nil {
			return nil, why
		}
		if len(tier) > 0 { // {} stands for nobody
			tiers = append(tiers, tier)
		}
	}
	return tiers, nil
}

// tier reads the alternatives of one tier.
func (p *preflibReader) tier(group string, seen map[uint32]bool) ([]uint32, *reason) {
	var tier []uint32
	for _, id := range splitList(strings.TrimSpace(group)) {
		option, known := p.option[id]
		switch {
		case !isDigits(id):
			return nil, &whyOrder
		case !known:
			return nil, &whyUnknown
		case seen[option]:
			return nil, &whyDouble
		}
		seen[option] = true
		tier = append(tier, option)
	}
	return tier, nil
}

// compareClaims notes where the header's numbers differ from the rows, unless a row is broken anyway.
func (p *preflibReader) compareClaims() {
	if p.bad.total > 0 {
		return
	}
	have := map[string]int64{
		keyAlternatives: int64(len(p.profile.Alternatives)), keyVoters: p.profile.Voters, keyOrders: int64(len(p.profile.Orders)),
	}
	for _, key := range []string{keyAlternatives, keyVoters, keyOrders} {
		if claim, made := p.claims[key]; made && claim.n != have[key] {
			p.bad.add(claim.line, key, whyCount)
		}
	}
}
