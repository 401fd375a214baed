// Invitations that have been made: for whom, by which organisation, until when, and whether they were used. The codes are nowhere here.
import { idOf, useRecords } from "../asking";
import { Id, Pages, Stage, Table, Time, Wait } from "../parts/show";
import { to } from "../place";
import type { ViewProps } from "../screens";
import { useOrgs } from "../standing";
import { useWords } from "../words";

interface Invite {
  org: string;
  expires_at: number;
  used?: boolean;
}

export function Invites({ community }: ViewProps) {
  const say = useWords();
  const list = useRecords<Invite>(community, "invite", 50);
  const { nameOf } = useOrgs(community);
  return (
    <Wait of={list}>
      {(all) => (
        <>
          <Table
            caption={say("invites.title")}
            head={[say("members.member"), say("invites.org"), say("members.invite_until"), say("invites.state")]}
          >
            {all.map((i) => (
              <tr key={i.path}>
                <th scope="row">
                  <a href={to(community, "members", idOf(i))}>
                    <Id of={idOf(i)} />
                  </a>
                </th>
                <td>{nameOf(i.state.org)}</td>
                <td>
                  <Time ms={i.state.expires_at} />
                </td>
                <td>
                  <Stage prefix="invite" of={i.state.used ? "used" : "open"} />
                </td>
              </tr>
            ))}
          </Table>
          <Pages of={list} />
        </>
      )}
    </Wait>
  );
}
