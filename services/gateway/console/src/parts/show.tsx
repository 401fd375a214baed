// How single things are shown: times, amounts, ids, states, lists that are empty or not there yet.
import type { ComponentChildren } from "preact";
import type { Asked, Listed } from "../asking";
import type { Refusal } from "../connection";
import { language, named, useWords, type Key } from "../words";
import { useTold } from "./aloud";

/** Time is a moment, in Beijing time as everywhere in Renlin, however the reader's machine is set. */
export function Time({ ms }: { ms: number | string | undefined }) {
  useWords();
  const at = Number(ms ?? 0);
  if (!at) return <>–</>;
  const d = new Date(at);
  const text = new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", {
    timeZone: "Asia/Shanghai",
    year: "numeric",
    month: language.value === "zh" ? "numeric" : "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(d);
  return <time dateTime={d.toISOString()}>{text}</time>;
}

/** fen writes an amount exactly: it never was a fraction. */
export function fen(amount: number | string): string {
  const n = BigInt(amount);
  const whole = (n < 0n ? -n : n).toString().padStart(3, "0");
  const yuan = whole.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${n < 0n ? "−" : ""}¥${yuan}.${whole.slice(-2)}`;
}

/** squareMetres writes an area, which the record holds in hundredths, exactly. */
export function squareMetres(centi: number): string {
  return `${Math.floor(centi / 100)}.${String(centi % 100).padStart(2, "0")}`;
}

/** Id shows the beginning of an id; the whole of it is read out and copied. */
export function Id({ of }: { of: string }) {
  return (
    <span class="mono" title={of}>
      {of.slice(0, 8)}
    </span>
  );
}

/** Stage is where something stands. Its words are those of prefix.value. */
export function Stage({ prefix, of }: { prefix: string; of: string }) {
  useWords();
  return <span class={"stage " + of}>{named(prefix, of)}</span>;
}

/** Figures are a few numbers with what they are. */
export function Figures({ of }: { of: [Key, ComponentChildren][] }) {
  const say = useWords();
  return (
    <dl class="figures">
      {of.map(([key, value]) => (
        <div key={key}>
          <dt>{say(key)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Refused says why something was not done or is not shown, aloud too, in the reader's language, with the code for whoever helps. */
export function Refused({ why }: { why?: Refusal }) {
  const say = useWords();
  useTold(why?.sentence);
  if (!why) return null;
  return (
    <p class="notice bad">
      {why.sentence} <span class="mono code">{say("refusal.code", { code: why.code })}</span>
    </p>
  );
}

/** Wait shows what was asked for, or that it is on its way, or why it does not come. */
export function Wait<T>({ of, children }: { of: Asked<T>; children: (value: T) => ComponentChildren }) {
  const say = useWords();
  return (
    <>
      <Refused why={of.refusal} />
      {of.value !== undefined
        ? children(of.value)
        : !of.refusal && (
            <p class="quiet" aria-busy="true">
              {say("wait")}
            </p>
          )}
    </>
  );
}

/** Pages turns the pages of a list. */
export function Pages({ of }: { of: Listed<unknown> }) {
  const say = useWords();
  if (!of.forward && !of.back) return null;
  return (
    <p class="row">
      {of.back && (
        <button type="button" class="plain" onClick={of.back}>
          {say("pages.back")}
        </button>
      )}
      {of.forward && (
        <button type="button" class="plain" onClick={of.forward}>
          {say("pages.forward")}
        </button>
      )}
    </p>
  );
}

/** Table is a table that can be pushed sideways by itself on a narrow screen, and never the page. */
export function Table({ caption, head, children }: { caption: string; head: ComponentChildren[]; children: ComponentChildren }) {
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {head.map((h) => (
              <th scope="col">{h}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
