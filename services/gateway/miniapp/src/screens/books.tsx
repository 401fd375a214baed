import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Card, Show } from "@/parts/basics";
import { holdingsOf, yuan, type Books } from "@/models/money";
import type { Shown } from ".";

/** BooksScreen are the three holdings: funds, assets, resources, as everybody may read them. */
export function BooksScreen(_: Shown) {
  const say = useWords();
  const loaded = useLoad(async (d) => (await d.read("gateway.books")).body);
  return (
    <Show of={loaded}>
      {(books) => (
        <>
          <p>{say("books.lead")}</p>
          <Accounts title={say("books.funds")} list={books.funds} />
          <Accounts title={say("books.envelopes")} list={books.envelopes} />
          {holdingsOf(books).map((h) => (
            <Card key={h.name} title={say(`books.${h.name}` as Word)}>
              <p>{say("books.holdings", { registered: h.registered, leased: h.leased, broken: h.broken, disposed: h.disposed })}</p>
              <p>{say("books.income", { yuan: yuan(h.incomeFen) })}</p>
            </Card>
          ))}
          <Card title={say("books.credits")}>
            <p>{say("books.credit_figures", { made: books.credits.made, holders: books.credits.holders, pool: books.credits.pool })}</p>
          </Card>
        </>
      )}
    </Show>
  );
}

function Accounts({ title, list }: { title: string; list: Books["funds"] }) {
  const say = useWords();
  return (
    <Card title={title}>
      {list.length === 0 ? <p className="quiet">{say("books.none")}</p> : null}
      {list.map((a) => (
        <div key={a.account} className="account">
          <p><strong>{a.name}</strong></p>
          <p>{say("books.account", { balance: yuan(a.balance), in: yuan(a.in), out: yuan(a.out), held: yuan(a.held) })}</p>
        </div>
      ))}
    </Card>
  );
}
