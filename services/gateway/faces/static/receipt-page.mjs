// The page that checks a receipt. What it says stands in the page itself, in the page's language; this puts it together.
import { Broken, check, checkProof } from "./receipt.mjs";
import { keysOf, say, tell } from "./words.mjs";

const form = document.getElementById("check"), outcome = document.getElementById("outcome");
const verdict = document.getElementById("verdict"), steps = document.getElementById("steps");
const text = form.elements.receipt, note = document.getElementById("picture-note");

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
    tell(steps, "unasked");
    return undefined;
  }
  return checkProof(proof, receipt, keysOf(data), (name) => tell(steps, name, true));
}

async function checkText() {
  const data = form.dataset;
  steps.replaceChildren();
  verdict.textContent = "";
  outcome.hidden = false;
  try {
    const community = { genesis: data.genesis, epochKey: bytes(data.epochKey) };
    const receipt = check(text.value, community, (name) => tell(steps, name, true));
    const holds = say("holds", { index: receipt.index, time: time(receipt.time) });
    verdict.className = "notice good";
    verdict.textContent = holds;
    const witnesses = await inLog(receipt, data);
    if (witnesses !== undefined) verdict.textContent = holds + " " + say("anchored", { witnesses });
  } catch (err) {
    if (!(err instanceof Broken)) throw err;
    tell(steps, err.step, false);
    verdict.className = "notice bad";
    verdict.textContent = say("fails");
  }
  outcome.scrollIntoView({ block: "nearest" });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  return checkText();
});

// codeIn finds the text of a QR code in a picture: by the browser itself where it can, else by a reader that is loaded only then.
async function codeIn(picture, pictureWidth, pictureHeight) {
  if ("BarcodeDetector" in window) {
    const found = await new BarcodeDetector({ formats: ["qr_code"] }).detect(picture).catch(() => []);
    if (found.length > 0) return found[0].rawValue;
  }
  const scale = Math.min(1, 1600 / Math.max(pictureWidth, pictureHeight, 1)), canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(pictureWidth * scale));
  canvas.height = Math.max(1, Math.round(pictureHeight * scale));
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const { default: jsQR } = await import("./vendor/jsqr.mjs");
  return jsQR(paper.getImageData(0, 0, canvas.width, canvas.height).data, canvas.width, canvas.height)?.data;
}

// receiptOf takes the receipt out of what a code says: the receipt itself, or an address with it behind its hash.
const receiptOf = (code) => /#([\w-]{80,4096})$/.exec(code)?.[1] ?? code;

function take(code) {
  text.value = receiptOf(code);
  return checkText();
}

async function fromPicture(file) {
  const picture = await createImageBitmap(file).catch(() => undefined);
  const code = picture && await codeIn(picture, picture.width, picture.height).catch(() => undefined);
  note.hidden = Boolean(code);
  if (code) await take(code);
}

form.elements.file.addEventListener("change", async () => {
  const [file] = form.elements.file.files;
  note.hidden = true;
  if (file?.type.startsWith("image/") && file.size <= 20_000_000) return fromPicture(file);
  if (!file || file.size > 65536) return;
  const raw = new Uint8Array(await file.arrayBuffer());
  const isText = raw.every((b) => b === 9 || b === 10 || b === 13 || (b >= 32 && b < 127));
  text.value = isText ? new TextDecoder().decode(raw) : btoa(String.fromCharCode(...raw));
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

// The camera is asked for only when somebody presses the button, which is there only where a page may ask: its picture stays on this page.
const scan = document.getElementById("scan"), view = document.getElementById("camera");
let camera;

function stopCamera() {
  for (const track of camera?.getTracks() ?? []) track.stop();
  camera = undefined;
  view.hidden = true;
  view.srcObject = null;
}

async function look() {
  while (camera) {
    const code = view.videoWidth > 0 && await codeIn(view, view.videoWidth, view.videoHeight).catch(() => undefined);
    if (code) {
      stopCamera();
      return take(code);
    }
    await new Promise((next) => requestAnimationFrame(next));
  }
}

if (navigator.mediaDevices?.getUserMedia) {
  scan.hidden = false;
  scan.addEventListener("click", async () => {
    if (camera) return stopCamera();
    try {
      camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      note.hidden = false;
      return;
    }
    view.hidden = false;
    view.srcObject = camera;
    await view.play();
    await look();
  });
}
