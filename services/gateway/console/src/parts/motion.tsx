// The fields of a motion, which are alike wherever one is put: title, text, and options for what is not yes or no. What stands here is
// public for ever, and the form says so.
import type { components } from "@renlin/client/schema";
import { Refusal } from "../connection";
import { say, useWords } from "../words";
import { Field } from "./doing";

type MotionBody = components["schemas"]["renlin.proposal.v1.Motion"];

export function MotionFields() {
  const words = useWords();
  return (
    <>
      <Field id="title" label={words("motion_form.title")}>
        <input id="title" name="title" required maxLength={100} />
      </Field>
      <Field id="text" label={words("motion_form.text")}>
        <textarea id="text" name="text" rows={5} required maxLength={6000} />
      </Field>
      <Field id="options" label={words("motion_form.options")} hint={words("motion_form.options_hint")}>
        <textarea id="options" name="options" rows={3} aria-describedby="options-hint" spellcheck={false} />
      </Field>
      <p class="notice">{words("motion_form.for_ever")}</p>
    </>
  );
}

const option = /^([^|\n]{1,60})\|([^|]{1,300})(?:\|\s*(\d{1,12})(?:\.(\d{1,2}))?)?$/;

/** motionOf reads the fields. An option is a line: code | title | cost in yuan. */
export function motionOf(form: FormData): MotionBody {
  const lines = String(form.get("options") ?? "")
    .split("\n")
    .map((l) => l.trim())
    .filter(Boolean);
  const options = lines.map((line, i) => {
    const found = option.exec(line);
    if (!found) throw new Refusal("client.option", say("motion_form.bad_option", { line: i + 1 }), true);
    const [, code, title, yuan, cents = ""] = found;
    const cost = yuan ? { costFen: String(BigInt(yuan) * 100n + BigInt(cents.padEnd(2, "0"))) } : {};
    return { code: code.trim(), title: title.trim(), ...cost };
  });
  return { title: String(form.get("title")), text: String(form.get("text")), ...(options.length > 0 && { options }) };
}
