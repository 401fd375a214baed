package main

import (
	"bytes"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// registrationRows are about who registers the voters of secret polls, and how they come to their credentials.
func registrationRows() map[string]cell {
	again := func(w *accessWorld) proto.Message {
		return &communityv1.AppointRegistrar{Registrar: w.secrets.registrar}
	}
	register := func(voter func(who string) string, cosigners ...string) cell {
		return func(w *accessWorld, who string) deed {
			return deed{body: w.registration(w.polls["register"], voter(who)), cosigners: cosigners}
		}
	}
	contest := func(which string, voter func(who string) string) cell {
		return func(w *accessWorld, who string) deed {
			poll := w.polls[which]
			c := w.secrets.wallets[poll][voter(who)]
			if c == nil { // who has not registered can only make something up
				return deed{body: &votingv1.ContestRoster{
					Poll: poll, Voter: forge.ID(who), Key: forge.Public(who), Salt: bytes.Repeat([]byte{1}, 32),
				}}
			}
			return deed{body: c.Contest()}
		}
	}
	self, eve := func(who string) string { return who }, func(string) string { return "eve" }
	return map[string]cell{
		"community.appoint_registrar: alone": plain(again),
		"community.appoint_registrar: two orgs": func(w *accessWorld, who string) deed {
			return withOther(func(string) proto.Message { return again(w) })(w, who)
		},
		"community.appoint_registrar: two of one": plain(again, "abe"),
		"voting.register: one's own":              register(self),
		"voting.register: another's":              register(eve),
		"voting.register: and officer":            register(self, "abe"),
		"voting.list_credentials": plain(func(w *accessWorld) proto.Message {
			return w.secrets.lists[w.polls["list_credentials"]]
		}),
		"voting.contest_roster: one's own": contest("contest_roster", self),
		"voting.contest_roster: another's": contest("contest_roster", eve),
		"voting.contest_roster: as listed": contest("listed right", self),
	}
}

// secretRows are about ballots whose voters nobody knows, and about the opening of their sums.
func secretRows() map[string]cell {
	cast := func(w *accessWorld) proto.Message { return w.made(w.polls["cast_secret"], "eve", 0).Cast() }
	challenge := func(w *accessWorld) proto.Message {
		body, err := w.made(w.polls["cast_secret"], "eve", 0).Challenge()
		if err != nil {
			w.TB.Fatal(err)
		}
		return body
	}
	said := func(which string) cell {
		return func(w *accessWorld, who string) deed { return deed{body: w.word(who, "voting."+which, w.polls[which])} }
	}
	early := func(body func(poll string) proto.Message) cell {
		return plain(func(w *accessWorld) proto.Message { return body(w.polls["cast_secret"]) })
	}
	return map[string]cell{
		"voting.cast: in a secret poll": func(w *accessWorld, who string) deed {
			return deed{body: &votingv1.CastBallot{
				Poll: w.polls["cast_secret"], Voter: forge.ID(who), Box: w.ballot(w.polls["cast"], who),
			}}
		},
		"voting.cast_secret: by one's device":      plain(cast),
		"voting.cast_secret: by a credential":      byCredential(cast, false),
		"voting.cast_secret: and by a device":      byCredential(cast, true),
		"voting.challenge_ballot: by one's device": plain(challenge),
		"voting.challenge_ballot: by credential":   byCredential(challenge, false),
		"voting.challenge_ballot: and by a device": byCredential(challenge, true),
		"voting.publish_share: in a secret poll": plain(func(w *accessWorld) proto.Message {
			return &votingv1.PublishShare{Poll: w.polls["decrypt_totals"], Message: []byte{1}, Nonce: bytes.Repeat([]byte{1}, 32)}
		}),
		"voting.decrypt_totals: after the close": said("decrypt_totals"),
		"voting.blind_totals: after the close":   said("blind_totals"),
		"voting.prove_totals: after the close":   said("prove_totals"),
		"voting.decrypt_totals: before it": early(func(poll string) proto.Message {
			return &votingv1.DecryptTotals{Poll: poll, Message: []byte{1}}
		}),
		"voting.blind_totals: before it": early(func(poll string) proto.Message {
			return &votingv1.BlindTotals{Poll: poll, Messages: [][]byte{{1}}}
		}),
		"voting.prove_totals: before it": early(func(poll string) proto.Message {
			return &votingv1.ProveTotals{Poll: poll, Verdicts: [][]byte{{1}}}
		}),
	}
}

// byCredential is a cell that eve's credential signs, in whoever's hands it is, alone or with a device of theirs beside it.
func byCredential(body func(w *accessWorld) proto.Message, beside bool) cell {
	return func(w *accessWorld, who string) deed {
		c := deed{body: body(w), credential: w.secrets.wallets[w.polls["cast_secret"]]["eve"].Key}
		if beside {
			c.cosigners = []string{who}
		}
		return c
	}
}
