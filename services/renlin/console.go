package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// consoleInvite is the file, in the data directory, with the link by which a browser becomes an officer's device.
const consoleInvite = "console-invite.txt"

// inviteToConsole makes a further officer of the example's committee, who convenes, and writes down the link to the console by which a
// browser becomes their device. The code stands behind the # of the link, so that it is never sent; it is good once.
func inviteToConsole(ctx context.Context, x *neighbourhood.Example, address, data string) error {
	member := client.NewID()
	if _, err := x.First.Do(ctx, "community.admit_member", "members", &communityv1.AdmitMember{Member: member}); err != nil {
		return fmt.Errorf("admit who works with the console: %w", err)
	}
	code := standing.NewCode(rand.Reader)
	key, err := standing.CodeKey(x.Genesis, member, code)
	if err != nil {
		return err
	}
	invite := &communityv1.InviteMembers{Invites: []*communityv1.Invite{
		{Member: member, CodeKey: key.Public().(ed25519.PublicKey)},
	}}
	if _, err := x.Second.Do(ctx, "community.invite_members", "invites", invite); err != nil {
		return fmt.Errorf("invite who works with the console: %w", err)
	}
	for _, role := range []communityv1.Role{communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_CONVENER} {
		granted := &communityv1.GrantRole{Member: member, Role: role, Org: x.First.Org}
		if _, err := x.First.Do(ctx, "community.grant_role", "members/"+member+"/roles", granted); err != nil {
			return fmt.Errorf("give %s to who works with the console: %w", role, err)
		}
	}
	link := fmt.Sprintf("%s/console/#invite=%s.%s.%s\n", address, x.Community, member, code)
	return os.WriteFile(filepath.Join(data, consoleInvite), []byte(link), 0o600)
}

// tellOfConsole says how to sign in to the console, and never the code itself: what is said here may be kept in a log.
func tellOfConsole(data, address string, say func(string, ...any)) {
	say("console: %s/console/", address)
	if _, err := os.Stat(filepath.Join(data, consoleInvite)); err == nil {
		say("  to sign in as an officer open the link in %s, once; or choose the file %s on that page",
			filepath.Join(data, consoleInvite), filepath.Join(data, "example.json"))
	}
}
