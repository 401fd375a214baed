// Opening an account for money: a source from which it comes, a fund, a budget for one purpose and time, or whoever is paid.
import { useState } from "preact/hooks";
import type { Kept } from "../asking";
import type { Account } from "../models/ledger";
import { idOf } from "../models/record";
import { CommandForm, Field, useDoing, type Order } from "../parts/doing";
import { bothOf, named, useWords } from "../words";

const kinds = ["source", "fund", "envelope", "payee"];
const day = 24 * 3600_000; // ms

export function OpenAccount({ community, accounts }: { community: string; accounts: Kept<Account>[] }) {
  const say = useWords();
  const doing = useDoing(community);
  const [kind, choose] = useState("fund");
  const order = (form: FormData): Order => {
    const given = (name: string) => String(form.get(name) ?? "").trim();
    const body: Record<string, string> = { kind: `ACCOUNT_KIND_${kind.toUpperCase()}` };
    if (kind === "payee") body.owner = given("owner");
    else body.name = given("account-name");
    if (kind === "envelope") {
      body.fund = given("account-fund");
      body.until = String(Date.now() + Number(given("days")) * day);
    }
    return { operation: "ledger.open", path: "accounts", body };
  };
  return (
    <details>
      <summary>{say("open.title")}</summary>
      <CommandForm doing={doing} label={say("open.do")} order={order}>
        <Field id="account-kind" label={say("holdings.kind")}>
          <select id="account-kind" name="account-kind" value={kind} onChange={(e) => choose(e.currentTarget.value)}>
            {kinds.map((k) => (
              <option key={k} value={k}>
                {named("account", k)}
              </option>
            ))}
          </select>
        </Field>
        {kind === "payee" ? (
          <Field id="owner" label={say("open.owner")} hint={say("open.owner_hint")}>
            <input id="owner" name="owner" required pattern="[a-z2-7]{26}" autocomplete="off" spellcheck={false} />
          </Field>
        ) : (
          <Field id="account-name" label={say("holdings.name")} hint={say("holdings.name_hint")}>
            <input id="account-name" name="account-name" required maxLength={80} autocomplete="off" />
          </Field>
        )}
        {kind === "envelope" && <Budget accounts={accounts} />}
      </CommandForm>
    </details>
  );
}

/** Budget is what a budget says besides its name: out of which fund it is, and for how long. */
function Budget({ accounts }: { accounts: Kept<Account>[] }) {
  const say = useWords();
  return (
    <>
      <Field id="account-fund" label={named("account", "fund")}>
        <select id="account-fund" name="account-fund" required>
          {accounts
            .filter((a) => a.state.kind === "fund")
            .map((a) => (
              <option key={a.path} value={idOf(a.path)}>
                {bothOf(a.state.name ?? "")}
              </option>
            ))}
        </select>
      </Field>
      <Field id="days" label={say("open.days")}>
        <input id="days" name="days" type="number" min={1} max={3660} required defaultValue="365" />
      </Field>
    </>
  );
}
