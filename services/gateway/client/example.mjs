// A program for Renlin in one page, with @renlin/client: a resident of a pilot signs in, reads, raises a topic while there is no network, and has it
// sent later; votes where a poll is open; and checks every receipt. Build the client first (npm ci && npm run build), then
//
//   node example.mjs http://127.0.0.1:8686 ../../../renlin-data/example.json
//
// where the file is what the pilot wrote at its first start: the example's people and the keys of their devices.
import { readFileSync } from "node:fs";
import { Device, Gateway, Unreachable, fetchTransport, findHome, fromBase64, fromHex, keyOf, memoryStore, sealBallot } from "./dist/index.js";

const [address, people] = process.argv.slice(2);
const person = JSON.parse(readFileSync(people)).find((p) => p.what === "resident" && p.seed);

// In a mini-program: platformTransport(wx.request), and a Store over wx.setStorage.
let network = true;
const fetched = fetchTransport(fetch), store = memoryStore();
const transport = (request) => (network ? fetched(request) : Promise.reject(new Unreachable()));
const gateway = new Gateway({ address, transport, language: "en", cache: store });

const home = await findHome(gateway, person.community); // kept on a real device: receipts are checked against it
const device = new Device({ gateway, store, home, member: person.member, key: keyOf(fromHex(person.seed)) });
await device.signIn();
console.log("signed in to", home.name);

const book = (await device.record("rulebook/main")).body.book;
console.log("matters:", book.matters.map((m) => m.code).join(", "));

// Written without a network: kept, and sent once there is one. The words go to the vault, the record names them.
network = false;
const matter = book.matters[0].code;
const words = { subject: person.member, text: "There is no bench at the bus stop.", field: "text" };
const waits = await device.write("proposal.post", {}, { matter }, { about: "topics", words });
console.log("topic without a network:", waits.state);
network = true;
await device.outbox.flush();
const [posted] = await device.receipts();
const topic = posted.changed.find((path) => path.startsWith("topic/"));
console.log("topic sent:", topic !== undefined && (await device.outbox.list()).length === 0);

// Read back, and its words: that they were read is on the record as well.
const { body } = await device.record(topic, posted.index + 1);
const read = { ref: body.text.ref, subject: person.member, purpose: "PURPOSE_OWN", commitment: body.text.commitment };
console.log("it says:", await device.readText(read));

// A ballot is sealed to the poll's key here; nobody can count before the close. Tapping twice casts once.
const polls = await device.records("poll");
const open = polls.find((p) => p.state.roll && !p.state.closed && p.state.box_key);
if (open) {
  const box = Buffer.from(await sealBallot(fromBase64(open.state.box_key), open.id, person.member, { options: [0] })).toString("base64");
  const castOnce = () => device.write("voting.cast", { poll: open.id }, { poll: open.id, voter: person.member, box }, { about: open.path, once: `${open.path} 0` });
  const [first, second] = await Promise.all([castOnce(), castOnce()]);
  console.log("ballot:", first.state, first === second ? "once" : "twice");
}

// A refusal is told in the person's language, and stays in the outbox until they have seen it.
const refused = await device.write("proposal.second", { topic: "a".repeat(26) }, { topic: "a".repeat(26) });
console.log("refused:", refused.state === "refused" && refused.refused.code);

for (const kept of await device.receipts()) console.log("receipt of", kept.operation, kept.broken === undefined ? "holds" : `broken: ${kept.broken}`);
await device.signOut();
