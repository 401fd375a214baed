// Disclosure: the open books as everybody sees them, so that whoever keeps the money sees what is told of it, and what is held back to
// protect people.
import { useAsk } from "../asking";
import { count, yuan } from "../models/money";
import { List, type Column } from "../parts/list";
import { Figures, Time, Wait } from "../parts/show";
import type { ViewProps } from "../screens";
import { bothOf, useWords } from "../words";

interface Row {
  account: string;
  name: string;
  balance: number;
  held: number;
  in: number;
  out: number;
  until?: number;
  suspended?: boolean;
  paid_people: number;
  paid_orgs: number;
}

interface Books {
  sources: Row[] | null;
  funds: Row[] | null;
  envelopes: Row[] | null;
  credits: { made: number; pool: number; members: number; holders: number };
  assets: Owned;
  resources: Owned;
}

interface Owned {
  registered: number;
  disposed: number;
  broken: number;
  leased: number;
  income_fen: number;
}

export function Disclosure({ community }: ViewProps) {
  const say = useWords();
  const books = useAsk<Books>(community, "books");
  return (
    <>
      <p class="quiet">
        {say("disclosure.about")} <a href={`/c/${community}`}>{say("public")}</a>
      </p>
      <Wait of={books}>
        {(b) => (
          <>
            <Sums title={say("disclosure.sources")} rows={b.sources ?? []} />
            <Sums title={say("disclosure.funds")} rows={b.funds ?? []} />
            <Sums title={say("disclosure.budgets")} rows={b.envelopes ?? []} paid />
            <h2>{say("disclosure.credits")}</h2>
            <Figures
              of={[
                ["disclosure.made", told(b.credits.made)],
                ["disclosure.pool", told(b.credits.pool)],
                ["disclosure.members", told(b.credits.members)],
                ["disclosure.holders", told(b.credits.holders)],
              ]}
            />
            <h2>{say("disclosure.assets")}</h2>
            <Register of={b.assets} />
            <h2>{say("disclosure.resources")}</h2>
            <Register of={b.resources} />
          </>
        )}
      </Wait>
    </>
  );

  function told(n: number): string {
    return n < 0 ? say("indicators.hidden") : count(n);
  }
}

function Register({ of }: { of: Owned }) {
  return (
    <Figures
      of={[
        ["disclosure.registered", count(of.registered)],
        ["disclosure.broken", count(of.broken)],
        ["disclosure.leased", count(of.leased)],
        ["holdings.income", yuan(of.income_fen)],
        ["disclosure.disposed", count(of.disposed)],
      ]}
    />
  );
}

function Sums({ title, rows, paid = false }: { title: string; rows: Row[]; paid?: boolean }) {
  const say = useWords();
  const told = (n: number) => (n < 0 ? say("indicators.hidden") : yuan(n));
  const columns: Column<Row>[] = [
    {
      head: say("ledger.account"),
      cell: (r: Row) => (
        <>
          {bothOf(r.name)}
          {r.suspended && <strong class="bad"> · {say("disclosure.suspended")}</strong>}
        </>
      ),
    },
    { head: say("disclosure.in"), number: true, cell: (r: Row) => yuan(r.in) },
    { head: say("disclosure.out"), number: true, cell: (r: Row) => yuan(r.out) },
    { head: say("disclosure.balance"), number: true, cell: (r: Row) => yuan(r.balance) },
  ];
  if (paid) {
    columns.push(
      { head: say("disclosure.paid_people"), number: true, cell: (r: Row) => <>{told(r.paid_people)}</> },
      { head: say("disclosure.until"), number: false, cell: (r: Row) => <Time ms={r.until} /> },
    );
  }
  return (
    <>
      <h2>{title}</h2>
      <List caption={title} rows={rows} columns={columns} id={(r) => r.account} empty={say("disclosure.none")} />
    </>
  );
}
