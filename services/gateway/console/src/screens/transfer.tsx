// One transfer: who proposed what, whose word it has, and the second hand. Whoever cannot be that hand is told why before they try.
import { useRecord, useRecords } from "../asking";
import { seal } from "../connection";
import { concerned, ofChecker, ofPayee } from "../models/conflict";
import { barred, nameOf, type Account, type Transfer } from "../models/ledger";
import { yuan } from "../models/money";
import { byId } from "../models/record";
import { Conflict, Unsure, useHouseholds, usePerson } from "../parts/conflict";
import { CommandForm, Field, useDoing, type Order } from "../parts/doing";
import { GuardedWords } from "../parts/sealed";
import { Figures, Id, Stage, Time, Wait } from "../parts/show";
import { to } from "../place";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding, type Standing } from "../standing";
import { named, useWords } from "../words";
import { Correction } from "./correction";
import { titleOf } from "./ledger";

export function TransferScreen({ community, params }: ViewProps) {
  const record = useRecord<Transfer>(community, `transfer/${params.transfer}`);
  const accounts = useRecords<Account>(community, "account", 1000);
  return (
    <Wait of={record}>
      {({ state }) => <Shown community={community} id={params.transfer} one={state} accounts={byId(accounts.value ?? [])} />}
    </Wait>
  );
}

function Shown({ community, id, one, accounts }: { community: string; id: string; one: Transfer; accounts: Map<string, Account> }) {
  const say = useWords();
  const orgs = useOrgs(community);
  const me = useStanding(community);
  const approvals = one.approvals ?? [];
  return (
    <>
      <p class="row">
        <Id of={id} /> <Stage prefix="transfer" of={one.state} />
        {one.emergency && <strong class="bad">{say("transfer.emergency")}</strong>}
        {one.corrects && (
          <span>
            {say("transfer.corrects")}{" "}
            <a href={to(community, "ledger", one.corrects)}>
              <Id of={one.corrects} />
            </a>
          </span>
        )}
      </p>
      <ul class="plainlist">
        {one.lines.map((l) => (
          <li key={l.from + l.to}>
            <strong class="amount">{yuan(l.amount)}</strong> {titleOf(nameOf(l.from, accounts))} → {titleOf(nameOf(l.to, accounts))}
            {l.posted > 0 && l.posted !== l.amount && (
              <span class="quiet"> · {say("transfer.posted_part", { amount: yuan(l.posted) })}</span>
            )}
            {l.corrected > 0 && <span class="quiet"> · {say("transfer.corrected", { amount: yuan(l.corrected) })}</span>}
          </li>
        ))}
      </ul>
      <Figures
        of={[
          ["transfer.hands", say("transfer.given", { given: approvals.length, needed: one.checkers })],
          ["transfer.proposed_at", <Time ms={one.proposed_at} />],
          [one.confirm_by ? "transfer.confirm_by" : "transfer.expires_at", <Time ms={one.confirm_by || one.expires_at} />],
        ]}
      />
      <h2>{say("transfer.hands")}</h2>
      <ol>
        <li>
          {say("transfer.maker")}
          {say("colon")}
          <Id of={one.proposed_by} /> · {orgs.nameOf(one.org)} · <Time ms={one.proposed_at} />
          <HandMark community={community} who={one.proposed_by} one={one} accounts={accounts} />
        </li>
        {approvals.map((a) => (
          <li key={a.by}>
            {say("transfer.checker")}
            {say("colon")}
            <Id of={a.by} /> · {orgs.nameOf(a.org)} · <Time ms={a.at} />
            <HandMark community={community} who={a.by} one={one} accounts={accounts} />
          </li>
        ))}
        {one.state === "held" && approvals.length < one.checkers && <li class="quiet">{say("transfer.awaited")}</li>}
      </ol>
      {one.missed && <p class="notice bad">{say("transfer.missed")}</p>}
      <h2>{say("transfer.purpose")}</h2>
      <GuardedWords
        community={community}
        text={one.purpose}
        subject={one.proposed_by}
        namedBy={`transfer/${id}`}
        purpose={me.roles.has(Role.Officer) ? "PURPOSE_SERVICE" : "PURPOSE_AUDIT"}
        what={say("transfer.purpose")}
      />
      <Hand community={community} id={id} one={one} me={me} accounts={accounts} />
      {me.roles.has(Role.Officer) && <Correction community={community} id={id} one={one} accounts={accounts} member={me.member} />}
    </>
  );
}

/** HandMark marks a hand that a conflict has come to since, or had: the rule asks about each again before it lets another word count. */
function HandMark({ community, who, one, accounts }: { community: string; who: string; one: Transfer; accounts: Map<string, Account> }) {
  const person = usePerson(community, who);
  const { households } = useHouseholds(community);
  return one.state === "held" ? <Conflict of={ofPayee(person, concerned(one, accounts), households)} /> : null;
}

interface HandProps {
  community: string;
  id: string;
  one: Transfer;
  me: Standing;
  accounts: Map<string, Account>;
}

function Hand({ community, id, one, me, accounts }: HandProps) {
  const say = useWords();
  const approving = useDoing(community);
  const ending = useDoing(community);
  const officer = me.orgOf(Role.Officer);
  const person = usePerson(community);
  const { households, whole } = useHouseholds(community);
  const open = barred(one, { member: me.member, officer: officer || undefined });
  const conflict = open && open !== "same_org" ? null : ofChecker(person, one, accounts, households);
  const why = conflict ? null : open;
  const approve = (): Order => ({ operation: "ledger.approve", path: `transfers/${id}/approvals`, body: { transfer: id } });
  const void_ = async (form: FormData): Promise<Order> => ({
    operation: "ledger.void",
    path: `transfers/${id}/voiding`,
    body: { transfer: id, reason: await seal(community, me.member, String(form.get("reason"))) },
  });
  const post = async (form: FormData): Promise<Order> => ({
    operation: "ledger.post",
    path: `transfers/${id}/posting`,
    body: {
      transfer: id,
      amounts: one.lines.map((l) => String(l.amount)),
      evidence: await seal(community, me.member, String(form.get("evidence"))),
    },
  });
  const held = one.state === "held";
  return (
    <>
      <h2>{say("transfer.your_hand")}</h2>
      {why && (
        <p class="notice" id="barred">
          {named("barred", why)}
        </p>
      )}
      <Conflict of={conflict} />
      {!why && !conflict && one.household && <p class="notice">{say("transfer.household")}</p>}
      {!why && !conflict && !one.household && (
        <CommandForm doing={approving} label={say("transfer.approve")} order={approve} done={say("transfer.approved")}>
          <p>{say("transfer.approve_about")}</p>
          <Unsure whole={whole} />
        </CommandForm>
      )}
      {held && officer && (one.approvals ?? []).length >= one.checkers && (
        <CommandForm doing={ending} label={say("transfer.post")} order={post}>
          <Field id="evidence" label={say("transfer.evidence")}>
            <textarea id="evidence" name="evidence" required maxLength={2000} rows={2} />
          </Field>
        </CommandForm>
      )}
      {held && officer && (
        <details>
          <summary>{say("transfer.void")}</summary>
          <CommandForm doing={ending} label={say("transfer.void_do")} order={void_}>
            <Field id="reason" label={say("transfer.reason")}>
              <textarea id="reason" name="reason" required maxLength={2000} rows={2} />
            </Field>
          </CommandForm>
        </details>
      )}
      {one.ended_at ? (
        <p>
          {named("transfer", one.state)} · <Time ms={one.ended_at} />
        </p>
      ) : null}
    </>
  );
}
