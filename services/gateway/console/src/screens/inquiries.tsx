// What an auditor looks into: whether the record holds, patterns of credits that go round between few, findings that credits be taken back,
// and who read whose sealed words.
import { useRecords, type Kept } from "../asking";
import { seal } from "../connection";
import { undecided } from "../models/indicators";
import { count } from "../models/money";
import { idOf } from "../models/record";
import type { Reading } from "../models/cases";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { Decide, Find } from "../parts/judging";
import { List } from "../parts/list";
import { Figures, Id, Pages, Stage, Time, Wait } from "../parts/show";
import type { ViewProps } from "../screens";
import { Role, useStanding } from "../standing";
import { named, useWords } from "../words";

interface Pattern {
  kind: string;
  members: string[] | null;
  minutes: number;
  flagged_at: number;
  finding?: string;
  assessed_at?: number;
}

interface Clawback {
  worker: string;
  counterparty: string;
  minutes: number;
  state: string;
  found_at: number;
  appeal_by: number;
  decide_by?: number;
  taken: number;
  owed: number;
}

export function Inquiries({ community }: ViewProps) {
  const say = useWords();
  const me = useStanding(community);
  return (
    <>
      <p class="quiet">{say("inquiries.about")}</p>
      <Log community={community} />
      <Patterns community={community} auditor={me.roles.has(Role.Auditor)} member={me.member} />
      <Clawbacks community={community} auditor={me.roles.has(Role.Auditor)} member={me.member} />
      {me.roles.has(Role.Officer) && <Reads community={community} />}
    </>
  );
}

/** Log links to what audit has found about the record itself, which everybody may see. */
function Log({ community }: { community: string }) {
  const say = useWords();
  return (
    <p>
      <a href={`/c/${community}/record`}>{say("inquiries.record")}</a>
    </p>
  );
}

function Patterns({ community, auditor, member }: { community: string; auditor: boolean; member: string }) {
  const say = useWords();
  const records = useRecords<Pattern>(community, "pattern");
  return (
    <>
      <h2>{say("patterns.title")}</h2>
      <Wait of={records}>
        {(all) => (
          <>
            <Figures
              of={[
                ["patterns.open", count(undecided(all).length)],
                ["patterns.all", count(all.length)],
              ]}
            />
            {all.length === 0 && <p class="quiet">{say("patterns.none")}</p>}
            <ul class="cards">
              {all.map((r) => (
                <li key={r.path}>
                  <h3>{named("pattern", r.state.kind)}</h3>
                  <p>{say("patterns.what", { people: r.state.members?.length ?? 0, minutes: count(r.state.minutes) })}</p>
                  <p class="quiet">
                    <Time ms={r.state.flagged_at} />
                  </p>
                  {r.state.finding ? (
                    <p>
                      <Stage prefix="finding" of={r.state.finding} /> <Time ms={r.state.assessed_at} />
                    </p>
                  ) : (
                    auditor && <Assess community={community} id={idOf(r.path)} member={member} />
                  )}
                </li>
              ))}
            </ul>
            <Pages of={records} />
          </>
        )}
      </Wait>
    </>
  );
}

function Assess({ community, id, member }: { community: string; id: string; member: string }) {
  const say = useWords();
  const doing = useDoing(community);
  return (
    <CommandForm
      doing={doing}
      label={say("patterns.assess")}
      order={async (form) => ({
        operation: "ledger.assess",
        path: `patterns/${id}/finding`,
        body: { pattern: id, finding: String(form.get("finding")), reason: await seal(community, member, String(form.get("reason"))) },
      })}
    >
      <Field id={`finding-${id}`} label={say("patterns.finding")}>
        <select id={`finding-${id}`} name="finding">
          <option value="FINDING_HARMLESS">{named("finding", "harmless")}</option>
          <option value="FINDING_DOUBTFUL">{named("finding", "doubtful")}</option>
        </select>
      </Field>
      <Field id={`reason-${id}`} label={say("patterns.reason")}>
        <textarea id={`reason-${id}`} name="reason" required maxLength={2000} rows={2} />
      </Field>
    </CommandForm>
  );
}

function Clawbacks({ community, auditor, member }: { community: string; auditor: boolean; member: string }) {
  const say = useWords();
  const records = useRecords<Clawback>(community, "clawback");
  return (
    <>
      <h2>{say("clawbacks.title")}</h2>
      <Wait of={records}>
        {(all) => (
          <List<Kept<Clawback>>
            caption={say("clawbacks.title")}
            rows={all}
            id={(r) => r.path}
            empty={say("clawbacks.none")}
            columns={[
              { head: say("clawbacks.work"), cell: (r) => <Id of={idOf(r.path)} /> },
              { head: say("clawbacks.minutes"), number: true, cell: (r) => count(r.state.minutes) },
              { head: say("clawbacks.state"), cell: (r) => <Stage prefix="clawback" of={r.state.state} /> },
              { head: say("clawbacks.until"), cell: (r) => <Time ms={r.state.decide_by || r.state.appeal_by} /> },
              { head: say("clawbacks.decide"), cell: (r) => <Decide community={community} member={member} of={r} /> },
            ]}
          />
        )}
      </Wait>
      {auditor && <Find community={community} member={member} />}
    </>
  );
}

/** Reads are who opened whose sealed words, and what for: the record keeps each. */
function Reads({ community }: { community: string }) {
  const say = useWords();
  const records = useRecords<Reading>(community, "reading", 100);
  return (
    <>
      <h2>{say("reads.title")}</h2>
      <p class="quiet">{say("reads.about")}</p>
      <Wait of={records}>
        {(all) => (
          <>
            <List<Kept<Reading>>
              caption={say("reads.title")}
              rows={[...all].sort((a, b) => b.state.read_at - a.state.read_at)}
              id={(r) => r.path}
              empty={say("reads.none")}
              columns={[
                { head: say("reads.when"), cell: (r) => <Time ms={r.state.read_at} /> },
                { head: say("reads.reader"), cell: (r) => <Id of={r.state.reader} /> },
                { head: say("reads.subject"), cell: (r) => <Id of={r.state.subject} /> },
                { head: say("reads.purpose"), cell: (r) => named("purpose", r.state.purpose) },
              ]}
            />
            <Pages of={records} />
          </>
        )}
      </Wait>
    </>
  );
}
