// What is on its way: which organisation takes it in and whether it has the room, what is late, and what has come. What waits for the
// reader is first. Where nobody has the room an alarm stands on the record until somebody has; the form says so before it is signed.
import { useState } from "preact/hooks";
import { type Asked, type Kept } from "../asking";
import { seal } from "../connection";
import { remaining } from "../models/clock";
import { count } from "../models/money";
import { brief, idOf } from "../models/record";
import * as supplies from "../models/supplies";
import { Act } from "../parts/act";
import type { Codes } from "../parts/codes";
import { Field } from "../parts/doing";
import { Due, useNow } from "../parts/due";
import { Amount, amountOf, CodeFields, Evidence, roomOf } from "../parts/goods";
import { Wait } from "../parts/show";
import { useOrgs } from "../standing";
import { named, useWords } from "../words";

interface ArrivalsProps {
  community: string;
  of: Asked<Kept<supplies.Arrival>[]>;
  stocks: Kept<supplies.Stock>[];
  capacities: Kept<supplies.Capacity>[];
  codes: Codes;
  me: supplies.Hand;
  member: string;
}

export function Arrivals(props: ArrivalsProps) {
  const say = useWords();
  return (
    <section aria-labelledby="arrivals">
      <h2 id="arrivals">{say("supplies.arrivals")}</h2>
      <Wait of={props.of}>
        {(all) => (
          <>
            {all.length === 0 && <p class="quiet">{say("supplies.no_arrivals")}</p>}
            <ul class="cards">
              {supplies.arrivalsOf(all, props.me, props.capacities).map((a) => (
                <li key={a.path}>
                  <One {...props} one={a} />
                </li>
              ))}
            </ul>
          </>
        )}
      </Wait>
      {props.me.officer && <Announce {...props} />}
    </section>
  );
}

function One({ one, ...props }: ArrivalsProps & { one: Kept<supplies.Arrival> & { duty: supplies.Duty } }) {
  const say = useWords();
  const now = useNow();
  const { nameOf } = useOrgs(props.community);
  const a = one.state;
  return (
    <>
      <h3>
        {named("category", a.load.category)} · {amountOf(a.load)}
      </h3>
      {one.duty && (
        <p>
          <span class="stage open">{named("duty", one.duty)}</span>
        </p>
      )}
      <p class="row">
        {a.received ? (
          say("supplies.came", { came: count(a.came), missing: count(a.missing) })
        ) : (
          <Due left={remaining(a.due, now)} at={a.due} />
        )}
      </p>
      <p class="quiet">
        {nameOf(a.org)} → {a.receiver ? nameOf(a.receiver) : say("supplies.nobody")}
      </p>
      {supplies.alarmsOf(a, supplies.unheld(a, props.capacities)).map((alarm) => (
        <p key={alarm} class="bad">
          {named("arrival_alarm", alarm)}
        </p>
      ))}
      {supplies.mayName(a, props.me) && <Name community={props.community} one={one} capacities={props.capacities} />}
      {!a.received && a.receiver && [props.me.officer, props.me.worker].includes(a.receiver) && (
        <TakeIn community={props.community} one={one} stocks={props.stocks} member={props.member} />
      )}
    </>
  );
}

/** Name lists only those that have the room: the rules refuse any other. */
function Name({ community, one, capacities }: { community: string; one: Kept<supplies.Arrival>; capacities: Kept<supplies.Capacity>[] }) {
  const say = useWords();
  const { nameOf } = useOrgs(community);
  const id = idOf(one.path);
  const able = supplies.takesIn(one.state, capacities);
  if (able.length === 0) return <p class="quiet">{say("supplies.nobody_able")}</p>;
  return (
    <Act
      community={community}
      title={say("supplies.name")}
      order={(form) => ({
        operation: "aid.name_receiver", path: `arrivals/${id}/receiver`, body: { arrival: id, org: String(form.get("org")) },
      })}
    >
      <Field id={`org-${id}`} label={say("supplies.receiver")}>
        <select id={`org-${id}`} name="org">
          {able.map((o) => (
            <option key={o.org} value={o.org}>
              {say("supplies.with_room", { org: nameOf(o.org), left: count(o.left) })}
            </option>
          ))}
        </select>
      </Field>
    </Act>
  );
}

interface TakeInProps {
  community: string;
  one: Kept<supplies.Arrival>;
  stocks: Kept<supplies.Stock>[];
  member: string;
}

/** TakeIn records what has come, and says beforehand that less than was announced raises an alarm. */
function TakeIn({ community, one, stocks, member }: TakeInProps) {
  const say = useWords();
  const [typed, type] = useState("");
  const id = idOf(one.path);
  const { load, receiver } = one.state;
  const fitting = stocks.filter((s) => s.state.org === receiver && s.state.category === load.category && s.state.unit === load.unit);
  const missing = load.quantity - Number(typed);
  return (
    <Act
      community={community}
      title={say("supplies.take_in")}
      onDone={() => type("")}
      order={async (form) => ({
        operation: "aid.receive_arrival",
        path: `arrivals/${id}/receipt`,
        body: {
          arrival: id,
          quantity: String(form.get("quantity")),
          evidence: await seal(community, member, String(form.get("evidence"))),
          stock: String(form.get("stock")),
        },
      })}
    >
      <Amount id={`came-${id}`} label={say("supplies.quantity")} hint={say("supplies.announced", { amount: amountOf(load) })} onType={type} />
      <p class="bad" role="status">
        {typed !== "" && missing > 0 && say("supplies.will_miss", { missing: count(missing) })}
      </p>
      <Field id={`stock-${id}`} label={say("supplies.into")}>
        <select id={`stock-${id}`} name="stock">
          <option value="">{say("supplies.no_stock")}</option>
          {fitting.map((s) => (
            <option key={s.path} value={idOf(s.path)}>
              {named("category", s.state.category)} · {brief(idOf(s.path))}
            </option>
          ))}
        </select>
      </Field>
      <Evidence id={`came-evidence-${id}`} />
    </Act>
  );
}

/** Announce tells of what comes. Whoever takes it in is named with the room they have; with too little, an alarm is what will follow. */
function Announce({ community, capacities, codes }: ArrivalsProps) {
  const say = useWords();
  const { all: orgs } = useOrgs(community);
  const [thing, pick] = useState({ category: "", unit: "" });
  const [typed, type] = useState("");
  const [receiver, name] = useState("");
  const of = { category: thing.category || codes.categories[0], unit: thing.unit || codes.units[0] };
  const roomOfOrg = (org: string) => supplies.left(capacities.find((c) => idOf(c.path) === org)?.state, of);
  const able = orgs.filter((o) => roomOfOrg(o.id) > 0);
  const lacking = receiver ? Number(typed) > roomOfOrg(receiver) : true;
  return (
    <Act
      community={community}
      title={say("supplies.announce")}
      about={receiver}
      onDone={() => (name(""), type(""))}
      order={(form) => ({
        operation: "aid.announce_arrival",
        path: "arrivals",
        body: { load: roomOf(form), due: String(Date.now() + Number(form.get("hours")) * 3600_000), receiver: String(form.get("receiver")) },
      })}
    >
      <CodeFields of={codes} id="arrival" onPick={(n, value) => pick({ ...of, [n]: value })} />
      <Amount id="arrival-quantity" min={1} label={say("supplies.quantity")} onType={type} />
      <Field id="arrival-hours" label={say("supplies.hours")}>
        <input id="arrival-hours" name="hours" type="number" min="1" max="8760" required defaultValue="24" />
      </Field>
      <Field id="arrival-receiver" label={say("supplies.receiver")} hint={say("supplies.receiver_about")}>
        <select id="arrival-receiver" name="receiver" value={receiver} onChange={(e) => name(e.currentTarget.value)}>
          <option value="">{say("supplies.nobody")}</option>
          {able.map((o) => (
            <option key={o.id} value={o.id}>
              {say("supplies.with_room", { org: o.name, left: count(roomOfOrg(o.id)) })}
            </option>
          ))}
        </select>
      </Field>
      <p class="bad" role="status">
        {typed !== "" && lacking && say(receiver ? "supplies.will_lack" : "supplies.will_alarm")}
      </p>
    </Act>
  );
}
