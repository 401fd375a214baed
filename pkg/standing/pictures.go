package standing

import (
	"encoding/hex"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// PicturesMax is how many photographs may stand beside the words of one thing that somebody says.
const PicturesMax = 3

// ErrPictures: more than anybody has to look at, or one twice.
var ErrPictures = fault.New(fault.Invalid, "pictures.too_many", "Three different pictures go with this at most.", "最多附三张不同的照片。")

// Picture is a reference to a photograph in the vault, as states show it.
type Picture struct {
	Ref         string `json:"ref"`
	LengthBytes uint32 `json:"length_bytes"`
	Commitment  string `json:"commitment"` // hex
}

// CheckPictures refuses references that nobody could follow, more than there may be, and one that is named twice or names the words
// themselves. What is behind them no rule sees.
func CheckPictures(words *communityv1.Text, pictures []*communityv1.Text) error {
	if len(pictures) > PicturesMax {
		return ErrPictures.WithInt("pictures_max", PicturesMax)
	}
	known := map[string]bool{words.GetRef(): true}
	for _, p := range pictures {
		if err := CheckText(p); err != nil {
			return err
		}
		if known[p.GetRef()] {
			return ErrPictures.WithInt("pictures_max", PicturesMax)
		}
		known[p.GetRef()] = true
	}
	return nil
}

// PicturesOf takes the references out of a fact.
func PicturesOf(pictures []*communityv1.Text) []Picture {
	var out []Picture
	for _, p := range pictures {
		out = append(out, Picture{Ref: p.GetRef(), LengthBytes: p.GetLengthBytes(), Commitment: hex.EncodeToString(p.GetCommitment())})
	}
	return out
}
