package pollcheck

import (
	"crypto/ed25519"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const (
	byDevice = votingv1.Channel_CHANNEL_DEVICE
	byHelper = votingv1.Channel_CHANNEL_HELPER
	byPaper  = votingv1.Channel_CHANNEL_PAPER
	atKiosk  = votingv1.Channel_CHANNEL_KIOSK
	atDoor   = votingv1.Channel_CHANNEL_DOOR
)

// registers is ann's registration.
func registers(actor string, channel votingv1.Channel, org, mandate string) *said {
	return &said{
		actor: actor, path: "registration/ann", body: &votingv1.VoterRegistered{Channel: channel, Org: org, Mandate: mandate},
	}
}

// TestRegisteredBy: the voter, a helper beside them, or somebody else for an organisation where the rules know of paper; and what is worth
// less replaces nothing, nor one officer's sheet another's.
func TestRegisteredBy(t *testing.T) {
	t.Parallel()
	own, helped := registers("ann", 0, "", ""), registers("ann", byHelper, "", "mandate")
	sheet := registers("op", byPaper, "org", "")
	for name, tt := range map[string]struct {
		before, now *said
		noPaper     bool
		want        bool
	}{
		"by the voter":               {nil, own, true, true},
		"by a device":                {nil, registers("ann", byDevice, "", ""), true, true},
		"again":                      {own, own, true, true},
		"by somebody else":           {nil, registers("ben", 0, "", ""), true, false},
		"by the voter, for others":   {nil, registers("ann", 0, "org", ""), true, false},
		"by the voter, with help":    {nil, registers("ann", 0, "", "mandate"), true, false},
		"by a helper":                {nil, helped, true, true},
		"by a helper without a word": {nil, registers("ann", byHelper, "", ""), true, false},
		"by a helper alone":          {nil, registers("ben", byHelper, "", "mandate"), true, false},
		"by a helper, for others":    {nil, registers("ann", byHelper, "org", "mandate"), true, false},
		"a helper after the voter":   {own, helped, true, false},
		"the voter after a helper":   {helped, own, true, true},
		"a sheet":                    {nil, sheet, false, true},
		"a sheet at a kiosk":         {nil, registers("op", atKiosk, "org", ""), false, true},
		"a sheet at the door":        {nil, registers("op", atDoor, "org", ""), false, true},
		"a sheet without rules":      {nil, sheet, true, false},
		"a sheet from the voter":     {nil, registers("ann", byPaper, "org", ""), false, false},
		"a sheet for nobody":         {nil, registers("op", byPaper, "", ""), false, false},
		"a sheet with help":          {nil, registers("op", byPaper, "org", "mandate"), false, false},
		"a sheet again":              {sheet, sheet, false, true},
		"a sheet by another":         {sheet, registers("op 2", byPaper, "org", ""), false, false},
		"a sheet at another's kiosk": {registers("op 2", atKiosk, "org", ""), sheet, false, false},
		"a sheet after a helper":     {helped, sheet, false, true},
		"a sheet after the voter":    {own, sheet, false, false},
		"a helper after a sheet":     {sheet, helped, false, false},
		"the voter after a sheet":    {sheet, own, false, true},
		"the voter after a kiosk":    {registers("op", atKiosk, "org", ""), own, false, true},
		"a helper after the door":    {registers("op", atDoor, "org", ""), helped, false, false},
	} {
		c := &checking{poll: &poll{rules: &communityv1.PollRules{Paper: &communityv1.PaperRules{}}}}
		if tt.noPaper {
			c.rules.Paper = nil
		}
		if got := c.registeredBy(tt.now, tt.now.body.(*votingv1.VoterRegistered), tt.before); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestSigns: a key that is none signs nothing, nor one under which anybody can sign.
func TestSigns(t *testing.T) {
	t.Parallel()
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, input := private.Public().(ed25519.PublicKey), []byte("a sheet")
	weak, anybodys := append([]byte{1}, make([]byte, 31)...), append([]byte{1}, make([]byte, 63)...)
	if !ed25519.Verify(weak, input, anybodys) {
		t.Fatal("the weak key is none")
	}
	for name, tt := range map[string]struct {
		key, proof []byte
		want       bool
	}{
		"right": {public, ed25519.Sign(private, input), true}, "of something else": {public, ed25519.Sign(private, []byte("another")), false},
		"no key": {nil, ed25519.Sign(private, input), false}, "half a key": {public[:31], ed25519.Sign(private, input), false},
		"anybody's": {weak, anybodys, false},
	} {
		if got := signs(tt.key, input, tt.proof); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	short := &votingv1.VoterRegistered{Commitment: make([]byte, 31)}
	short.Receipt = ed25519.Sign(private, append(putStr(putStr([]byte("renlin/registration/1\n"), "poll"), "ann"), short.GetCommitment()...))
	long := &votingv1.VoterRegistered{Commitment: make([]byte, 32)}
	if receiptHolds("poll", "ann", short, public) || receiptHolds("poll", "ann", long, nil) {
		t.Error("a receipt for half a commitment, or by no key")
	}
}

// TestCameInSecret: a tally says how ballots came where there was paper or a helper, and says nothing where there was neither.
func TestCameInSecret(t *testing.T) {
	t.Parallel()
	channels := &votingv1.ChannelReport{Channels: []*votingv1.ChannelShare{{Channel: byHelper, Ballots: 1, Heads: 1}}}
	own := &votingv1.ChannelReport{Channels: []*votingv1.ChannelShare{{Channel: byDevice, Ballots: 1, Heads: 1}}}
	by := &votingv1.CastBy{Device: &votingv1.CastShare{}, Hosted: &votingv1.CastShare{}, Helper: &votingv1.CastShare{Ballots: 1, Heads: 1}}
	for name, tt := range map[string]struct {
		paper, helped bool
		says          *votingv1.Tally
		looked        int
		right         bool
	}{
		"neither":              {false, false, &votingv1.Tally{}, 0, true},
		"a helper":             {false, true, &votingv1.Tally{CastBy: by}, 1, true},
		"a helper, unsaid":     {false, true, &votingv1.Tally{}, 1, false},
		"no helper, said":      {false, false, &votingv1.Tally{CastBy: by}, 1, false},
		"paper":                {true, false, &votingv1.Tally{Channels: own}, 1, true},
		"paper, unsaid":        {true, false, &votingv1.Tally{}, 1, false},
		"no paper, said":       {false, false, &votingv1.Tally{Channels: own}, 1, false},
		"paper and a helper":   {true, true, &votingv1.Tally{Channels: channels, CastBy: by}, 1, true},
		"only one of them":     {true, true, &votingv1.Tally{Channels: channels}, 1, false},
		"only the other":       {true, true, &votingv1.Tally{CastBy: by}, 1, false},
		"nothing is not empty": {false, false, &votingv1.Tally{Channels: &votingv1.ChannelReport{}}, 1, false},
	} {
		b := &secretBallot{key: make([]byte, ed25519.PublicKeySize), sequence: 1}
		id := chain.KeyID(b.key)
		c := &checking{poll: &poll{rules: &communityv1.PollRules{}, facts: []*said{{}, {index: 9}}, tallied: &said{index: 9}}}
		c.weights, c.channelOf = map[string]weight{id: {heads: 1}}, map[string]votingv1.Channel{}
		if tt.paper {
			c.rules.Paper = &communityv1.PaperRules{}
		}
		if tt.helped {
			c.channelOf[id] = byHelper
		}
		c.cameInSecret(proto.Clone(tt.says).(*votingv1.Tally), []*secretBallot{b})
		if c.check.Looked != tt.looked || (len(c.findings) == 0) != tt.right {
			t.Errorf("%s: %d looked at, %+v", name, c.check.Looked, c.findings)
		}
	}
}
