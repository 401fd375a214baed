// Motions, from the vote to what was carried out. A guardian may stop one for a while, with a reason; an officer tells what has been done.
import { idOf, useRecord, useRecords } from "../asking";
import { seal } from "../connection";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { Figures, Id, Pages, Stage, Time, Wait } from "../parts/show";
import { SealedWords } from "../parts/words";
import { to } from "../place";
import type { Motion, Poll } from "../records";
import type { ViewProps } from "../screens";
import { Role, useStanding } from "../standing";
import { named, useWords } from "../words";

export function Motions({ community }: ViewProps) {
  const say = useWords();
  const list = useRecords<Motion>(community, "motion", 100);
  return (
    <Wait of={list}>
      {(all) => (
        <>
          {all.length === 0 && <p class="quiet">{say("motions.none")}</p>}
          <ul class="cards">
            {all.map((m) => (
              <li key={m.path}>
                <h2>
                  <a href={to(community, "motions", idOf(m))}>{m.state.question?.title}</a>
                </h2>
                <p>
                  <Stage prefix="motion" of={m.state.state} />
                </p>
                <p class="quiet">
                  <Time ms={m.state.put_at} />
                </p>
              </li>
            ))}
          </ul>
          <Pages of={list} />
        </>
      )}
    </Wait>
  );
}

export function MotionView({ community, params }: ViewProps) {
  const say = useWords();
  const id = params.motion;
  const record = useRecord<Motion>(community, `motion/${id}`);
  const { roles } = useStanding(community);
  return (
    <Wait of={record}>
      {({ state: m, path }) => (
        <>
          <h2>{m.question?.title}</h2>
          <p>
            <Stage prefix="motion" of={m.state} />
          </p>
          <p class="words">{m.question?.text}</p>
          <Figures
            of={[
              ["motions.put", <Time ms={m.put_at} />],
              ["motions.executes", <Time ms={m.executes_at} />],
              ["motions.expires", <Time ms={m.expires_at} />],
            ]}
          />
          <PollOf community={community} motion={id} />
          {m.veto && (
            <section aria-labelledby="veto">
              <h2 id="veto">{say("motions.veto")}</h2>
              <p>
                {say("motions.vetoed")} <Time ms={m.veto.vetoed_at} /> · {say("motions.lapses")} <Time ms={m.veto.lapses_at} />
              </p>
              <SealedWords
                community={community}
                text={m.veto.reason}
                subject={m.veto.guardian}
                namedBy={path}
                purpose="PURPOSE_DELIBERATION"
              />
            </section>
          )}
          {(m.reports ?? []).length > 0 && <h2>{say("motions.reports")}</h2>}
          <ul class="cards one">
            {(m.reports ?? []).map((r) => (
              <li key={r.reported_at}>
                <p>
                  <strong>{named("report", r.outcome)}</strong> · <Time ms={r.reported_at} /> · <Id of={r.by} />
                </p>
                <SealedWords community={community} text={r.evidence} subject={r.by} namedBy={path} purpose="PURPOSE_DELIBERATION" />
              </li>
            ))}
          </ul>
          {m.state === "in_force" && roles.has(Role.Officer) && <Report community={community} id={id} />}
          {m.state === "adopted" && roles.has(Role.Guardian) && <Veto community={community} id={id} />}
        </>
      )}
    </Wait>
  );
}

/** PollOf leads to the poll in which a motion stands; the motion itself learns of it only when it is decided. */
function PollOf({ community, motion }: { community: string; motion: string }) {
  const say = useWords();
  const polls = useRecords<Poll>(community, "poll", 1000);
  const found = (polls.value ?? []).find((p) => p.state.motion === motion);
  if (!found) return null;
  return (
    <p>
      <a href={to(community, "polls", idOf(found))}>{say("motions.to_poll")}</a>
    </p>
  );
}

function Report({ community, id }: { community: string; id: string }) {
  const say = useWords();
  const { member } = useStanding(community);
  const doing = useDoing(community);
  const order = async (form: FormData) => ({
    operation: "proposal.report",
    path: `motions/${id}/reports`,
    body: { motion: id, outcome: String(form.get("outcome")), evidence: await seal(community, member, String(form.get("evidence"))) },
  });
  return (
    <>
      <h2>{say("motions.report")}</h2>
      <CommandForm doing={doing} label={say("motions.report_do")} order={order}>
        <fieldset>
          <legend>{say("motions.outcome")}</legend>
          <label>
            <input type="radio" name="outcome" value="OUTCOME_DONE" required />
            {say("report.done")}
          </label>
          <label>
            <input type="radio" name="outcome" value="OUTCOME_FAILED" />
            {say("report.failed")}
          </label>
        </fieldset>
        <Field id="evidence" label={say("motions.evidence")}>
          <textarea id="evidence" name="evidence" rows={4} required maxLength={4000} />
        </Field>
      </CommandForm>
    </>
  );
}

function Veto({ community, id }: { community: string; id: string }) {
  const say = useWords();
  const { member } = useStanding(community);
  const doing = useDoing(community);
  const order = async (form: FormData) => ({
    operation: "proposal.veto",
    path: `motions/${id}/veto`,
    body: { motion: id, reason: await seal(community, member, String(form.get("reason"))) },
  });
  return (
    <>
      <h2>{say("motions.veto_title")}</h2>
      <p>{say("motions.veto_text")}</p>
      <CommandForm doing={doing} label={say("motions.veto_do")} order={order}>
        <Field id="reason" label={say("motions.reason")}>
          <textarea id="reason" name="reason" rows={4} required maxLength={4000} />
        </Field>
      </CommandForm>
    </>
  );
}
