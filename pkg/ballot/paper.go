package ballot

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Sizes and bounds of a paper.
const (
	SecretBytes = 16
	macBytes    = 8
	// EntriesMax is how often a paper may be entered: twice, and once more where the two differ.
	EntriesMax = 3
)

// paperPrefix begins the text in a paper's code. All of it is capitals, digits and two signs, which a QR code packs most densely.
const paperPrefix = "RENLIN-P1:"

const (
	domainPaperMAC  = "renlin/paper/code/1\n"
	domainPaperLast = "renlin/paper/proof/1\n"
	domainPaperStep = "renlin/paper/step/1\n"
	domainPaperMark = "renlin/paper/mark/1\n"
	domainPaperSeal = "renlin/paper/seal/1\n"
)

// ErrPaper says that a text is no paper's code, or was read wrongly.
var ErrPaper = errors.New("the text is no paper's code")

var paperEncoding = base32.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").WithPadding(base32.NoPadding)

// Paper is what the code on a printed ballot holds. Whoever knows the secret has seen the sheet: operators prove with it that they did,
// and the record holds only hashes of it.
type Paper struct {
	Poll   string
	Voter  string
	Secret [SecretBytes]byte
}

// NewPaper makes a paper's secret.
func NewPaper(rand io.Reader, poll, voter string) (*Paper, error) {
	p := &Paper{Poll: poll, Voter: voter}
	if !paperID(poll) || !paperID(voter) {
		return nil, errors.New("make paper: an id is malformed")
	}
	if _, err := io.ReadFull(rand, p.Secret[:]); err != nil {
		return nil, fmt.Errorf("make paper: %w", err)
	}
	return p, nil
}

// paperID tells whether an id has the form of all ids, which stands in the code as it is, in capitals.
func paperID(id string) bool {
	return len(id) == IDBytes && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// Text gives what the code on the sheet says.
func (p *Paper) Text() string {
	secret := append(bytes.Clone(p.Secret[:]), p.mac()...)
	return paperPrefix + strings.ToUpper(p.Poll+p.Voter) + paperEncoding.EncodeToString(secret)
}

// mac ties poll and voter to the secret, so that a code that was read wrongly or changed by hand is found before anything is sent. That
// the sheet was issued at all only the record can say.
func (p *Paper) mac() []byte {
	h := hmac.New(sha256.New, p.Secret[:])
	h.Write([]byte(domainPaperMAC + p.Poll + p.Voter)) // never fails
	return h.Sum(nil)[:macBytes]
}

// ParsePaper reads a paper's code.
func ParsePaper(text string) (*Paper, error) {
	rest, ok := strings.CutPrefix(text, paperPrefix)
	if !ok || len(rest) < 2*IDBytes {
		return nil, ErrPaper
	}
	secret, err := paperEncoding.DecodeString(rest[2*IDBytes:])
	if err != nil || len(secret) != SecretBytes+macBytes {
		return nil, ErrPaper
	}
	p := &Paper{
		Poll: strings.ToLower(rest[:IDBytes]), Voter: strings.ToLower(rest[IDBytes : 2*IDBytes]), Secret: [SecretBytes]byte(secret),
	}
	if !paperID(p.Poll) || !paperID(p.Voter) || !hmac.Equal(p.mac(), secret[SecretBytes:]) || p.Text() != text {
		return nil, ErrPaper
	}
	return p, nil
}

// Proof is what the n-th entry of the paper shows, from 1 to EntriesMax. Each is the hash of the next, and Commitment the hash of the
// first, so what one entry shows does not help with the next to who has not read the sheet.
func (p *Paper) Proof(n int) [sha256.Size]byte {
	if n < 0 || n > EntriesMax {
		panic("a paper is entered three times at most")
	}
	h := sha256.New()
	h.Write([]byte(domainPaperLast + p.Poll + p.Voter))
	h.Write(p.Secret[:])
	proof := [sha256.Size]byte(h.Sum(nil))
	for range EntriesMax - n {
		proof = StepProof(proof[:])
	}
	return proof
}

// Commitment is what the record holds of the paper when it is issued.
func (p *Paper) Commitment() [sha256.Size]byte { return p.Proof(0) }

// StepProof gives the proof of the entry before, or the commitment.
func StepProof(proof []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(domainPaperStep), proof...))
}

// PaperID names a paper by its commitment.
func PaperID(commitment []byte) string {
	sum := sha256.Sum256(commitment)
	return chain.ShortID(sum[:])
}

// Mark is what two operators get alike who read the same choice off the same sheet, and nobody can guess who has not seen it. Options
// stand ascending where their order means nothing.
func (p *Paper) Mark(choice *votingv1.Choice) [sha256.Size]byte {
	b := []byte(domainPaperMark + p.Poll + p.Voter)
	b = append(b, p.Secret[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(choice.GetOptions())))
	for _, o := range choice.GetOptions() {
		b = binary.BigEndian.AppendUint32(b, o)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(choice.GetPoints())))
	for _, n := range choice.GetPoints() {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return sha256.Sum256(b)
}

// SealMark hides a mark until another operator says the same: only who read the sheet too can find that it is the same.
func SealMark(operator string, mark []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(domainPaperSeal+operator), mark...))
}
