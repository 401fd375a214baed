// Stocks, room and what is on its way: what each organisation has, as all members see it, and what an officer or a grid worker records
// of it. Help that arrives is met by a named organisation, which counts what has come.
import { useRecords, type Kept } from "../asking";
import { count } from "../models/money";
import { idOf } from "../models/record";
import { dutyOf, short, taken, unheld, type Arrival, type Capacity, type Hand, type Stock } from "../models/supplies";
import { Act } from "../parts/act";
import { useCodes, type Codes } from "../parts/codes";
import { Amount, amountOf, CodeFields, roomOf } from "../parts/goods";
import { List } from "../parts/list";
import { Figures } from "../parts/show";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { named, useWords } from "../words";
import { Arrivals } from "./arrivals";
import { Stocks } from "./stocks";

/** known counts, once there is something to count. */
const known = (all: unknown[] | undefined) => (all ? count(all.length) : "–");

const government = 1; // the kind of an organisation (renlin.community.v1.OrgKind)

export function Supplies({ community }: ViewProps) {
  const say = useWords();
  const me = useStanding(community);
  const codes = useCodes(community);
  const orgs = useOrgs(community);
  const stocks = useRecords<Stock>(community, "stock");
  const arrivals = useRecords<Arrival>(community, "arrival");
  const capacities = useRecords<Capacity>(community, "capacity");
  const officer = me.orgOf(Role.Officer);
  const hand: Hand = {
    officer, worker: me.orgOf(Role.GridWorker), government: orgs.all.some((o) => o.id === officer && o.kind === government),
  };
  const rooms = capacities.value ?? [];
  const mine = arrivals.value?.filter((a) => dutyOf(a.state, hand, unheld(a.state, rooms)));
  return (
    <>
      <p class="quiet">{say("supplies.about")}</p>
      <Figures
        of={[
          ["supplies.yours", known(mine)],
          ["supplies.coming", known(arrivals.value?.filter((a) => !a.state.received))],
          ["supplies.stocks", known(stocks.value)],
          ["supplies.short", known(stocks.value && short(stocks.value))],
        ]}
      />
      <Arrivals
        community={community} of={arrivals} stocks={stocks.value ?? []} capacities={rooms} codes={codes} me={hand} member={me.member}
      />
      <Rooms community={community} officer={officer} of={rooms} codes={codes} />
      <Stocks community={community} of={stocks} me={hand} member={me.member} codes={codes} />
    </>
  );
}

interface RoomsProps {
  community: string;
  officer: string;
  of: Kept<Capacity>[];
  codes: Codes;
}

function Rooms({ community, officer, of, codes }: RoomsProps) {
  const say = useWords();
  const { nameOf } = useOrgs(community);
  const rows = of.flatMap((c) => (c.state.rooms ?? []).map((room) => ({ org: idOf(c.path), room, taken: taken(c.state, room) })));
  const own = of.find((c) => idOf(c.path) === officer)?.state.rooms ?? [];
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
          { head: say("supplies.room"), number: true, cell: (r) => amountOf(r.room) },
          { head: say("supplies.taken"), number: true, cell: (r) => count(r.taken) },
        ]}
      />
      {officer && (
        <Act
          community={community}
          title={say("supplies.declare")}
          about={JSON.stringify(own)}
          order={(form) => {
            const said = roomOf(form);
            const others = own.filter((r) => r.category !== said.category || r.unit !== said.unit);
            const kept = others.map((r) => ({ ...r, quantity: String(r.quantity) }));
            return {
              operation: "aid.declare_capacity", path: "capacities",
              body: { capacities: said.quantity === "0" ? kept : [...kept, said] },
            };
          }}
        >
          <p class="quiet">{say("supplies.declare_about")}</p>
          <CodeFields of={codes} id="room" />
          <Amount id="room-quantity" label={say("supplies.quantity")} />
        </Act>
      )}
    </section>
  );
}
