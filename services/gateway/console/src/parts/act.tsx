// A form that is opened when it is wanted.
import type { ComponentChildren } from "preact";
import type { Answer, command } from "../connection";
import { CommandForm, useDoing, type Order } from "./doing";

interface ActProps {
  community: string;
  title: string;
  /** What its button says, where that is not the title. */
  label?: string;
  order: (form: FormData) => Order | Promise<Order>;
  /** What the order rests on besides the form's fields. */
  about?: string;
  done?: string;
  onDone?(a: Answer): void;
  /** How it is sent: as a command, or as what waits for a second signature. */
  send?: typeof command;
  children?: ComponentChildren;
}

export function Act({ community, title, label, order, about, done, onDone, send, children }: ActProps) {
  const doing = useDoing(community, send);
  return (
    <details>
      <summary>{title}</summary>
      <CommandForm doing={doing} label={label ?? title} order={order} about={about} done={done} onDone={onDone}>
        {children}
      </CommandForm>
    </details>
  );
}
