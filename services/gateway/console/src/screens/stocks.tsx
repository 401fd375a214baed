// Stocks: what lies there, what of it is promised, and what a worker or officer of their organisation records. A counting that was wrong
// is put right by another one; both stand on the record, with what they found too much or too little.
import { useState } from "preact/hooks";
import { useAsk, type Asked, type Kept } from "../asking";
import { seal } from "../connection";
import { count } from "../models/money";
import { brief, idOf } from "../models/record";
import { free, moves, stocksOf, type Hand, type Stock } from "../models/supplies";
import { Act } from "../parts/act";
import type { Codes } from "../parts/codes";
import { Field } from "../parts/doing";
import { Amount, amountOf, CodeFields, Evidence } from "../parts/goods";
import { List } from "../parts/list";
import { Time, Wait } from "../parts/show";
import { useOrgs } from "../standing";
import { named, useWords } from "../words";

interface StocksProps {
  community: string;
  of: Asked<Kept<Stock>[]>;
  me: Hand;
  member: string;
  codes: Codes;
}

export function Stocks({ community, of, me, member, codes }: StocksProps) {
  const say = useWords();
  const { nameOf } = useOrgs(community);
  const lack = (s: Kept<Stock>) => free(s.state) <= 0;
  return (
    <section aria-labelledby="stocks">
      <h2 id="stocks">{say("supplies.stocks")}</h2>
      <Wait of={of}>
        {(all) => (
          <List<Kept<Stock>>
            caption={say("supplies.stocks")}
            rows={stocksOf(all, me)}
            id={(s) => s.path}
            empty={say("supplies.none")}
            columns={[
              { head: say("supplies.category"), cell: (s) => `${named("category", s.state.category)} · ${brief(idOf(s.path))}` },
              { head: say("supplies.org"), cell: (s) => nameOf(s.state.org) },
              { head: say("supplies.on_hand"), number: true, cell: (s) => amountOf({ ...s.state, quantity: s.state.on_hand }) },
              {
                head: say("supplies.free"),
                number: true,
                cell: (s) => (
                  <span class={lack(s) ? "bad" : undefined}>
                    {count(free(s.state))}
                    {lack(s) ? ` · ${say("supplies.is_short")}` : ""}
                  </span>
                ),
              },
              { head: say("supplies.counted_at"), cell: (s) => <Time ms={s.state.counted_at} /> },
              {
                head: say("supplies.move"),
                cell: (s) => (moves(s.state, me) ? <Moves community={community} of={s} member={member} /> : <>–</>),
              },
            ]}
          />
        )}
      </Wait>
      {(me.officer || me.worker) && (
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

/** Moves records what came in, what was promised and handed out, what is no longer fit, and what a counting found. */
function Moves({ community, of, member }: { community: string; of: Kept<Stock>; member: string }) {
  const say = useWords();
  const id = idOf(of.path);
  const move = (kind: string, order = "") => (form: FormData) => ({
    operation: "aid.move_stock",
    path: `stocks/${id}/moves`,
    body: { stock: id, move: `STOCK_MOVE_${kind}`, quantity: String(form.get("quantity")), ...(order ? { order } : {}) },
  });
  return (
    <>
      <Act community={community} title={say("supplies.receive")} order={move("RECEIVE")}>
        <Amount id={`receive-${id}`} min={1} label={say("supplies.quantity")} />
      </Act>
      <Count community={community} id={id} of={of.state} member={member} />
      {of.state.on_hand > 0 && (
        <Act community={community} title={say("supplies.expire")} order={move("EXPIRE")}>
          <Amount id={`expire-${id}`} min={1} max={of.state.on_hand} label={say("supplies.quantity")} hint={say("supplies.expire_about")} />
        </Act>
      )}
      {free(of.state) > 0 && <Reserve community={community} id={id} of={of.state} move={move} />}
      {(of.state.reservations ?? [])
        .filter((r) => r.order)
        .map((r) => (
          <div key={r.order}>
            <p class="quiet">{say("supplies.reserved_for", { order: brief(r.order!), amount: amountOf({ ...of.state, quantity: r.quantity }) })}</p>
            <Act community={community} title={say("supplies.issue", { order: brief(r.order!) })} order={move("ISSUE", r.order)}>
              <Amount id={`issue-${id}-${r.order}`} min={1} max={r.quantity} value={r.quantity} label={say("supplies.quantity")} />
            </Act>
            <Act community={community} title={say("supplies.release", { order: brief(r.order!) })} order={move("RELEASE", r.order)}>
              <Amount id={`release-${id}-${r.order}`} min={1} max={r.quantity} value={r.quantity} label={say("supplies.quantity")} />
            </Act>
          </div>
        ))}
    </>
  );
}

/** Count tells, while somebody types, by how much it differs from the books: that is what will stand on the record. */
function Count({ community, id, of, member }: { community: string; id: string; of: Stock; member: string }) {
  const say = useWords();
  const [typed, type] = useState("");
  const difference = Number(typed) - of.on_hand;
  return (
    <Act
      community={community}
      title={say("supplies.count")}
      onDone={() => type("")}
      order={async (form) => ({
        operation: "aid.count_stock",
        path: `stocks/${id}/counts`,
        body: {
          stock: id, quantity: String(form.get("quantity")), evidence: await seal(community, member, String(form.get("evidence"))),
        },
      })}
    >
      <Amount id={`count-${id}`} label={say("supplies.counted")} hint={say("supplies.count_about", { books: count(of.on_hand) })} onType={type} />
      <p class={typed !== "" && difference < 0 ? "bad" : "quiet"} role="status">
        {typed !== "" &&
          (difference === 0
            ? say("supplies.count_same")
            : say(difference > 0 ? "supplies.count_more" : "supplies.count_less", { difference: count(Math.abs(difference)) }))}
        {typed !== "" && Number(typed) < of.reserved ? ` ${say("supplies.count_promised", { reserved: count(of.reserved) })}` : ""}
      </p>
      <Evidence id={`evidence-${id}`} />
    </Act>
  );
}

interface ReserveProps {
  community: string;
  id: string;
  of: Stock;
  move(kind: string, order: string): (form: FormData) => { operation: string; path: string; body: object };
}

/** Reserve promises a part to an order that the reader carries; of whose orders there are, nobody has a list. */
function Reserve({ community, id, of, move }: ReserveProps) {
  const say = useWords();
  const own = useAsk<{ orders: { order: string; category: string; unit: string; quantity: number }[] }>(community, "own-work-orders");
  const fitting = (own.value?.orders ?? []).filter((o) => o.category === of.category && o.unit === of.unit);
  return (
    <Act
      community={community}
      title={say("supplies.reserve")}
      order={(form) => move("RESERVE", String(form.get("order")).trim())(form)}
    >
      <Field id={`order-${id}`} label={say("supplies.order")} hint={say("supplies.order_about")}>
        <input id={`order-${id}`} name="order" required pattern="[a-z2-7]{26}" list={`orders-${id}`} spellcheck={false} />
      </Field>
      <datalist id={`orders-${id}`}>
        {fitting.map((o) => (
          <option key={o.order} value={o.order}>
            {amountOf(o)}
          </option>
        ))}
      </datalist>
      <Amount id={`reserve-${id}`} min={1} max={free(of)} label={say("supplies.quantity")} hint={say("supplies.reserve_about", { free: count(free(of)) })} />
    </Act>
  );
}
