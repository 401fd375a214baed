// The page that checks a receipt. What it says stands in the page itself, in the page's language; this puts it together.
import { Broken, check, checkProof } from "./receipt.mjs";

const form = document.getElementById("check"), outcome = document.getElementById("outcome");
const verdict = document.getElementById("verdict"), steps = document.getElementById("steps");
const say = (key, values = {}) => {
  const words = document.getElementById("sayings").content.querySelector(`[data-key="${key}"]`).textContent;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
};

function tell(name, holds) {
  const item = document.createElement("li"), mark = document.createElement("span");
  mark.className = holds === undefined ? "quiet" : holds ? "good" : "bad";
  mark.textContent = (holds === undefined ? "– " : holds ? "✓ " : "✗ ") + say("step." + name);
  item.append(mark);
  if (holds === false) {
    const why = document.createElement("p");
    why.textContent = say("broken." + name);
    item.append(why);
  }
  steps.append(item);
}

const bytes = (b64) => Uint8Array.from(atob(b64), (c) => c.charCodeAt(0));
const time = (ms) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Shanghai" }).format(ms);

// inLog asks for the proof that the entry is in the public log. Without a network the receipt holds all the same, and that is said.
async function inLog(receipt, data) {
  let proof;
  try {
    const answer = await fetch(`/log/${data.community}/proof/${receipt.index}`);
    if (!answer.ok) throw new Error(answer.statusText);
    proof = await answer.text();
  } catch {
    tell("unasked");
    return undefined;
  }
  const witnesses = Object.keys(data).filter((k) => /^witness-?\d/.test(k)).map((k) => data[k]);
  return checkProof(proof, receipt, { log: data.log, witnesses }, (name) => tell(name, true));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const data = form.dataset;
  steps.replaceChildren();
  verdict.textContent = "";
  outcome.hidden = false;
  try {
    const community = { genesis: data.genesis, epochKey: bytes(data.epochKey) };
    const receipt = check(form.elements.receipt.value, community, (name) => tell(name, true));
    const holds = say("holds", { index: receipt.index, time: time(receipt.time) });
    verdict.className = "notice good";
    verdict.textContent = holds;
    const witnesses = await inLog(receipt, data);
    if (witnesses !== undefined) verdict.textContent = holds + " " + say("anchored", { witnesses });
  } catch (err) {
    if (!(err instanceof Broken)) throw err;
    tell(err.step, false);
    verdict.className = "notice bad";
    verdict.textContent = say("fails");
  }
  outcome.scrollIntoView({ block: "nearest" });
});

form.elements.file.addEventListener("change", async () => {
  const [file] = form.elements.file.files;
  if (!file || file.size > 65536) return;
  const raw = new Uint8Array(await file.arrayBuffer());
  const isText = raw.every((b) => b === 9 || b === 10 || b === 13 || (b >= 32 && b < 127));
  form.elements.receipt.value = isText ? new TextDecoder().decode(raw) : btoa(String.fromCharCode(...raw));
});

// A link or a code brings its receipt behind the hash, which browsers send to nobody. It does not stay in the address, which people copy.
function brought() {
  const [, receipt] = /^#([\w-]{80,4096})$/.exec(location.hash) ?? [];
  if (receipt === undefined) return;
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.receipt.value = receipt;
  form.requestSubmit();
}

addEventListener("hashchange", brought);
brought();
