// One case: where it stands, its clocks, what can be done, and the file behind it, part by part. A part is opened only by pressing, and
// before that the screen says that the read will be on the record.
import { useAsk, useRecord } from "../asking";
import { seal } from "../connection";
import { committed, fieldsFor, stepsOf, type Case, type File, type Row, type Step } from "../models/cases";
import { remaining } from "../models/clock";
import { ofStep } from "../models/conflict";
import { count } from "../models/money";
import { Conflict, Unsure, useHouseholds, usePerson } from "../parts/conflict";
import { CommandForm, Field, useDoing, type Order } from "../parts/doing";
import { Due, useNow } from "../parts/due";
import { GuardedWords } from "../parts/sealed";
import { Figures, Id, Refused, Stage, Time, Wait } from "../parts/show";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { named, say as text, useWords } from "../words";
import { Orders } from "./repeats";

export function CaseScreen({ community, params }: ViewProps) {
  const record = useRecord<Case>(community, `aid-case/${params.case}`);
  return <Wait of={record}>{({ state }) => <Shown community={community} id={params.case} one={state} />}</Wait>;
}

function Shown({ community, id, one }: { community: string; id: string; one: Case }) {
  const say = useWords();
  const orgs = useOrgs(community);
  const unit = named("unit", one.unit);
  return (
    <>
      <p class="row">
        <strong>{named("category", one.category)}</strong> <Id of={id} /> <Stage prefix="case" of={one.state} />
        <span class={one.urgency === 1 ? "bad" : "quiet"}>{named("urgency", one.urgency)}</span>
      </p>
      <Figures
        of={[
          ["cases.asked", `${count(one.asked)} ${unit}`],
          ["cases.approved", `${count(one.approved)} ${unit}`],
          ["cases.delivered", `${count(one.delivered)} ${unit}`],
          ["cases.acknowledged", `${count(one.acknowledged)} ${unit}`],
        ]}
      />
      <dl class="facts">
        <dt>{say("case.org")}</dt>
        <dd>
          {one.org ? orgs.nameOf(one.org) : say("case.nobody")}
          {one.referred_to ? ` → ${orgs.nameOf(one.referred_to)}` : ""}
        </dd>
        <dt>{say("case.worker")}</dt>
        <dd>{one.worker ? <Id of={one.worker} /> : say("case.nobody")}</dd>
        <dt>{say("case.channel")}</dt>
        <dd>{named("channel", one.channel)}</dd>
      </dl>
      <Clocks one={one} />
      <Actions community={community} id={id} one={one} />
      <Carried community={community} id={id} one={one} />
      <h2>{say("case.said")}</h2>
      {(one.texts ?? []).length === 0 && <p class="quiet">{say("case.nothing_said")}</p>}
      <ol>
        {(one.texts ?? []).map((t, i) => (
          <li key={t.ref}>
            <GuardedWords
              community={community}
              text={t}
              subject={one.beneficiary}
              namedBy={`aid-case/${id}`}
              purpose="PURPOSE_AID"
              what={say("case.words", { number: i + 1 })}
            />
          </li>
        ))}
      </ol>
      <FileOf community={community} id={id} one={one} />
    </>
  );
}

/** Carried are the orders. How those go that repeat, the board tells, to each of the organisation. */
function Carried({ community, id, one }: { community: string; id: string; one: Case }) {
  const me = useStanding(community);
  const board = useAsk<{ cases: Row[] }>(community, me.roles.has(Role.Officer) || me.roles.has(Role.GridWorker) ? "aid-board" : "");
  return (
    <Orders
      community={community}
      one={one}
      repeats={board.value?.cases.find((c) => c.case === id)?.repeats ?? []}
      worker={one.worker === me.member}
      officer={!!one.org && me.orgOf(Role.Officer) === one.org}
    />
  );
}

function Clocks({ one }: { one: Case }) {
  const say = useWords();
  const now = useNow();
  const clocks: [number, number | undefined][] = [
    [1, one.answer_by],
    [2, one.resolve_by],
    [3, one.confirm_by],
    [4, one.decide_by],
  ];
  return (
    <>
      <h2>{say("case.clocks")}</h2>
      <ul class="plainlist">
        {clocks
          .filter(([, at]) => at)
          .map(([clock, at]) => (
            <li key={clock}>
              {named("clock", clock)}{" "}
              {(one.missed ?? []).some((m) => m.clock === clock && m.deadline === at) ? (
                <strong class="bad">
                  {say("case.missed")} · <Time ms={at} />
                </strong>
              ) : one.ended_at || (clock === 1 && one.state !== "requested") ? (
                <Time ms={at} />
              ) : (
                <Due left={remaining(at!, now)} at={at} />
              )}
            </li>
          ))}
      </ul>
      {(one.missed ?? []).length > 0 && <p class="quiet">{say("case.missed_about")}</p>}
    </>
  );
}

/** FileOf shows which parts of the person's file stand open to the reader, and opens one when asked. */
function FileOf({ community, id, one }: { community: string; id: string; one: Case }) {
  const say = useWords();
  const me = useStanding(community).member;
  const file = useRecord<File>(community, `beneficiary/${one.beneficiary}`);
  return (
    <>
      <h2>{say("case.file")}</h2>
      <p class="quiet">{say("case.file_about")}</p>
      {file.refusal ? (
        <>
          <Refused why={file.refusal} />
          <p class="quiet">{say("case.file_closed")}</p>
        </>
      ) : (
        <Wait of={file}>
          {({ state }) => (
            <ul class="plainlist" id="file">
              {fieldsFor(state, id, me).map((f) => (
                <li key={f.field} class="row">
                  <strong>{named("field", f.field)}</strong>
                  {f.access === "open" && f.text ? (
                    <GuardedWords
                      community={community}
                      text={f.text}
                      subject={one.beneficiary}
                      namedBy={`beneficiary/${one.beneficiary}`}
                      purpose="PURPOSE_AID"
                      what={named("field", f.field)}
                    />
                  ) : (
                    <span class="quiet">{say(f.access === "closed" ? "case.closed_field" : "case.empty_field")}</span>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Wait>
      )}
    </>
  );
}

/** What a form has to ask for besides its button. */
const asks: Record<Step, ("words" | "urgency" | "quantity" | "days" | "accept" | "upheld" | "org")[]> = {
  assign: [],
  assess: ["urgency", "words"],
  plan: ["words"],
  approve: ["quantity"],
  approve_anew: ["quantity"],
  refuse: ["words"],
  order: ["org", "quantity", "days"],
  refer: ["org", "words"],
  answer_referral: ["accept"],
  decide_appeal: ["upheld", "words"],
  close: [],
  reopen: ["words"],
};

const paths: Record<Step, string> = {
  assign: "assignment",
  assess: "assessment",
  plan: "plan",
  approve: "approval",
  approve_anew: "approval",
  refuse: "refusal",
  order: "work-orders",
  refer: "referral",
  answer_referral: "referral/answer",
  decide_appeal: "appeal/decision",
  close: "closing",
  reopen: "reopening",
};

const wordsAs: Partial<Record<Step, string>> = {
  assess: "findings",
  plan: "plan",
  refuse: "reason",
  refer: "reason",
  decide_appeal: "reason",
  reopen: "reason",
};

function Actions({ community, id, one }: { community: string; id: string; one: Case }) {
  const say = useWords();
  const me = useStanding(community);
  const officer = me.orgOf(Role.Officer);
  const steps = stepsOf(one, {
    member: me.member,
    officer: officer || undefined,
    orgs: [officer, me.orgOf(Role.GridWorker)].filter(Boolean),
  });
  const person = usePerson(community);
  const { households, whole } = useHouseholds(community);
  const file = useRecord<File>(community, `beneficiary/${one.beneficiary}`);
  const marks = new Map(steps.map((step) => [step, ofStep(step, person, one, file.value?.state, households)]));
  const free = steps.filter((step) => !marks.get(step));
  return (
    <>
      <h2>{say("case.do")}</h2>
      {steps.length === 0 && <p class="quiet">{say("case.nothing_to_do")}</p>}
      {[...new Set(marks.values())].map((why) => (
        <Conflict key={why} of={why} />
      ))}
      {free.length > 0 && file.refusal && <p class="quiet">{say("conflict.file_closed")}</p>}
      {free.length > 0 && <Unsure whole={whole} />}
      {free.map((step) => (
        <Action key={step} step={step} community={community} id={id} one={one} me={me.member} />
      ))}
    </>
  );
}

function Action({ step, community, id, one, me }: { step: Step; community: string; id: string; one: Case; me: string }) {
  const doing = useDoing(community);
  const order = async (form: FormData): Promise<Order> => {
    const body: Record<string, unknown> = { case: id };
    if (step === "assign") body.worker = me;
    for (const ask of asks[step]) {
      const given = String(form.get(ask) ?? "");
      if (ask === "words") body[wordsAs[step]!] = await seal(community, one.beneficiary, given);
      else if (ask === "days") body.due = String(Date.now() + Number(given) * 24 * 3600_000);
      else if (ask === "urgency" || ask === "quantity" || ask === "org") body[ask] = given;
      else body[ask] = given === "yes";
    }
    return { operation: `aid.${step === "approve_anew" ? "approve" : step}`, path: `aid-cases/${id}/${paths[step]}`, body };
  };
  const name = (ask: string) => `${step}-${ask}`;
  return (
    <CommandForm doing={doing} label={named("step", step)} order={order}>
      {asks[step].map((ask) => (
        <Field key={ask} id={name(ask)} label={named("ask", ask)} hint={hintOf(step, ask, one)}>
          {ask === "words" ? (
            <textarea id={name(ask)} name={ask} required maxLength={2000} rows={3} />
          ) : ask === "quantity" ? (
            <input
              id={name(ask)}
              name={ask}
              type="number"
              min={step === "approve_anew" ? committed(one) || 1 : 1}
              max={step === "order" ? one.approved - committed(one) : undefined}
              required
              defaultValue={String(step === "approve_anew" ? one.approved : step === "order" ? one.approved - committed(one) : one.asked)}
            />
          ) : ask === "days" ? (
            <input id={name(ask)} name={ask} type="number" min={1} max={365} required defaultValue="14" />
          ) : (
            <Choice community={community} id={name(ask)} of={ask} current={one.urgency} own={one.org} />
          )}
        </Field>
      ))}
    </CommandForm>
  );
}

/** hintOf says beforehand what the rules will hold a form to. */
function hintOf(step: Step, ask: string, one: Case): string | undefined {
  if (ask === "words") return text("case.words_hint");
  if (ask === "days") return text("case.days_hint");
  if (ask !== "quantity") return undefined;
  if (step === "approve_anew") return text("case.approve_anew_hint", { approved: count(one.approved), committed: count(committed(one)) });
  return step === "order" ? text("case.order_hint", { left: count(one.approved - committed(one)) }) : undefined;
}

const urgencies = ["URGENCY_DANGER", "URGENCY_UTILITY", "URGENCY_ORDINARY", "URGENCY_COMPLEX"];

interface ChoiceProps {
  community: string;
  id: string;
  of: string;
  current: number;
  own?: string;
}

function Choice({ community, id, of, current, own }: ChoiceProps) {
  const orgs = useOrgs(community);
  if (of === "org") {
    return (
      <select id={id} name={of} required>
        {orgs.all
          .filter((o) => o.id !== own)
          .map((o) => (
            <option key={o.id} value={o.id}>
              {o.name}
            </option>
          ))}
      </select>
    );
  }
  if (of === "urgency") {
    return (
      <select id={id} name={of}>
        {urgencies.map((u, i) => (
          <option key={u} value={u} selected={current === i + 1}>
            {named("urgency", i + 1)}
          </option>
        ))}
      </select>
    );
  }
  return (
    <select id={id} name={of}>
      <option value="yes">{text("yes")}</option>
      <option value="no">{text("not")}</option>
    </select>
  );
}
