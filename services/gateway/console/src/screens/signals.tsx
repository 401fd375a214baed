// What somebody has to look at before there is a case or a need: alerts of devices and carers, with their clock, and what the record
// suggests that somebody may need. Whoever looks says what they found; a visit or an emergency opens a case by itself.
import { useRecord, useRecords, type Kept } from "../asking";
import { seal } from "../connection";
import { remaining } from "../models/clock";
import { count } from "../models/money";
import { brief, idOf } from "../models/record";
import { alertsOf, suggestionsOf, type Alert, type Suggestion } from "../models/signals";
import { useCodes } from "../parts/codes";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { Due, useNow } from "../parts/due";
import { Figures, Pages, Time, Wait } from "../parts/show";
import { to } from "../place";
import type { ViewProps } from "../screens";
import { bothOf, named, useWords } from "../words";

export function Signals({ community }: ViewProps) {
  const say = useWords();
  return (
    <>
      <p class="quiet">{say("signals.about")}</p>
      <Alerts community={community} />
      <Suggestions community={community} />
    </>
  );
}

function Alerts({ community }: { community: string }) {
  const say = useWords();
  const now = useNow();
  const records = useRecords<Alert>(community, "alert");
  const { categories } = useCodes(community);
  return (
    <section aria-labelledby="alerts">
      <h2 id="alerts">{say("alerts.title")}</h2>
      <Wait of={records}>
        {(all) => {
          const { open, looked } = alertsOf(all);
          return (
            <>
              <Figures
                of={[
                  ["alerts.open", count(open.length)],
                  ["alerts.late", count(open.filter((a) => a.state.missed || a.state.triage_by <= now).length)],
                  ["alerts.looked", count(looked.length)],
                ]}
              />
              {open.length === 0 && <p class="quiet">{say("alerts.none")}</p>}
              <ul class="cards">
                {open.map((a) => (
                  <li key={a.path}>
                    <AlertHead of={a} now={now} />
                    <Triage community={community} of={a} categories={categories} />
                  </li>
                ))}
                {looked.slice(0, 20).map((a) => (
                  <li key={a.path}>
                    <AlertHead of={a} now={now} />
                    <p>
                      <strong>{named("triage", a.state.outcome)}</strong>{" "}
                      {a.state.case && (
                        <a href={to(community, "cases", a.state.case)}>{say("alerts.case", { case: brief(a.state.case) })}</a>
                      )}
                    </p>
                  </li>
                ))}
              </ul>
              <Pages of={records} />
            </>
          );
        }}
      </Wait>
    </section>
  );
}

function AlertHead({ of, now }: { of: Kept<Alert>; now: number }) {
  const say = useWords();
  const a = of.state;
  return (
    <>
      <h3>
        {named("signal", a.kind)} · {brief(idOf(of.path))}
      </h3>
      <p class="row">
        <span class={a.level === 2 ? "bad" : "quiet"}>{named("level", a.level)}</span>
        <Time ms={a.raised_at} />
        {!a.outcome && <Due left={remaining(a.triage_by, now)} />}
        {!!a.repeats && <span class="quiet">{say("alerts.repeats", { times: a.repeats })}</span>}
      </p>
      {a.missed && <p class="bad">{say("alerts.missed")}</p>}
    </>
  );
}

const outcomes = ["TRIAGE_OUTCOME_REACHED", "TRIAGE_OUTCOME_FALSE_ALARM", "TRIAGE_OUTCOME_VISIT", "TRIAGE_OUTCOME_EMERGENCY"];

function Triage({ community, of, categories }: { community: string; of: Kept<Alert>; categories: string[] }) {
  const say = useWords();
  const doing = useDoing(community);
  const id = idOf(of.path);
  return (
    <CommandForm
      doing={doing}
      label={say("alerts.triage")}
      order={async (form) => {
        const outcome = String(form.get("outcome"));
        const visit = outcome === "TRIAGE_OUTCOME_VISIT" || outcome === "TRIAGE_OUTCOME_EMERGENCY";
        const opens = visit && { category: String(form.get("category")), urgency: "URGENCY_DANGER" };
        return {
          operation: "aid.triage",
          path: `alerts/${id}/triage`,
          body: { alert: id, outcome, text: await seal(community, of.state.beneficiary, String(form.get("text"))), ...opens },
        };
      }}
    >
      <Field id={`outcome-${id}`} label={say("alerts.outcome")}>
        <select id={`outcome-${id}`} name="outcome">
          {outcomes.map((o, i) => (
            <option key={o} value={o}>
              {named("triage", [2, 1, 3, 4][i])}
            </option>
          ))}
        </select>
      </Field>
      <Field id={`category-${id}`} label={say("alerts.category")} hint={say("alerts.category_hint")}>
        <select id={`category-${id}`} name="category" aria-describedby={`category-${id}-hint`}>
          {categories.map((c) => (
            <option key={c} value={c}>
              {named("category", c)}
            </option>
          ))}
        </select>
      </Field>
      <Field id={`text-${id}`} label={say("alerts.text")}>
        <textarea id={`text-${id}`} name="text" rows={2} required maxLength={2000} />
      </Field>
    </CommandForm>
  );
}

function Suggestions({ community }: { community: string }) {
  const say = useWords();
  const now = useNow();
  const records = useRecords<Suggestion>(community, "suggestion");
  return (
    <section aria-labelledby="suggestions">
      <h2 id="suggestions">{say("suggestions.title")}</h2>
      <p class="quiet">{say("suggestions.about")}</p>
      <Wait of={records}>
        {(all) => {
          const { open, closed } = suggestionsOf(all);
          return (
            <>
              {open.length === 0 && <p class="quiet">{say("suggestions.none", { closed: count(closed.length) })}</p>}
              <ul class="cards">
                {open.map((s) => (
                  <li key={s.path}>
                    <h3>
                      {named("sign", s.state.sign)} · {brief(s.state.file || s.state.member || "")}
                    </h3>
                    <p>
                      <Time ms={s.state.at} /> · <Due left={remaining(s.state.until, now)} />
                    </p>
                    <Accept community={community} id={idOf(s.path)} of={s.state} />
                    <Dismiss community={community} id={idOf(s.path)} />
                  </li>
                ))}
              </ul>
              <Pages of={records} />
            </>
          );
        }}
      </Wait>
    </section>
  );
}

interface Skills {
  book?: { matching?: { skills?: { code: string; title?: string }[] } };
}

/** Accept makes a need out of a suggestion: for whom it is, the suggestion says. */
function Accept({ community, id, of }: { community: string; id: string; of: Suggestion }) {
  const say = useWords();
  const doing = useDoing(community);
  const book = useRecord<Skills>(community, "rulebook/main");
  const place = (form: FormData, name: string) => Number(form.get(name) || 0);
  return (
    <details>
      <summary>{say("suggestions.accept")}</summary>
      <CommandForm
        doing={doing}
        label={say("suggestions.accept_do")}
        order={async (form) => ({
          operation: "matching.raise_need",
          path: "needs",
          body: {
            skill: String(form.get("skill")),
            quantity: String(form.get("quantity")),
            cell: { east: place(form, "east"), north: place(form, "north") },
            text: await seal(community, of.file || of.member || "", String(form.get("text"))),
            suggestion: id,
          },
        })}
      >
        <Field id={`skill-${id}`} label={say("suggestions.skill")}>
          <select id={`skill-${id}`} name="skill">
            {(book.value?.state.book?.matching?.skills ?? []).map((s) => (
              <option key={s.code} value={s.code}>
                {bothOf(s.title ?? s.code)}
              </option>
            ))}
          </select>
        </Field>
        <Field id={`quantity-${id}`} label={say("suggestions.quantity")}>
          <input id={`quantity-${id}`} name="quantity" type="number" min="1" max="1000" required value="1" />
        </Field>
        <Field id={`east-${id}`} label={say("suggestions.east")} hint={say("suggestions.square")}>
          <input id={`east-${id}`} name="east" type="number" value="0" aria-describedby={`east-${id}-hint`} />
        </Field>
        <Field id={`north-${id}`} label={say("suggestions.north")}>
          <input id={`north-${id}`} name="north" type="number" value="0" />
        </Field>
        <Field id={`words-${id}`} label={say("suggestions.text")}>
          <textarea id={`words-${id}`} name="text" rows={2} required maxLength={2000} />
        </Field>
      </CommandForm>
    </details>
  );
}

const reasons = ["DECLINED", "HELPED", "MISTAKEN", "CASE", "OTHER"];

function Dismiss({ community, id }: { community: string; id: string }) {
  const say = useWords();
  const doing = useDoing(community);
  return (
    <details>
      <summary>{say("suggestions.dismiss")}</summary>
      <CommandForm
        doing={doing}
        label={say("suggestions.dismiss_do")}
        order={(form) => ({
          operation: "matching.dismiss_suggestion",
          path: `suggestions/${id}/dismissal`,
          body: { suggestion: id, reason: String(form.get("reason")) },
        })}
      >
        <Field id={`reason-${id}`} label={say("suggestions.reason")}>
          <select id={`reason-${id}`} name="reason">
            {reasons.map((r, i) => (
              <option key={r} value={`DISMISSAL_${r}`}>
                {named("dismissal", i + 1)}
              </option>
            ))}
          </select>
        </Field>
      </CommandForm>
    </details>
  );
}
