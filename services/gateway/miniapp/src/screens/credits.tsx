import { useState } from "react";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import { Button, Card, Field, Show } from "@/parts/basics";
import { Helping, useHelping } from "@/parts/helping";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { When } from "@/parts/when";
import { Works } from "@/parts/works";
import { readMember } from "@/models/entry";
import { quantityOf } from "@/models/aid";
import { balanceOf, creditsIn, minutesOf } from "@/models/money";
import type { Shown } from ".";

/** Credits are what one has earned by work that somebody confirmed, and where they went. */
export function Credits({ device }: Shown) {
  const say = useWords();
  const result = useOutcome();
  const [whom, setWhom] = useState("");
  const [minutes, setMinutes] = useState("");
  const [what, setWhat] = useState("");
  const [to, setTo] = useState("");
  const [amount, setAmount] = useState("");
  const helping = useHelping(device, "CREDITS");
  const loaded = useLoad(async (d) => (await d.read("gateway.own_entries")).body.entries);
  const worked = minutesOf(minutes), counterparty = readMember(whom), receiver = readMember(to), many = quantityOf(amount);
  const write = async (step: ReturnType<typeof device.write>): Promise<void> => {
    await result.watch(step);
    loaded.again();
  };
  const report = (): Promise<void> => write(device.write("ledger.report_work", {}, { counterparty, minutes: worked, ...helping.body }, {
    about: "credits", once: `work ${counterparty} ${worked} ${JSON.stringify(helping.body)} ${what}`,
    words: { subject: helping.whom || device.member, text: what.trim(), field: "what" },
  }));
  const spend = (): Promise<void> => write(device.write("ledger.spend", {}, { to: receiver, amount: String(many), ...helping.body },
    { about: "credits", once: `spend ${receiver} ${many} ${JSON.stringify(helping.body)}` }));
  return (
    <>
      <Show of={loaded}>
        {(entries) => (
          <Card title={say("credits.balance")}>
            <p className="number">{balanceOf(entries)}</p>
            <p className="quiet">{say("credits.unit")}</p>
            {creditsIn(entries).length === 0 ? <p className="quiet">{say("credits.none")}</p> : null}
            <ul className="entries">
              {creditsIn(entries).slice(0, 30).map((e) => <li key={`${e.index}-${e.cause}`}><When at={e.at} /> <strong>{e.amount > 0 ? `+${e.amount}` : e.amount}</strong></li>)}
            </ul>
          </Card>
        )}
      </Show>
      <Helping {...helping} />
      <Works device={device} helping={helping} settled={loaded.again} />
      <OutcomeNotice {...result} done="credits.done" />
      <Card title={say("credits.report")}>
        <p>{say("credits.report_note")}</p>
        <Field id="work-whom" label={say("credits.whom")} value={whom} onType={setWhom} max={40} />
        <Field id="work-minutes" label={say("credits.minutes")} value={minutes} onType={setMinutes} max={4} type="tel" />
        <Field id="work-what" label={say("credits.what")} value={what} onType={setWhat} long max={600} />
        <Button id="work-send" disabled={!counterparty || !worked || what.trim() === ""} onPress={report}>{say("credits.report_send")}</Button>
      </Card>
      <Card title={say("credits.spend")}>
        <p>{say("credits.spend_note")}</p>
        <Field id="spend-to" label={say("credits.to")} value={to} onType={setTo} max={40} />
        <Field id="spend-amount" label={say("credits.amount")} value={amount} onType={setAmount} max={6} type="tel" />
        <Button id="spend-send" disabled={!receiver || !many} onPress={spend}>{say("credits.spend_send")}</Button>
      </Card>
    </>
  );
}
