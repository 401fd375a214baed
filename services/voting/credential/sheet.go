package credential

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// SheetBytes is the size of a sheet's secret.
const SheetBytes = 32

const (
	sheetPrefix   = "RENLIN-S1:"
	sheetMACBytes = 8

	domainSheetMAC    = "renlin/sheet/code/1\n"
	domainSheetKey    = "renlin/sheet/key/1\n"
	domainSheetSalt   = "renlin/sheet/salt/1\n"
	domainSheetRandom = "renlin/sheet/random/1\n"
)

// ErrSheet says that a text is no sheet's code, or was read wrongly.
var ErrSheet = errors.New("the text is no sheet's code")

var sheetEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Sheet is a credential on paper. Everything follows from the secret in its code: the key, the salt, and, with what is marked on the sheet,
// every byte of its ballot, so that two operators who read the same make the same. The code does not say whose it is.
//
// Whoever has read the code can make the ballot for every choice and so find out, from the record, which one was cast. So
// whoever prints sheets must keep no copy, operators see the vote, and a sheet lies in a closed envelope until it is entered, and after
// that. The form must say so. No device votes by it.
type Sheet struct {
	Poll   string
	Secret [SheetBytes]byte
}

// NewSheet makes a sheet's secret: crypto/rand's in every program.
func NewSheet(rand io.Reader, pollID string) (*Sheet, error) {
	s := &Sheet{Poll: pollID}
	if !opaque(pollID) {
		return nil, fmt.Errorf("make sheet: %w", ErrMalformed)
	}
	if _, err := io.ReadFull(rand, s.Secret[:]); err != nil {
		return nil, fmt.Errorf("make sheet: %w", err)
	}
	return s, nil
}

// Text gives what the code on the sheet says.
func (s *Sheet) Text() string {
	secret := append(bytes.Clone(s.Secret[:]), s.mac()...)
	return sheetPrefix + strings.ToUpper(s.Poll) + sheetEncoding.EncodeToString(secret)
}

// mac ties the poll to the secret, so that a code that was read wrongly is found before anything is sent.
func (s *Sheet) mac() []byte {
	h := hmac.New(sha256.New, s.Secret[:])
	h.Write([]byte(domainSheetMAC + s.Poll)) // never fails
	return h.Sum(nil)[:sheetMACBytes]
}

// ReadSheet reads a sheet's code.
func ReadSheet(text string) (*Sheet, error) {
	rest, ok := strings.CutPrefix(text, sheetPrefix)
	if !ok || len(rest) < ballot.IDBytes {
		return nil, ErrSheet
	}
	secret, err := sheetEncoding.DecodeString(rest[ballot.IDBytes:])
	if err != nil || len(secret) != SheetBytes+sheetMACBytes {
		return nil, ErrSheet
	}
	s := &Sheet{Poll: strings.ToLower(rest[:ballot.IDBytes]), Secret: [SheetBytes]byte(secret)}
	if !opaque(s.Poll) || !hmac.Equal(s.mac(), secret[SheetBytes:]) || s.Text() != text {
		return nil, ErrSheet
	}
	return s, nil
}

// derive gives 32 bytes that follow from the secret.
func (s *Sheet) derive(domain, context string) []byte {
	out, err := hkdf.Key(sha256.New, s.Secret[:], []byte(s.Poll), domain+context, sha256.Size)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return out
}

func (s *Sheet) key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(s.derive(domainSheetKey, "")) }

func (s *Sheet) public() ed25519.PublicKey { return chain.Public(s.key()) }

// Credential is what is on the sheet, of the voter whom it is given. It goes to the registrar as every other does.
func (s *Sheet) Credential(voter string) (*Credential, error) {
	if !opaque(voter) {
		return nil, fmt.Errorf("read sheet: %w", ErrMalformed)
	}
	return &Credential{
		Poll: s.Poll, Voter: voter, Salt: [SaltBytes]byte(s.derive(domainSheetSalt, "")), Key: s.key(),
		Channel: votingv1.Channel_CHANNEL_PAPER,
	}, nil
}

// Register is what an officer puts on the record of it, once the registrar's receipt is checked.
func (s *Sheet) Register(voter string, registrar ed25519.PublicKey, receipt []byte) (*votingv1.SheetRegistration, error) {
	c, err := s.Credential(voter)
	if err != nil {
		return nil, err
	}
	own, err := c.Register(registrar, receipt)
	if err != nil {
		return nil, err
	}
	return &votingv1.SheetRegistration{Voter: voter, Commitment: own.GetCommitment(), Receipt: receipt}, nil
}

// ballot encrypts what is marked on the sheet. Of two choices nothing random is the same, so that one tells nothing of the other.
func (s *Sheet) ballot(p *Poll, choice *votingv1.Choice) ([]byte, error) {
	if p.ID != s.Poll {
		return nil, fmt.Errorf("enter sheet: %w", ErrMalformed)
	}
	selections, err := p.Selections(choice)
	if err != nil {
		return nil, err
	}
	context := ""
	for _, n := range selections {
		context = string(binary.BigEndian.AppendUint64([]byte(context), uint64(n)))
	}
	random := &sheetRandom{key: s.derive(domainSheetRandom, context)}
	raw, _, err := p.Election.Encrypt(random, voter(s.public(), 0), selections)
	return raw, err
}

// Enter is the first operator's entry of what they read.
func (s *Sheet) Enter(p *Poll, operator string, choice *votingv1.Choice) (*votingv1.EnterSecretPaper, error) {
	raw, err := s.ballot(p, choice)
	if err != nil {
		return nil, err
	}
	sealed := ballot.SealMark(operator, poll.SheetMark(raw))
	return &votingv1.EnterSecretPaper{
		Poll: s.Poll, Key: s.public(), SealedMark: sealed[:],
		Proof: ed25519.Sign(s.key(), poll.SheetEntryInput(s.Poll, operator, sealed[:])),
	}, nil
}

// Reenter is the second operator's entry, or the third's.
func (s *Sheet) Reenter(p *Poll, operator string, choice *votingv1.Choice) (*votingv1.ReenterSecretPaper, error) {
	raw, err := s.ballot(p, choice)
	if err != nil {
		return nil, err
	}
	return &votingv1.ReenterSecretPaper{
		Poll: s.Poll, Key: s.public(), Ballot: raw,
		Proof: ed25519.Sign(s.key(), poll.SheetEntryInput(s.Poll, operator, poll.SheetMark(raw))),
	}, nil
}

// Compare is what an auditor says who has read the sheet: whether from it follows the ballot that counts, which the record holds.
func (s *Sheet) Compare(
	p *Poll, auditor string, choice *votingv1.Choice, counts *votingv1.SecretBallotCast,
) (*votingv1.CompareSecretPaper, error) {
	raw, err := s.ballot(p, choice)
	if err != nil {
		return nil, err
	}
	made := &votingv1.SecretBallotCast{Key: s.public(), Ballot: raw}
	if !proto.Equal(made, counts) {
		return &votingv1.CompareSecretPaper{Poll: s.Poll, Key: counts.GetKey(), Differs: true}, nil
	}
	proof := ed25519.Sign(s.key(), poll.SheetAuditInput(s.Poll, auditor, poll.SheetMark(raw)))
	return &votingv1.CompareSecretPaper{Poll: s.Poll, Key: s.public(), Proof: proof}, nil
}

// sheetRandom is where a sheet's ballot has its random numbers from: block n is HMAC-SHA-512 of n under the key, from 0.
type sheetRandom struct {
	key  []byte
	next uint64
	rest []byte
}

// Read fills a slice, and never fails.
func (r *sheetRandom) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		if len(r.rest) == 0 {
			h := hmac.New(sha512.New, r.key)
			h.Write(binary.BigEndian.AppendUint64(nil, r.next)) // never fails
			r.rest, r.next = h.Sum(nil), r.next+1
		}
		took := copy(p[n:], r.rest)
		r.rest, n = r.rest[took:], n+took
	}
	return len(p), nil
}
