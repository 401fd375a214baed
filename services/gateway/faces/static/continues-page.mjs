// The page that holds two checkpoints against each other. What it says stands in the page itself; this puts it together.
import { continues } from "./continues.mjs";
import { Broken, witnessesOf } from "./receipt.mjs";
import { keysOf, say, tell } from "./words.mjs";

const form = document.getElementById("compare"), outcome = document.getElementById("outcome");
const verdict = document.getElementById("verdict"), steps = document.getElementById("steps");
const older = form.elements.older, newer = form.elements.newer;

// The checkpoints that the page lists are chosen by a button each; the note itself stands beside it.
for (const button of document.querySelectorAll("[data-as]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    form.elements[button.dataset.as].value = button.closest("tr").querySelector("pre").textContent;
    form.elements[button.dataset.as].focus();
  });
}

// A tile that has become full since is served whole; a part of it is what was asked for.
async function tileAt(path) {
  const part = /^(.*)\.p\/(\d+)$/.exec(path);
  let answer = await fetch(`/log/${form.dataset.community}/${path}`);
  if (!answer.ok && part) answer = await fetch(`/log/${form.dataset.community}/${part[1]}`);
  if (!answer.ok) throw new Error(answer.statusText);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return part ? bytes.subarray(0, Number(part[2]) * 32) : bytes;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  steps.replaceChildren();
  verdict.textContent = "";
  outcome.hidden = false;
  const keys = keysOf(form.dataset);
  try {
    const both = await continues(older.value, newer.value, keys, tileAt, (name) => tell(steps, name, true));
    verdict.className = "notice good";
    const values = { older: both.older.size, newer: both.newer.size, witnesses: witnessesOf(both.newer, keys) };
    verdict.textContent = say("continues", values);
  } catch (err) {
    tell(steps, err instanceof Broken ? err.step : "unasked", err instanceof Broken ? false : undefined);
    verdict.className = err instanceof Broken ? "notice bad" : "notice";
    verdict.textContent = say(err instanceof Broken ? (err.step === "fork" ? "forked" : "fails") : "unasked");
  }
  outcome.scrollIntoView({ block: "nearest" });
});
