// A correction: what was carried out by mistake goes back by an entry of its own, line by line and no more than is left of it. Nothing on
// the record is changed by it; it takes a second hand like every payment, and is carried out when it has that.
import { useState } from "preact/hooks";
import { Refusal, seal } from "../connection";
import { correctable, nameOf, type Account, type Transfer } from "../models/ledger";
import { fenOf, yuan } from "../models/money";
import { Act } from "../parts/act";
import { Field, type Order } from "../parts/doing";
import { bothOf, say as text, useWords } from "../words";

interface CorrectionProps {
  community: string;
  id: string;
  one: Transfer;
  accounts: Map<string, Account>;
  member: string;
}

export function Correction({ community, id, one, accounts, member }: CorrectionProps) {
  const say = useWords();
  const lines = correctable(one);
  const [typed, type] = useState<Record<string, string>>({});
  if (lines.length === 0) return null;
  const name = (account: string) => bothOf(nameOf(account, accounts));
  const order = async (form: FormData): Promise<Order> => {
    const back = lines.map((l) => ({ from: l.to, to: l.from, amount: fenOf(String(form.get(l.key) || "")) }));
    if (lines.some((l) => form.get(l.key) && fenOf(String(form.get(l.key))) === null) || back.every((l) => l.amount === null)) {
      throw new Refusal("client.amount", text("propose.unreadable"), true);
    }
    return {
      operation: "ledger.propose",
      path: "transfers",
      body: {
        corrects: id,
        lines: back.filter((l) => l.amount !== null).map((l) => ({ ...l, amount: String(l.amount) })),
        purpose: await seal(community, member, String(form.get("purpose"))),
      },
    };
  };
  return (
    <Act community={community} title={say("correct.title")} label={say("correct.do")} done={say("correct.done")} order={order} onDone={() => type({})}>
      <p class="quiet">{say("correct.about")}</p>
      {lines.map((l) => {
        const asked = fenOf(typed[l.key] ?? "") ?? 0;
        const kept = accounts.get(l.to);
        const free = kept ? kept.balance - kept.held : 0;
        return (
          <Field
            key={l.key}
            id={l.key}
            label={say("correct.line", { from: name(l.to), to: name(l.from) })}
            hint={say("correct.left", { left: yuan(l.left), free: yuan(free) })}
          >
            <input
              id={l.key}
              name={l.key}
              inputMode="decimal"
              autocomplete="off"
              pattern="[0-9,，¥￥ ]{1,20}(\.[0-9]{1,2})?"
              aria-describedby={l.key + "-hint"}
              onInput={(e) => type({ ...typed, [l.key]: e.currentTarget.value })}
            />
            <p class="bad" role="status">
              {asked > l.left ? say("correct.too_much") : asked > free ? say("correct.not_there") : ""}
            </p>
          </Field>
        );
      })}
      <Field id="correct-purpose" label={say("correct.why")} hint={say("propose.purpose_hint")}>
        <textarea id="correct-purpose" name="purpose" required maxLength={2000} rows={2} />
      </Field>
    </Act>
  );
}
