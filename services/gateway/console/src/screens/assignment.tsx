// One assignment: why it is as it is, who was asked, who stood by, each change of hands with its cause, and what humans' choices cost. It
// can be taken back, for a reason, and what that costs stands on the record.
import { useCallback } from "preact/hooks";
import { useAsk, useRecord } from "../asking";
import { ofWork } from "../models/conflict";
import { served, type Assignment, type Candidate } from "../models/matching";
import { count } from "../models/money";
import { Conflict } from "../parts/conflict";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { Due, inWords, useEvery, useNow } from "../parts/due";
import { List } from "../parts/list";
import { Figures, Id, Stage, Time, Wait } from "../parts/show";
import { useSkills } from "../parts/skills";
import { way, Why } from "../parts/why";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { named, useWords } from "../words";

interface Kept extends Omit<Assignment, "assignment"> {
  overruled?: { provider: string; next?: string; more_metres: number; delay_millis: number };
  released_for?: number;
  reason?: number;
  unconfirmed?: boolean;
}

export function AssignmentScreen({ community, params }: ViewProps) {
  const record = useRecord<Kept>(community, `assignment/${params.assignment}`);
  const again = useCallback(record.again, [community, params.assignment]);
  useEvery(1000, again);
  return <Wait of={record}>{({ state }) => <Shown community={community} id={params.assignment} one={state} />}</Wait>;
}

function Shown({ community, id, one }: { community: string; id: string; one: Kept }) {
  const say = useWords();
  const now = useNow();
  const skillOf = useSkills(community);
  const s = served({ ...one, assignment: id }, now);
  return (
    <>
      <p class="row">
        <strong>
          {skillOf(one.skill)} × {count(one.quantity)}
        </strong>{" "}
        <Id of={id} /> <Stage prefix="assignment" of={one.state} />
      </p>
      <p>
        <Due left={s.left} />
      </p>
      {one.unconfirmed && <p class="notice bad">{say("assignment.unconfirmed")}</p>}
      {one.released_for ? (
        <p class="notice">
          {say("assignment.released")} {named("cause", one.released_for)}
        </p>
      ) : null}
      <Why community={community} assignment={id} />
      {one.preferred && <Preferred of={one.preferred} />}
      {one.overruled && <Cost of={one.overruled} reason={one.reason ?? 0} />}
      <Candidates community={community} all={one.candidates ?? []} />
      <h2>{say("assignment.switches")}</h2>
      <ol id="switches">
        {(one.switches ?? []).map((w) => (
          <li key={`${w.at} ${w.provider}`}>
            <Time ms={w.at} /> · <Id of={w.provider} /> · {named("cause", w.cause)}
          </li>
        ))}
      </ol>
      {["planned", "offered", "accepted", "underway"].includes(one.state) && (
        <Overrule community={community} id={id} candidates={one.candidates ?? []} />
      )}
    </>
  );
}

/** Preferred says that a person has chosen somebody else than the nearest, why, and what that cost. */
function Preferred({ of }: { of: NonNullable<Kept["preferred"]> }) {
  const say = useWords();
  return (
    <p class="notice">
      {say("assignment.preferred", { reason: named("reason", of.reason), metres: count(of.more_metres) })} <Id of={of.instead} />
      {of.more_window_cost ? say("assignment.more_window", { way: way(of.more_window_cost) }) : ""}
    </p>
  );
}

/** Cost says that a person took it back, why, who was next, and what that cost. */
function Cost({ of, reason }: { of: NonNullable<Kept["overruled"]>; reason: number }) {
  const say = useWords();
  const minutes = Math.round(of.delay_millis / 60_000);
  const span = inWords({ days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 });
  return (
    <>
      <h2>{say("assignment.overruled")}</h2>
      <p>
        {say("assignment.taken_from", { reason: named("reason", reason) })} <Id of={of.provider} />
        {of.next ? (
          <>
            {say("assignment.taken_to")} <Id of={of.next} />
          </>
        ) : (
          say("assignment.taken_none")
        )}
      </p>
      <Figures
        of={[
          ["assignment.more_metres", count(of.more_metres)],
          ["assignment.delay", span],
        ]}
      />
    </>
  );
}

function Candidates({ community, all }: { community: string; all: Candidate[] }) {
  const say = useWords();
  const orgs = useOrgs(community);
  return (
    <List
      caption={say("assignment.candidates")}
      rows={all}
      id={(c) => c.provider}
      empty={say("matching.none")}
      columns={[
        {
          head: say("assignment.candidates"),
          cell: (c) => (
            <>
              <Id of={c.provider} /> {c.org !== c.provider && orgs.nameOf(c.org)}
            </>
          ),
        },
        { head: say("assignment.part"), cell: (c) => <Stage prefix="part" of={c.part} /> },
        { head: say("cost.distance"), number: true, cell: (c) => count(c.distance_cost) },
        { head: say("cost.reliability"), number: true, cell: (c) => count(c.reliability_cost) },
        { head: say("cost.window"), number: true, cell: (c) => count(c.window_cost) },
      ]}
    />
  );
}

const reasons = ["UNSUITABLE", "CONFLICT_OF_INTEREST", "SAFETY", "BUSY", "ILL", "TOO_FAR", "OTHER"];
const numbers: Record<string, number> = { BUSY: 1, ILL: 2, TOO_FAR: 3, UNSUITABLE: 4, CONFLICT_OF_INTEREST: 5, SAFETY: 6, OTHER: 7 };

function Overrule({ community, id, candidates }: { community: string; id: string; candidates: Candidate[] }) {
  const say = useWords();
  const doing = useDoing(community);
  const me = useStanding(community);
  const mine = useAsk<{ providers: string[] | null }>(community, "matching/mine");
  if (!me.roles.has(Role.Officer) && !me.roles.has(Role.GridWorker)) return null;
  if (ofWork([me.orgOf(Role.Officer), me.orgOf(Role.GridWorker)].filter(Boolean), mine.value?.providers ?? [], candidates)) {
    return (
      <>
        <h2>{say("overrule.title")}</h2>
        <Conflict of="assignment.own_work" />
      </>
    );
  }
  return (
    <>
      <h2>{say("overrule.title")}</h2>
      <CommandForm
        doing={doing}
        label={say("overrule.do")}
        order={(form) => ({
          operation: "matching.overrule",
          path: `assignments/${id}/overruling`,
          body: { assignment: id, reason: `REASON_${String(form.get("reason"))}` },
        })}
      >
        <p>{say("overrule.about")}</p>
        <Field id="reason" label={say("overrule.reason")}>
          <select id="reason" name="reason">
            {reasons.map((r) => (
              <option key={r} value={r}>
                {named("reason", numbers[r])}
              </option>
            ))}
          </select>
        </Field>
      </CommandForm>
    </>
  );
}
