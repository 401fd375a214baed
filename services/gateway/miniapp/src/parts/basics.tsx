// The parts that screens are made of. They are plain HTML, which a mini-program's build turns into its own components: a button is a button for
// a keyboard and for whoever hears the page.
import { useRef, useState, type ReactNode } from "react";
import { useWords } from "@/core/settings";
import type { Loaded } from "@/core/load";
import { typed } from "@/core/platform";
import { go, type Params } from "@/core/go";
import type { ScreenName } from "@/screens";
import { useTold, type Kind } from "./aloud";

interface Press {
  children: ReactNode;
  onPress: () => void | Promise<unknown>;
  kind?: "main" | "plain" | "danger";
  disabled?: boolean;
  /** Of one choice among several: whether it is chosen. */
  chosen?: boolean;
  id?: string;
}

/** Button cannot be pressed again while what it does is under way. */
export function Button({ children, onPress, kind = "main", disabled, chosen, id }: Press) {
  const [busy, set] = useState(false);
  const press = (): void => {
    if (busy || disabled) return;
    const going = onPress();
    if (!going) return;
    set(true);
    const done = (): void => set(false);
    void going.then(done, done);
  };
  return (
    <button type="button" id={id} className={`button ${kind}${chosen ? " chosen" : ""}`} disabled={disabled || busy} aria-busy={busy}
      aria-pressed={chosen} onClick={press}>
      {children}
    </button>
  );
}

/** Row is a line that leads to a screen. */
export function Row({ to, params, title, note, mark }: { to: ScreenName; params?: Params; title: ReactNode; note?: ReactNode; mark?: ReactNode }) {
  return (
    <button type="button" className="row" onClick={() => go(to, params)}>
      <span className="row-words">
        <span className="row-title">{title}</span>
        {note ? <span className="row-note">{note}</span> : null}
      </span>
      {mark ? <span className="mark">{mark}</span> : null}
      <span className="arrow" aria-hidden="true">›</span>
    </button>
  );
}

export function Card({ children, title }: { children: ReactNode; title?: ReactNode }) {
  return (
    <div className="card">
      {title ? <h2 className="card-title">{title}</h2> : null}
      {children}
    </div>
  );
}

/** Notice says how something went. It is read out when it appears. */
export function Notice({ children, kind = "plain" }: { children: ReactNode; kind?: Kind }) {
  const part = useRef<HTMLDivElement>(null);
  useTold(part, kind);
  return <div className={`notice ${kind}`} ref={part}>{children}</div>;
}

interface Typed {
  label: string;
  value: string;
  onType: (value: string) => void;
  hint?: string;
  long?: boolean;
  max?: number;
  id: string;
  type?: string;
}

/** Field is a labelled place to type. */
export function Field({ label, value, onType, hint, long, max, id, type }: Typed) {
  const name = `field-${id}`;
  const common = {
    id: name, value, maxLength: max || 2000, onInput: (e: unknown) => onType(typed(e)), "aria-describedby": hint ? `${name}-hint` : undefined, autoComplete: "off",
  };
  return (
    <div className="field">
      <label className="label" htmlFor={name}>{label}</label>
      {long ? <textarea className="input long" {...common} /> : <input className="input" type={type || "text"} {...common} />}
      {hint ? <p className="hint" id={`${name}-hint`}>{hint}</p> : null}
    </div>
  );
}

/** Show shows what was read, or why there is nothing to show. */
export function Show<T>({ of, children }: { of: Loaded<T>; children: (value: T) => ReactNode }) {
  const say = useWords();
  return (
    <>
      {of.refused ? <Notice kind="bad">{of.refused}</Notice> : null}
      {of.away ? (
        <Notice kind="bad">
          {say("net.away")} <Button kind="plain" onPress={of.again}>{say("again")}</Button>
        </Notice>
      ) : null}
      {of.value === undefined && of.loading ? <p className="quiet" aria-busy="true">{say("loading")}</p> : null}
      {of.value === undefined ? null : children(of.value)}
    </>
  );
}
