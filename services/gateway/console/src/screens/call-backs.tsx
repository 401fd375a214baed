// Calling back: what was brought and nobody has spoken of yet. An officer of an organisation without a hand in it calls the person and
// writes down what they say; that, and nothing that a helper says, may close the case of whoever has no device.
import { seal } from "../connection";
import { remaining } from "../models/clock";
import type { Shown } from "../models/cases";
import { count } from "../models/money";
import { Act } from "../parts/act";
import { Field } from "../parts/doing";
import { Due } from "../parts/due";
import { GuardedWords } from "../parts/sealed";
import { named, useWords } from "../words";

export function CallBacks({ community, rows, now }: { community: string; rows: Shown[]; now: number }) {
  const say = useWords();
  return (
    <section aria-labelledby="call-backs">
      <h2 id="call-backs">{say("call_backs.title")}</h2>
      <p class="quiet">{say("call_backs.about")}</p>
      {rows.length === 0 && <p class="quiet">{say("call_backs.none")}</p>}
      <ul class="cards">
        {rows.map((c) => (
          <li key={c.case}>
            <h3>{`${named("category", c.category)} · ${c.name}`}</h3>
            <p>
              {say("call_backs.brought", { amount: `${count(c.delivered)} ${named("unit", c.unit)}` })} ·{" "}
              <Due left={remaining(c.due, now)} at={c.due} />
            </p>
            <One community={community} one={c} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function One({ community, one }: { community: string; one: Shown }) {
  const say = useWords();
  const call = one.call!;
  const id = (name: string) => `${name}-${one.case}`;
  return (
    <>
      {call.contact ? (
        <GuardedWords
          community={community}
          text={call.contact}
          subject={call.beneficiary}
          namedBy={`beneficiary/${call.beneficiary}`}
          purpose="PURPOSE_AID"
          what={named("field", 2)}
        />
      ) : (
        <p class="quiet">{say("call_backs.no_contact")}</p>
      )}
      <Act
        community={community}
        title={say("step.call_back")}
        done={say("call_backs.done")}
        order={async (form) => ({
          operation: "aid.call_back",
          path: `aid-cases/${one.case}/call-backs`,
          body: {
            case: one.case,
            quantity: String(form.get("quantity")),
            settled: form.get("settled") === "yes",
            text: await seal(community, call.beneficiary, String(form.get("words"))),
          },
        })}
      >
        <Field id={id("quantity")} label={say("call_backs.arrived")} hint={say("call_backs.at_most", { delivered: count(one.delivered) })}>
          <input id={id("quantity")} name="quantity" type="number" min="0" max={one.delivered} required aria-describedby={id("quantity") + "-hint"} />
        </Field>
        <Field id={id("settled")} label={say("ask.settled")}>
          <select id={id("settled")} name="settled">
            <option value="no">{say("not")}</option>
            <option value="yes">{say("yes")}</option>
          </select>
        </Field>
        <Field id={id("words")} label={say("call_backs.said")} hint={say("case.words_hint")}>
          <textarea id={id("words")} name="words" required maxLength={2000} rows={3} aria-describedby={id("words") + "-hint"} />
        </Field>
      </Act>
    </>
  );
}
