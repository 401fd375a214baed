// What the forms of stocks, rooms and arrivals ask for: a kind of thing, a unit, a quantity.
import { count } from "../models/money";
import type { Room } from "../models/supplies";
import { named, useWords } from "../words";
import type { Codes } from "./codes";
import { Field } from "./doing";

/** roomOf takes what was filled in. */
export const roomOf = (form: FormData): { category: string; unit: string; quantity: string } => ({
  category: String(form.get("category")),
  unit: String(form.get("unit")),
  quantity: String(form.get("quantity")),
});

/** amountOf says how much of what it is. */
export const amountOf = (r: Pick<Room, "unit" | "quantity">): string => `${count(r.quantity)} ${named("unit", r.unit)}`;

interface CodesProps {
  of: Codes;
  id: string;
  onPick?(name: "category" | "unit", value: string): void;
}

export function CodeFields({ of, id, onPick }: CodesProps) {
  const say = useWords();
  const one = (name: "category" | "unit", all: string[], label: string) => (
    <Field id={`${id}-${name}`} label={label}>
      <select id={`${id}-${name}`} name={name} onChange={(e) => onPick?.(name, e.currentTarget.value)}>
        {all.map((c) => (
          <option key={c} value={c}>
            {named(name, c)}
          </option>
        ))}
      </select>
    </Field>
  );
  return (
    <>
      {one("category", of.categories, say("supplies.category"))}
      {one("unit", of.units, say("supplies.unit"))}
    </>
  );
}

interface AmountProps {
  id: string;
  label: string;
  hint?: string;
  min?: number;
  max?: number;
  value?: number;
  onType?(value: string): void;
}

export function Amount({ id, label, hint, min = 0, max = 1_000_000_000, value, onType }: AmountProps) {
  return (
    <Field id={id} label={label} hint={hint}>
      <input
        id={id}
        name="quantity"
        type="number"
        min={min}
        max={max}
        required
        defaultValue={value === undefined ? undefined : String(value)}
        aria-describedby={hint ? id + "-hint" : undefined}
        onInput={(e) => onType?.(e.currentTarget.value)}
      />
    </Field>
  );
}

/** Evidence asks for what shows it; the words are sealed. */
export function Evidence({ id }: { id: string }) {
  const say = useWords();
  return (
    <Field id={id} label={say("supplies.evidence")}>
      <input id={id} name="evidence" required maxLength={500} />
    </Field>
  );
}
