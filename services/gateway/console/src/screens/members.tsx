// Members: who is one, in which roles, by whom admitted. Admitting, inviting and giving roles are three steps, and inviting is another
// organisation's than admitting: no one office makes members by itself.
import { useState } from "preact/hooks";
import { idOf, useRecord, useRecords } from "../asking";
import { outside, Refusal, seal } from "../connection";
import { newCode, newId, publicOf } from "../invite";
import { CommandForm, Field, Outcome, useDoing } from "../parts/doing";
import { Figures, Id, Pages, Stage, Table, Time, Wait } from "../parts/show";
import { SealedWords } from "../parts/words";
import { to } from "../place";
import type { Member } from "../records";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { named, say as sayNow, useWords } from "../words";

export function Members({ community }: ViewProps) {
  const say = useWords();
  const list = useRecords<Member>(community, "member", 50);
  const { nameOf } = useOrgs(community);
  const { roles } = useStanding(community);
  return (
    <>
      <Wait of={list}>
        {(all) => (
          <>
            <Table caption={say("members.title")} head={[say("members.member"), say("members.roles"), say("members.admitted_by")]}>
              {all.map((m) => (
                <tr key={m.path}>
                  <th scope="row">
                    <a href={to(community, "members", idOf(m))}>
                      <Id of={idOf(m)} />
                    </a>
                  </th>
                  <td>{m.state.revoked ? <Stage prefix="member" of="revoked" /> : <RolesOf of={m.state} nameOf={nameOf} />}</td>
                  <td>{nameOf(m.state.admitted_by)}</td>
                </tr>
              ))}
            </Table>
            <Pages of={list} />
          </>
        )}
      </Wait>
      {roles.has(Role.Officer) && <Admit community={community} />}
    </>
  );
}

function RolesOf({ of, nameOf }: { of: Member; nameOf(id: string): string }) {
  const all = Object.entries(of.roles ?? {});
  return <>{all.map(([role, org]) => named("role", role) + (org && `（${nameOf(org)}）`)).join("、") || named("role", 1)}</>;
}

function Admit({ community }: { community: string }) {
  const say = useWords();
  const doing = useDoing(community);
  const [member, setMember] = useState(newId);
  const order = async (form: FormData) => {
    const words = String(form.get("profile")).trim();
    const profile = words ? { profile: await seal(community, member, words) } : {};
    return { operation: "community.admit_member", path: "members", body: { member, ...profile } };
  };
  return (
    <>
      <h2>{say("members.admit")}</h2>
      <p>{say("members.admit_text")}</p>
      <CommandForm doing={doing} label={say("members.admit_do")} order={order} onDone={() => setMember(newId())}>
        <Field id="profile" label={say("members.profile")} hint={say("members.profile_hint")}>
          <textarea id="profile" name="profile" rows={3} maxLength={2000} aria-describedby="profile-hint" />
        </Field>
      </CommandForm>
    </>
  );
}

interface Invite {
  org: string;
  expires_at: number;
  used?: boolean;
}

export function MemberView({ community, params }: ViewProps) {
  const say = useWords();
  const id = params.member;
  const record = useRecord<Member>(community, `member/${id}`);
  const { roles, orgOf, member } = useStanding(community);
  const officer = roles.has(Role.Officer);
  const { nameOf } = useOrgs(community);
  const own = orgOf(Role.Officer);
  return (
    <Wait of={record}>
      {({ state: m }) => (
        <>
          <p class="mono">{id}</p>
          {m.revoked && (
            <p>
              <Stage prefix="member" of="revoked" />
            </p>
          )}
          <Figures
            of={[
              ["members.roles", <RolesOf of={m} nameOf={nameOf} />],
              ["members.admitted_by", nameOf(m.admitted_by)],
            ]}
          />
          {officer && m.profile && (
            <SealedWords
              community={community}
              text={{ ref: m.profile }}
              subject={id}
              namedBy={`member/${id}`}
              purpose="PURPOSE_SERVICE"
            />
          )}
          {officer && !m.revoked && (
            <>
              {m.admitted_by === own ? (
                <p class="notice">{say("members.invite_other")}</p>
              ) : (
                <Invitation community={community} member={id} />
              )}
              <Invited community={community} member={id} />
              <Roles community={community} member={id} of={m} org={own} />
              {id !== member && <Revoke community={community} member={id} />}
            </>
          )}
        </>
      )}
    </Wait>
  );
}

/** Invitation makes a code, puts its public half on the record, and shows it once for the paper. */
function Invitation({ community, member }: { community: string; member: string }) {
  const say = useWords();
  const doing = useDoing(community);
  const [code] = useState(newCode); // one and the same, however often it is pressed; shown when its public half is on the record
  const invite = () =>
    doing.run(async () => {
      const { genesis } = await outside(community);
      const invites = [{ member, codeKey: publicOf(genesis, member, code) }];
      return { operation: "community.invite_members", path: "invites", body: { invites } };
    });
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">{say("members.invite")}</h2>
      <p>{say("members.invite_text")}</p>
      {!doing.done && (
        <p>
          <button type="button" aria-disabled={doing.busy} onClick={invite}>
            {say("members.invite_do")}
          </button>
        </p>
      )}
      <Outcome of={doing} />
      {doing.done && (
        <div class="notice">
          <p>
            {say("enrol.code")}：<strong class="mono">{code}</strong>
          </p>
          <p class="quiet">
            {say("enrol.community")}：<span class="mono">{community}</span>
          </p>
          <p class="quiet">
            {say("enrol.member")}：<span class="mono">{member}</span>
          </p>
          <p class="quiet mono">{`${location.origin}/console/#invite=${community}.${member}.${code}`}</p>
          <p class="row">
            <button type="button" class="plain" onClick={() => print()}>
              {say("print")}
            </button>
          </p>
        </div>
      )}
    </section>
  );
}

function Invited({ community, member }: { community: string; member: string }) {
  const say = useWords();
  const record = useRecord<Invite>(community, `invite/${member}`);
  if (!record.value) return null; // nobody has invited them yet
  const i = record.value.state;
  return (
    <p class="quiet">
      {say(i.used ? "members.invite_used" : "members.invite_open")} · {say("members.invite_until")} <Time ms={i.expires_at} />
    </p>
  );
}

/** given are the roles that an officer may give here; the others come with other acts. */
const given = ["GRID_WORKER", "OFFICER", "CONVENER", "GUARDIAN", "AUDITOR"] as const;
const numbers: Record<(typeof given)[number], number> = { GRID_WORKER: 3, OFFICER: 4, CONVENER: 5, GUARDIAN: 6, AUDITOR: 7 };

function Roles({ community, member, of, org }: { community: string; member: string; of: Member; org: string }) {
  const say = useWords();
  const granting = useDoing(community);
  const withdrawing = useDoing(community);
  const held = Object.keys(of.roles ?? {}).map(Number);
  const order = (form: FormData) => {
    const role = String(form.get("role"));
    if (!role) throw new Refusal("client.no_role", sayNow("members.no_role"), true);
    return { operation: "community.grant_role", path: `members/${member}/roles`, body: { member, role: `ROLE_${role}`, org } };
  };
  const withdraw = (role: string) =>
    withdrawing.run(() => ({
      operation: "community.withdraw_role",
      path: `members/${member}/roles/withdrawal`,
      body: { member, role: `ROLE_${role}` },
    }));
  return (
    <section aria-labelledby="roles">
      <h2 id="roles">{say("members.roles")}</h2>
      <ul class="ways">
        {given
          .filter((r) => held.includes(numbers[r]))
          .map((r) => (
            <li key={r} class="row">
              {named("role", numbers[r])}
              <button type="button" class="plain" onClick={() => withdraw(r)}>
                {say("members.withdraw")}
              </button>
            </li>
          ))}
      </ul>
      <Outcome of={withdrawing} />
      <CommandForm doing={granting} label={say("members.grant_do")} order={order}>
        <Field id="role" label={say("members.grant")}>
          <select id="role" name="role">
            {given
              .filter((r) => !held.includes(numbers[r]))
              .map((r) => (
                <option key={r} value={r}>
                  {named("role", numbers[r])}
                </option>
              ))}
          </select>
        </Field>
      </CommandForm>
    </section>
  );
}

function Revoke({ community, member }: { community: string; member: string }) {
  const say = useWords();
  const doing = useDoing(community);
  const [sure, ask] = useState(false);
  const order = () => ({ operation: "community.revoke_member", path: `members/${member}/revocation`, body: { member } });
  return (
    <section aria-labelledby="revoke">
      <h2 id="revoke">{say("members.revoke")}</h2>
      <p>{say("members.revoke_text")}</p>
      <p class="row">
        {!sure && (
          <button type="button" class="plain" onClick={() => ask(true)}>
            {say("members.revoke_do")}
          </button>
        )}
        {sure && (
          <button type="button" class="grave" aria-disabled={doing.busy} onClick={() => doing.run(order)}>
            {say("members.revoke_sure")}
          </button>
        )}
        {sure && (
          <button type="button" class="plain" onClick={() => ask(false)}>
            {say("no")}
          </button>
        )}
      </p>
      <Outcome of={doing} />
    </section>
  );
}
