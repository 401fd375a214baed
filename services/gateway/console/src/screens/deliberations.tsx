// Deliberations: when and why each was convened, what was said and how it was taken, and its close with minutes and a motion by a convener.
import { idOf, useRecord, useRecords, type Kept } from "../asking";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { MotionFields, motionOf } from "../parts/motion";
import { Figures, Id, Pages, Stage, Time, Wait } from "../parts/show";
import { SealedWords } from "../parts/words";
import { to } from "../place";
import type { Deliberation, Statement, Topic } from "../records";
import type { ViewProps } from "../screens";
import { Role, useStanding } from "../standing";
import { titleOf, useRules } from "../told";
import { useWords } from "../words";

export function Deliberations({ community }: ViewProps) {
  const say = useWords();
  const rules = useRules(community);
  const list = useRecords<Deliberation>(community, "deliberation", 100);
  return (
    <Wait of={list}>
      {(all) => (
        <>
          {all.length === 0 && <p class="quiet">{say("deliberations.none")}</p>}
          <ul class="cards">
            {all.map((d) => (
              <li key={d.path}>
                <h2>
                  <a href={to(community, "deliberations", idOf(d))}>
                    {titleOf(
                      rules.value?.matters.find((m) => m.code === d.state.matter),
                      d.state.matter,
                    )}{" "}
                    · {say("deliberations.round", { round: d.state.round })}
                  </a>
                </h2>
                <p>
                  <Stage prefix="deliberation" of={d.state.overdue ? "overdue" : d.state.state} />
                </p>
                <p class="quiet">
                  {say("deliberations.convened")} <Time ms={d.state.convened_at} /> · {say("today.until")} <Time ms={d.state.closes_at} />
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

export function DeliberationView({ community, params }: ViewProps) {
  const say = useWords();
  const id = params.deliberation;
  const record = useRecord<Deliberation>(community, `deliberation/${id}`);
  const { roles } = useStanding(community);
  return (
    <Wait of={record}>
      {({ state: d }) => (
        <>
          <p>
            <Stage prefix="deliberation" of={d.overdue ? "overdue" : d.state} />
          </p>
          <p>{say("today.notice", { people: d.notice_recipients, supporters: d.supporters, threshold: d.threshold })}</p>
          <Figures
            of={[
              ["deliberations.convened", <Time ms={d.convened_at} />],
              ["deliberations.noticed", <Time ms={d.notice_at} />],
              ["today.until", <Time ms={d.closes_at} />],
              ["deliberations.active", d.active_members],
            ]}
          />
          <h2>{say("topics.title")}</h2>
          <ul class="cards">
            {(d.topics ?? []).map((t) => (
              <TopicOf key={t} community={community} id={t} />
            ))}
          </ul>
          <h2>{say("deliberations.statements")}</h2>
          <Statements community={community} id={id} />
          {d.minutes && (
            <>
              <h2>{say("deliberations.minutes")}</h2>
              <p class="words">{d.minutes}</p>
            </>
          )}
          {d.motion && (
            <p>
              <a href={to(community, "motions", d.motion)}>{say("deliberations.to_motion")}</a>
            </p>
          )}
          {d.state === "open" && roles.has(Role.Convener) && <Close community={community} id={id} />}
        </>
      )}
    </Wait>
  );
}

function TopicOf({ community, id }: { community: string; id: string }) {
  const record = useRecord<Topic>(community, `topic/${id}`);
  return (
    <li>
      <h3>
        <Id of={id} />
      </h3>
      <Wait of={record}>
        {({ state: t, path }) => (
          <SealedWords community={community} text={t.text} subject={t.author} namedBy={path} purpose="PURPOSE_DELIBERATION" />
        )}
      </Wait>
    </li>
  );
}

function Statements({ community, id }: { community: string; id: string }) {
  const say = useWords();
  const list = useRecords<Statement>(community, `deliberation/${id}/statement`, 100);
  return (
    <Wait of={list}>
      {(all) => (
        <>
          {all.length === 0 && <p class="quiet">{say("deliberations.no_statements")}</p>}
          <ul class="cards">
            {all.map((s) => (
              <StatementView key={s.path} community={community} of={s} />
            ))}
          </ul>
          <Pages of={list} />
        </>
      )}
    </Wait>
  );
}

function StatementView({ community, of }: { community: string; of: Kept<Statement> }) {
  const say = useWords();
  const reactions = useRecords<{ attitude: string }>(community, `${of.path}/reaction`, 1000);
  const count = (attitude: string) => (reactions.value ?? []).filter((r) => r.state.attitude === attitude).length;
  return (
    <li>
      <SealedWords
        community={community}
        text={of.state.text}
        subject={of.state.author}
        namedBy={of.path}
        purpose="PURPOSE_DELIBERATION"
      />
      <p class="quiet">
        {say("deliberations.reactions", { agree: count("agree"), disagree: count("disagree"), pass: count("pass") })} ·{" "}
        <Time ms={of.state.submitted_at} />
      </p>
    </li>
  );
}

function Close({ community, id }: { community: string; id: string }) {
  const say = useWords();
  const doing = useDoing(community);
  const order = (form: FormData) => ({
    operation: "proposal.close",
    path: `deliberations/${id}/closing`,
    body: { deliberation: id, minutes: String(form.get("minutes")), motion: motionOf(form) },
  });
  return (
    <>
      <h2>{say("deliberations.close")}</h2>
      <p>{say("deliberations.close_text")}</p>
      <CommandForm doing={doing} label={say("deliberations.close_do")} order={order}>
        <Field id="minutes" label={say("deliberations.minutes")}>
          <textarea id="minutes" name="minutes" rows={5} required maxLength={6000} />
        </Field>
        <MotionFields />
      </CommandForm>
    </>
  );
}
