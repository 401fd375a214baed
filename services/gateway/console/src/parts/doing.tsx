// Doing: a command from its form to what became of it. Whoever presses again, because no answer came, asks for the same command and not
// for a second one: it is sent as it was made, under its key and with its time limit.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { command, once, Refusal, type Answer } from "../connection";
import { tellNow } from "../live";
import { Open } from "../models/open";
import { useWords } from "../words";
import { tell } from "./aloud";
import { Refused } from "./show";

export interface Order {
  operation: string;
  /** Below the community's address. */
  path: string;
  body: object;
}

export interface Doing {
  busy: boolean;
  refusal?: Refusal;
  done?: Answer;
  /** run gives the answer, or undefined where it was refused, which is shown. An order is made only when it is asked for; asked is what
   * somebody asked for, where making it again would make another one. done is what is said aloud then. */
  run(make: () => Order | Promise<Order>, asked?: string, done?: string): Promise<Answer | undefined>;
}

/** useDoing sends orders by send: as commands, or as what waits for a second signature (cosigning.ts). */
export function useDoing(community: string, send = command): Doing {
  const say = useWords();
  const [shown, show] = useState<{ busy: boolean; refusal?: Refusal; done?: Answer }>({ busy: false });
  const running = useRef(false);
  const open = useRef(new Open<Order>());
  return {
    ...shown,
    async run(make, asked, words) {
      if (running.current) return undefined;
      running.current = true;
      show({ busy: true });
      try {
        const held = await open.current.take(asked, make, () => once(community));
        const { operation, path, body } = held.order;
        const done = await send(community, operation, path, body, held).catch((e: unknown) => {
          if (Refusal.of(e).final) open.current.known(held);
          throw e;
        });
        open.current.known(held);
        show({ busy: false, done });
        tell(words ?? say("doing.done"));
        tellNow();
        return done;
      } catch (e) {
        show({ busy: false, refusal: Refusal.of(e) });
        return undefined;
      } finally {
        running.current = false;
      }
    },
  };
}

/** Outcome shows what became of it. */
export function Outcome({ of, done }: { of: Doing; done?: string }) {
  const say = useWords();
  return (
    <>
      <Refused why={of.refusal} />
      {of.done && <p class="notice good">{done ?? say("doing.done")}</p>}
    </>
  );
}

interface FormProps {
  doing: Doing;
  label: string;
  order(form: FormData): Order | Promise<Order>;
  /** What the order rests on besides the form's fields and the address. */
  about?: string;
  onDone?(a: Answer): void;
  done?: string;
  children?: ComponentChildren;
}

/** CommandForm is a form whose button signs and sends a command. What was typed stays until it is done. */
export function CommandForm({ doing, label, order, about, onDone, done, children }: FormProps) {
  const say = useWords();
  const send = async (e: Event) => {
    e.preventDefault();
    const form = e.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const answer = await doing.run(() => order(fields), JSON.stringify([about, ...fields]), done);
    if (!answer) return;
    form.reset();
    onDone?.(answer);
  };
  return (
    <form class="check" onSubmit={send}>
      {children}
      <button type="submit" aria-disabled={doing.busy}>
        {doing.busy ? say("doing.busy") : label}
      </button>
      <Outcome of={doing} done={done} />
    </form>
  );
}

/** Field is a labelled control with what helps to fill it in. The control is given its id. */
export function Field({ id, label, hint, children }: { id: string; label: string; hint?: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p class="quiet hint" id={id + "-hint"}>
          {hint}
        </p>
      )}
      {children}
    </div>
  );
}
