// Stocks, room and what is on its way: what each organisation has, as all members see it, and what an officer or a grid worker records
// of it. Help that arrives is met by a named organisation, which counts what has come.
import type { ComponentChildren } from "preact";
import { useRecords, type Kept } from "../asking";
import { seal } from "../connection";
import { remaining } from "../models/clock";
import { count } from "../models/money";
import { brief, idOf } from "../models/record";
import { arrivalsOf, free, short, stocksOf, taken, type Arrival, type Capacity, type Room, type Stock } from "../models/supplies";
import { useCodes, type Codes } from "../parts/codes";
import { CommandForm, Field, useDoing, type Order } from "../parts/doing";
import { Due, useNow } from "../parts/due";
import { List } from "../parts/list";
import { Figures, Wait } from "../parts/show";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { named, useWords } from "../words";

const roomOf = (form: FormData) => ({
  category: String(form.get("category")),
  unit: String(form.get("unit")),
  quantity: String(form.get("quantity")),
});

/** known counts, once there is something to count. */
const known = (all: unknown[] | undefined) => (all ? count(all.length) : "–");

const nobody = 1; // an alarm that is over once somebody takes it in

const amount = (r: Room) => `${count(r.quantity)} ${named("unit", r.unit)}`;

export function Supplies({ community }: ViewProps) {
  const say = useWords();
  const me = useStanding(community);
  const codes = useCodes(community);
  const stocks = useRecords<Stock>(community, "stock");
  const arrivals = useRecords<Arrival>(community, "arrival");
  const works = me.roles.has(Role.Officer) || me.roles.has(Role.GridWorker);
  return (
    <>
      <p class="quiet">{say("supplies.about")}</p>
      <Figures
        of={[
          ["supplies.stocks", known(stocks.value)],
          ["supplies.short", known(stocks.value && short(stocks.value))],
          ["supplies.coming", known(arrivals.value?.filter((a) => !a.state.received))],
        ]}
      />
      <Stocks community={community} of={stocks} works={works} codes={codes} member={me.member} />
      <Rooms community={community} officer={me.roles.has(Role.Officer)} codes={codes} />
      <Arrivals community={community} of={arrivals} stocks={stocks.value ?? []} codes={codes} />
    </>
  );
}

function CodeFields({ of, id }: { of: Codes; id: string }) {
  const say = useWords();
  const one = (name: "category" | "unit", all: string[], label: string) => (
    <Field id={`${id}-${name}`} label={label}>
      <select id={`${id}-${name}`} name={name}>
        {all.map((c) => (
          <option key={c} value={c}>
            {named(name, c)}
          </option>
        ))}
      </select>
    </Field>
  );
  return (
    <>
      {one("category", of.categories, say("supplies.category"))}
      {one("unit", of.units, say("supplies.unit"))}
    </>
  );
}

function Amount({ id, label }: { id: string; label: string }) {
  return (
    <Field id={id} label={label}>
      <input id={id} name="quantity" type="number" min="0" max="1000000000" required />
    </Field>
  );
}

interface StocksProps {
  community: string;
  of: ReturnType<typeof useRecords<Stock>>;
  works: boolean;
  codes: Codes;
  member: string;
}

function Stocks({ community, of, works, codes, member }: StocksProps) {
  const say = useWords();
  const { nameOf } = useOrgs(community);
  return (
    <section aria-labelledby="stocks">
      <h2 id="stocks">{say("supplies.stocks")}</h2>
      <Wait of={of}>
        {(all) => (
          <List<Kept<Stock>>
            caption={say("supplies.stocks")}
            rows={stocksOf(all)}
            id={(s) => s.path}
            empty={say("supplies.none")}
            columns={[
              { head: say("supplies.category"), cell: (s) => `${named("category", s.state.category)} · ${brief(idOf(s.path))}` },
              { head: say("supplies.org"), cell: (s) => nameOf(s.state.org) },
              { head: say("supplies.on_hand"), number: true, cell: (s) => amount({ ...s.state, quantity: s.state.on_hand }) },
              {
                head: say("supplies.free"),
                number: true,
                cell: (s) => (
                  <span class={free(s.state) <= 0 ? "bad" : undefined}>
                    {count(free(s.state))}
                    {free(s.state) <= 0 ? ` · ${say("supplies.is_short")}` : ""}
                  </span>
                ),
              },
              { head: say("supplies.move"), cell: (s) => works && <Move community={community} of={s} member={member} /> },
            ]}
          />
        )}
      </Wait>
      {works && (
        <Act
          community={community}
          title={say("supplies.open")}
          order={(form) => ({
            operation: "aid.open_stock", path: "stocks", body: { category: String(form.get("category")), unit: String(form.get("unit")) },
          })}
        >
          <CodeFields of={codes} id="stock" />
        </Act>
      )}
    </section>
  );
}

/** Act is a form that is opened when it is wanted. */
function Act(props: {
  community: string;
  title: string;
  order: (form: FormData) => Order | Promise<Order>;
  children: ComponentChildren;
}) {
  const doing = useDoing(props.community);
  return (
    <details>
      <summary>{props.title}</summary>
      <CommandForm doing={doing} label={props.title} order={props.order}>
        {props.children}
      </CommandForm>
    </details>
  );
}

/** Move records what came into a stock, or what a counting found. */
function Move({ community, of, member }: { community: string; of: Kept<Stock>; member: string }) {
  const say = useWords();
  const id = idOf(of.path);
  const quantity = (form: FormData) => String(form.get("quantity"));
  return (
    <>
      <Act
        community={community}
        title={say("supplies.receive")}
        order={(form) => ({
          operation: "aid.move_stock",
          path: `stocks/${id}/moves`,
          body: { stock: id, move: "STOCK_MOVE_RECEIVE", quantity: quantity(form) },
        })}
      >
        <Amount id={`receive-${id}`} label={say("supplies.quantity")} />
      </Act>
      <Act
        community={community}
        title={say("supplies.count")}
        order={async (form) => ({
          operation: "aid.count_stock",
          path: `stocks/${id}/counts`,
          body: { stock: id, quantity: quantity(form), evidence: await seal(community, member, String(form.get("evidence"))) },
        })}
      >
        <Amount id={`count-${id}`} label={say("supplies.counted")} />
        <Field id={`evidence-${id}`} label={say("supplies.evidence")}>
          <input id={`evidence-${id}`} name="evidence" required maxLength={500} />
        </Field>
      </Act>
    </>
  );
}

function Rooms({ community, officer, codes }: { community: string; officer: boolean; codes: Codes }) {
  const say = useWords();
  const { nameOf } = useOrgs(community);
  const records = useRecords<Capacity>(community, "capacity");
  const rows = (records.value ?? []).flatMap((c) =>
    (c.state.rooms ?? []).map((room) => ({ org: idOf(c.path), room, taken: taken(c.state, room) })),
  );
  return (
    <section aria-labelledby="rooms">
      <h2 id="rooms">{say("supplies.rooms")}</h2>
      <List
        caption={say("supplies.rooms")}
        rows={rows}
        id={(r) => r.org + r.room.category + r.room.unit}
        empty={say("supplies.no_rooms")}
        columns={[
          { head: say("supplies.org"), cell: (r) => nameOf(r.org) },
          { head: say("supplies.category"), cell: (r) => named("category", r.room.category) },
          { head: say("supplies.room"), number: true, cell: (r) => amount(r.room) },
          { head: say("supplies.taken"), number: true, cell: (r) => count(r.taken) },
        ]}
      />
      {officer && (
        <Act
          community={community}
          title={say("supplies.declare")}
          order={(form) => ({
            operation: "aid.declare_capacity",
            path: "capacities",
            body: { capacities: [roomOf(form)] },
          })}
        >
          <p class="quiet">{say("supplies.declare_about")}</p>
          <CodeFields of={codes} id="room" />
          <Amount id="room-quantity" label={say("supplies.quantity")} />
        </Act>
      )}
    </section>
  );
}

interface ArrivalsProps {
  community: string;
  of: ReturnType<typeof useRecords<Arrival>>;
  stocks: Kept<Stock>[];
  codes: Codes;
}

function Arrivals({ community, of, stocks, codes }: ArrivalsProps) {
  const say = useWords();
  const now = useNow();
  const { nameOf, all: orgs } = useOrgs(community);
  const me = useStanding(community);
  return (
    <section aria-labelledby="arrivals">
      <h2 id="arrivals">{say("supplies.arrivals")}</h2>
      <Wait of={of}>
        {(all) => (
          <>
            {all.length === 0 && <p class="quiet">{say("supplies.no_arrivals")}</p>}
            <ul class="cards">
              {arrivalsOf(all).map((a) => (
                <li key={a.path}>
                  <h3>
                    {named("category", a.state.load.category)} · {amount(a.state.load)}
                  </h3>
                  <p class="row">
                    {a.state.received ? (
                      say("supplies.came", { came: count(a.state.came), missing: count(a.state.missing) })
                    ) : (
                      <Due left={remaining(a.state.due, now)} at={a.state.due} />
                    )}
                  </p>
                  <p class="quiet">
                    {nameOf(a.state.org)} → {a.state.receiver ? nameOf(a.state.receiver) : say("supplies.nobody")}
                  </p>
                  {(a.state.alarms ?? []).filter((alarm) => alarm !== nobody || !a.state.receiver).map((alarm) => (
                    <p key={alarm} class="bad">
                      {named("arrival_alarm", alarm)}
                    </p>
                  ))}
                  {!a.state.received && <Meet community={community} of={a} stocks={stocks} orgs={orgs} member={me.member} />}
                </li>
              ))}
            </ul>
          </>
        )}
      </Wait>
      {me.roles.has(Role.Officer) && (
        <Act
          community={community}
          title={say("supplies.announce")}
          order={(form) => ({
            operation: "aid.announce_arrival",
            path: "arrivals",
            body: {
              load: roomOf(form),
              due: String(Date.now() + Number(form.get("hours")) * 3600_000),
            },
          })}
        >
          <CodeFields of={codes} id="arrival" />
          <Amount id="arrival-quantity" label={say("supplies.quantity")} />
          <Field id="arrival-hours" label={say("supplies.hours")}>
            <input id="arrival-hours" name="hours" type="number" min="1" max="720" required value="24" />
          </Field>
        </Act>
      )}
    </section>
  );
}

interface MeetProps {
  community: string;
  of: Kept<Arrival>;
  stocks: Kept<Stock>[];
  orgs: { id: string; name: string }[];
  member: string;
}

/** Meet names who takes it in, and records what has come. */
function Meet({ community, of, stocks, orgs, member }: MeetProps) {
  const say = useWords();
  const id = idOf(of.path);
  const fitting = stocks.filter((s) => s.state.org === of.state.receiver && s.state.category === of.state.load.category);
  return (
    <>
      <Act
        community={community}
        title={say("supplies.name")}
        order={(form) => ({
          operation: "aid.name_receiver", path: `arrivals/${id}/receiver`, body: { arrival: id, org: String(form.get("org")) },
        })}
      >
        <Field id={`org-${id}`} label={say("supplies.receiver")}>
          <select id={`org-${id}`} name="org">
            {orgs.map((o) => (
              <option key={o.id} value={o.id}>
                {o.name}
              </option>
            ))}
          </select>
        </Field>
      </Act>
      <Act
        community={community}
        title={say("supplies.take_in")}
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
        <Amount id={`came-${id}`} label={say("supplies.quantity")} />
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
        <Field id={`came-evidence-${id}`} label={say("supplies.evidence")}>
          <input id={`came-evidence-${id}`} name="evidence" required maxLength={500} />
        </Field>
      </Act>
    </>
  );
}
