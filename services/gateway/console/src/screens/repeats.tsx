// What is done again and again in a case: a meal every day, a round every week. It is planned once; each visit at which the person was met
// keeps the one that is due, a time at which nobody came stands on the record, and the next is due all the same until somebody ends it.
import { useState } from "preact/hooks";
import { useRecord } from "../asking";
import type { Case } from "../models/cases";
import { remaining } from "../models/clock";
import { count } from "../models/money";
import { brief } from "../models/record";
import { foresee, momentOf, typedOf, type Repeat } from "../models/repeats";
import { Act } from "../parts/act";
import { Field } from "../parts/doing";
import { Due, useNow } from "../parts/due";
import { Time } from "../parts/show";
import { named, say as text, useWords } from "../words";

const day = 24 * 3600;
const everies = [day, 2 * day, 3 * day, 7 * day, 14 * day, 28 * day, 12 * 3600, 6 * 3600];

/** everyWords says how far apart rounds are. */
export const everyWords = (seconds: number): string =>
  everies.includes(seconds) ? named("every", seconds) : text("repeats.hours", { hours: count(Math.round(seconds / 3600)) });

interface Order {
  due: number;
  accepted?: boolean;
  ended?: boolean;
  delivered: number;
  quantity: number;
}

interface OrdersProps {
  community: string;
  one: Case;
  repeats: Repeat[];
  /** Whether the reader works on the case, or is an officer of its organisation. */
  worker: boolean;
  officer: boolean;
}

export function Orders({ community, one, repeats, worker, officer }: OrdersProps) {
  const say = useWords();
  const works = one.works ?? [];
  return (
    <>
      <h2>{say("repeats.orders")}</h2>
      {works.length === 0 && <p class="quiet">{say("repeats.no_orders")}</p>}
      <ul class="cards" id="orders">
        {works.map((w) => (
          <li key={w.order}>
            <h3>{say("repeats.order", { order: brief(w.order) })}</h3>
            <p>
              {say("repeats.brought", { delivered: count(w.delivered), quantity: count(w.quantity), unit: named("unit", one.unit) })}
              {w.ended ? ` · ${say("repeats.over")}` : ""}
            </p>
            <OneOrder
              community={community}
              id={w.order}
              left={w.quantity - w.delivered}
              unit={one.unit}
              repeat={repeats.find((r) => r.order === w.order)}
              plans={worker && !w.ended}
              tends={worker || officer}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

interface OneProps {
  community: string;
  id: string;
  left: number;
  unit: string;
  repeat?: Repeat;
  plans: boolean;
  tends: boolean;
}

function OneOrder({ community, id, left, unit, repeat, plans, tends }: OneProps) {
  const say = useWords();
  const now = useNow();
  const order = useRecord<Order>(community, `work-order/${id}`).value?.state;
  const stale = order && !order.ended && (!order.accepted || now >= order.due);
  return (
    <>
      {order && !order.ended && (
        <p class="quiet">
          {say(order.accepted ? "repeats.accepted" : "repeats.unanswered")} · {say("repeats.due")} <Time ms={order.due} />
        </p>
      )}
      {repeat && <Running of={repeat} unit={unit} />}
      {plans && !repeat && left > 0 && <Plan community={community} id={id} left={left} due={order?.due} />}
      {tends && repeat && <Tend community={community} of={repeat} />}
      {tends && stale && (
        <Act
          community={community}
          title={say("repeats.take_back")}
          order={() => ({ operation: "aid.answer_order", path: `work-orders/${id}/answer`, body: { order: id, accept: false } })}
        >
          <p class="quiet">{say("repeats.take_back_about")}</p>
        </Act>
      )}
    </>
  );
}

/** Running says how it goes. */
export function Running({ of, unit }: { of: Repeat; unit: string }) {
  const say = useWords();
  const now = useNow();
  const paused = (of.paused_until ?? 0) > now;
  return (
    <>
      <p>
        <strong>{everyWords(of.every_seconds)}</strong> · {count(of.quantity)} {named("unit", unit)} · {say("repeats.next")}{" "}
        <Due left={remaining(of.next, now)} at={of.next} />
      </p>
      {paused && (
        <p class="notice">
          {say("repeats.paused")} <Time ms={of.paused_until} />
        </p>
      )}
      <p class="quiet">{say("repeats.sums", { kept: of.kept, missed: of.missed, left: of.left })}</p>
      {!!of.in_row && <p class="bad">{say("repeats.in_row", { times: of.in_row })}</p>}
    </>
  );
}

/** Plan is filled in once. What the rules would refuse it says while it is filled in. */
function Plan({ community, id, left, due }: { community: string; id: string; left: number; due?: number }) {
  const say = useWords();
  const now = useNow();
  const [start] = useState(() => typedOf(Date.now() + day * 1000));
  const [typed, type] = useState({ first: start, every: String(day), grace: "2", quantity: "1" });
  const set = (name: keyof typeof typed) => (e: Event) => type({ ...typed, [name]: (e.currentTarget as HTMLInputElement).value });
  const plan = {
    first: momentOf(typed.first), everySeconds: Number(typed.every), graceSeconds: Number(typed.grace) * 3600, quantity: Number(typed.quantity),
  };
  const seen = foresee(plan, left, due, now);
  const field = (name: "first" | "grace" | "quantity", kind: "number" | "datetime-local", more: object) => (
    <Field id={`${name}-${id}`} label={named("repeat_field", name)}>
      <input id={`${name}-${id}`} name={name} type={kind} required value={typed[name]} onInput={set(name)} {...more} />
    </Field>
  );
  return (
    <Act
      community={community}
      title={say("repeats.plan")}
      label={say("repeats.plan_do")}
      order={() => ({
        operation: "aid.repeat_order",
        path: `work-orders/${id}/rounds`,
        body: {
          order: id, first: String(plan.first), everySeconds: plan.everySeconds, graceSeconds: plan.graceSeconds, quantity: String(plan.quantity),
        },
      })}
    >
      {field("first", "datetime-local", {})}
      <Field id={`every-${id}`} label={say("repeats.every")}>
        <select id={`every-${id}`} name="every" value={typed.every} onChange={set("every")}>
          {everies.map((s) => (
            <option key={s} value={s}>
              {everyWords(s)}
            </option>
          ))}
        </select>
      </Field>
      {field("quantity", "number", { min: 1, max: left })}
      {field("grace", "number", { min: 1, max: 72 })}
      <p class={seen.refused ? "bad" : "quiet"} role="status">
        {seen.refused ? named("unplanned", seen.refused) : <Foreseen rounds={seen.rounds} last={seen.last} />}
      </p>
    </Act>
  );
}

function Foreseen({ rounds, last }: { rounds: number; last: number }) {
  const say = useWords();
  return (
    <>
      {say("repeats.foreseen", { rounds })} <Time ms={last} />
    </>
  );
}

/** Tend pauses, goes on, or ends: by who works on the case. */
function Tend({ community, of }: { community: string; of: Repeat }) {
  const say = useWords();
  const now = useNow();
  const at = (way: string) => `work-orders/${of.order}/rounds/${way}`;
  return (
    <>
      {(of.paused_until ?? 0) > now && (
        <Act
          community={community}
          title={say("repeats.resume")}
          order={() => ({ operation: "aid.resume_rounds", path: at("resumption"), body: { order: of.order } })}
        />
      )}
      <Act
        community={community}
        title={say("repeats.pause")}
        order={(form) => ({
          operation: "aid.pause_rounds",
          path: at("pause"),
          body: { order: of.order, until: String(Date.now() + Number(form.get("days")) * day * 1000) },
        })}
      >
        <Field id={`pause-${of.order}`} label={say("repeats.pause_days")}>
          <input id={`pause-${of.order}`} name="days" type="number" min="1" max="61" required defaultValue="7" />
        </Field>
      </Act>
      <Act
        community={community}
        title={say("repeats.end")}
        order={() => ({ operation: "aid.end_rounds", path: at("end"), body: { order: of.order } })}
      >
        <p class="quiet">{say("repeats.end_about")}</p>
      </Act>
    </>
  );
}
