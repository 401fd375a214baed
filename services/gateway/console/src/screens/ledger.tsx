// Money: what there is, what waits for a second hand, and a proposal of one's own. Nobody moves any of it alone.
import { useState } from "preact/hooks";
import { useRecords, type Kept } from "../asking";
import { Refusal, seal } from "../connection";
import { remaining } from "../models/clock";
import { ofPayee } from "../models/conflict";
import { funds, transfers, type Account, type Fund, type Shown, type Transfer } from "../models/ledger";
import { fenOf, percent, yuan } from "../models/money";
import { byId, idOf } from "../models/record";
import { CommandForm, Field, useDoing, type Order } from "../parts/doing";
import { OpenAccount } from "./account";
import { Conflict, useHouseholds, usePerson } from "../parts/conflict";
import { Due, useNow } from "../parts/due";
import { Bars } from "../parts/figures";
import { List } from "../parts/list";
import { Pages, Stage, Wait } from "../parts/show";
import { to } from "../place";
import type { ViewProps } from "../screens";
import { Role, useStanding } from "../standing";
import { bothOf, named, say as text, useWords } from "../words";

export function Ledger({ community }: ViewProps) {
  const say = useWords();
  const me = useStanding(community);
  const accounts = useRecords<Account>(community, "account", 1000);
  const proposed = useRecords<Transfer>(community, "transfer", 1000);
  const officer = me.orgOf(Role.Officer);
  return (
    <>
      <p class="quiet">{say("ledger.about")}</p>
      <Wait of={accounts}>
        {(all) => (
          <Wait of={proposed}>
            {(records) => {
              const sorted = transfers(records, byId(all), { member: me.member, officer: officer || undefined });
              return (
                <>
                  <h2 id="yours">{say("ledger.yours")}</h2>
                  <Transfers community={community} rows={sorted.yours} caption={say("ledger.yours")} empty={say("ledger.none_yours")} />
                  <h2>{say("ledger.waiting")}</h2>
                  <Transfers
                    community={community}
                    rows={sorted.waiting}
                    caption={say("ledger.waiting")}
                    empty={say("ledger.none_waiting")}
                  />
                  {officer && <Propose community={community} member={me.member} accounts={all} />}
                  {officer && <OpenAccount community={community} accounts={all} />}
                  <Money all={all} />
                  <details>
                    <summary>{say("ledger.ended", { count: sorted.ended.length })}</summary>
                    <Transfers
                      community={community}
                      rows={sorted.ended.slice(0, 50)}
                      caption={say("ledger.ended", { count: sorted.ended.length })}
                      empty={say("ledger.none_waiting")}
                    />
                  </details>
                  <Pages of={proposed} />
                </>
              );
            }}
          </Wait>
        )}
      </Wait>
    </>
  );
}

/** titleOf is what people call an account: its name in the reader's language, or whose it is. */
export function titleOf(name: string): string {
  return bothOf(name);
}

function Transfers({ community, rows, caption, empty }: { community: string; rows: Shown[]; caption: string; empty: string }) {
  const say = useWords();
  const now = useNow();
  return (
    <List
      caption={caption}
      rows={rows}
      id={(s) => s.id}
      empty={empty}
      columns={[
        {
          head: say("transfer.what"),
          cell: (s) => (
            <a href={to(community, "ledger", s.id)}>
              {titleOf(s.from)} → {s.to.map(titleOf).join("、")}
            </a>
          ),
        },
        { head: say("transfer.amount"), number: true, cell: (s) => yuan(s.amount) },
        { head: say("transfer.hands"), cell: (s) => say("transfer.given", { given: s.given, needed: s.transfer.checkers }) },
        {
          head: say("transfer.state"),
          cell: (s) =>
            s.transfer.state === "held" && s.transfer.expires_at ? (
              <Due left={remaining(s.transfer.expires_at, now)} />
            ) : (
              <Stage prefix="transfer" of={s.transfer.state} />
            ),
        },
      ]}
    />
  );
}

function Money({ all }: { all: Kept<Account>[] }) {
  const say = useWords();
  const money = funds(all);
  const head: [string, string] = [say("ledger.account"), say("ledger.free")];
  const datum = (f: Fund) => ({
    name: titleOf(f.account.name ?? ""),
    value: f.free,
    label: f.account.held > 0 ? say("ledger.free_held", { free: yuan(f.free), held: yuan(f.account.held) }) : yuan(f.free),
  });
  return (
    <>
      <h2>{say("ledger.funds")}</h2>
      {money.funds.length === 0 && <p class="quiet">{say("ledger.no_funds")}</p>}
      {money.funds.map((f) => (
        <section key={f.id}>
          <h3>{titleOf(f.account.name ?? "")}</h3>
          <p class="quiet">{say("ledger.sums", { in: yuan(f.account.in), out: yuan(f.account.out), part: percent(f.spent) })}</p>
          <Bars
            title={say("ledger.budgets")}
            head={head}
            empty={say("ledger.no_budgets")}
            whole={f.account.in}
            data={[{ ...datum(f), name: say("ledger.unassigned") }, ...f.budgets.map(datum)]}
          />
        </section>
      ))}
      {money.sources.length > 0 && (
        <List
          caption={say("ledger.sources")}
          rows={money.sources}
          id={(s) => s.id}
          empty=""
          columns={[
            { head: say("ledger.sources"), cell: (s) => titleOf(s.account.name ?? "") },
            { head: say("ledger.given"), number: true, cell: (s) => yuan(s.account.out) },
          ]}
        />
      )}
    </>
  );
}

/** What may follow what: money comes from a source into a fund, from there into a budget, and out of it to whoever is paid. */
const ways: Record<string, string[]> = { source: ["fund"], fund: ["fund", "envelope"], envelope: ["payee", "fund"] };

function Propose({ community, member, accounts }: { community: string; member: string; accounts: Kept<Account>[] }) {
  const say = useWords();
  const doing = useDoing(community);
  const [from, setFrom] = useState("");
  const [to_, setTo] = useState("");
  const person = usePerson(community);
  const { households } = useHouseholds(community);
  const fen = accounts.filter((a) => a.state.currency === "fen");
  const at = (id: string) => fen.find((a) => idOf(a.path) === id)?.state;
  const targets = fen.filter((a) => (ways[at(from)?.kind ?? ""] ?? []).includes(a.state.kind) && idOf(a.path) !== from);
  const payee = targets.some((a) => idOf(a.path) === to_) ? at(to_) : undefined;
  const conflict = payee?.kind === "payee" && payee.owner ? ofPayee(person, [payee.owner], households) : null;
  const order = async (form: FormData): Promise<Order> => {
    const amount = fenOf(String(form.get("amount")));
    if (amount === null) throw new Refusal("client.amount", text("propose.unreadable"), true);
    return {
      operation: "ledger.propose",
      path: "transfers",
      body: {
        lines: [{ from, to: String(form.get("to")), amount: String(amount) }],
        postWhenApproved: true,
        purpose: await seal(community, member, String(form.get("purpose"))),
        emergency: form.get("emergency") === "on",
      },
    };
  };
  return (
    <>
      <h2>{say("propose.title")}</h2>
      <CommandForm doing={doing} label={say("propose.do")} order={order} done={say("propose.done")} onDone={() => setFrom("")}>
        <Field id="from" label={say("propose.from")}>
          <select id="from" name="from" required value={from} onChange={(e) => setFrom(e.currentTarget.value)}>
            <option value="">{say("propose.choose")}</option>
            {fen
              .filter((a) => ways[a.state.kind])
              .map((a) => (
                <option key={a.path} value={idOf(a.path)}>
                  {nameOf(a)}
                </option>
              ))}
          </select>
        </Field>
        <Field id="to" label={say("propose.to")} hint={say("propose.to_hint")}>
          <select id="to" name="to" required onChange={(e) => setTo(e.currentTarget.value)}>
            <option value="">{say("propose.choose")}</option>
            {targets.map((a) => (
              <option key={a.path} value={idOf(a.path)}>
                {nameOf(a)}
              </option>
            ))}
          </select>
        </Field>
        <Conflict of={conflict} />
        <Field id="amount" label={say("propose.amount")} hint={say("propose.amount_hint")}>
          <input
            id="amount"
            name="amount"
            required
            inputMode="decimal"
            autocomplete="off"
            pattern="[0-9,，¥￥ ]{1,20}(\.[0-9]{1,2})?"
          />
        </Field>
        <Field id="purpose" label={say("propose.purpose")} hint={say("propose.purpose_hint")}>
          <textarea id="purpose" name="purpose" required maxLength={2000} rows={2} />
        </Field>
        <p>
          <label class="row">
            <input type="checkbox" name="emergency" /> {say("propose.emergency")}
          </label>
        </p>
      </CommandForm>
    </>
  );
}

function nameOf(a: Kept<Account>): string {
  const whose = titleOf(a.state.name || (a.state.owner ?? "").slice(0, 8));
  return `${named("account", a.state.kind)} · ${whose}`;
}
