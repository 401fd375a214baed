// A voter's device in a secret poll: registers, looks at the list of credentials, has one ballot opened to try the device, casts another, and
// finds it on the record. What it must know of itself comes as one JSON object on standard input, because a key stands in no argument:
//
//   {"address": "http://127.0.0.1:8686", "community": "...", "member": "...", "seed": base64, "poll": "...", "options": [0]}
import {
  Device, Gateway, Refusal, fetchTransport, findHome, fromBase64, keyOf, memoryStore, randomBytes, secretBallots,
} from "@renlin/client";

let input = "";
for await (const part of process.stdin) input += part;
const me = JSON.parse(input);
const transport = fetchTransport(fetch), store = memoryStore();
const say = (what, more = {}) => console.log(JSON.stringify({ what, ...more }));
const hex = (bytes) => Buffer.from(bytes).toString("hex");

// Where there is no BigInt this says so, and where to vote instead; nothing that needs it has been loaded then.
const { Booth, Voter, stageOf } = await secretBallots(() => import("@renlin/client/secret"));
const gateway = new Gateway({ address: me.address, transport, language: "en" });
const home = await findHome(gateway, me.community);
const device = new Device({ gateway, store, home, member: me.member, key: keyOf(fromBase64(me.seed)) });
await device.signIn();

// until reads the poll's record until it has come so far.
async function until(...stages) {
  for (;;) {
    const { body } = await device.record(`poll/${me.poll}`);
    if (stages.includes(stageOf(body))) return body;
    await new Promise((done) => setTimeout(done, 200));
  }
}

// caughtUp asks again while the archive, which follows the record a moment later, is behind.
async function caughtUp(look) {
  for (;;) {
    try {
      return await look();
    } catch (why) {
      if (!(why instanceof Refusal) || why.code !== "record.behind") throw why;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

const voter = new Voter(device, store, randomBytes, me.poll);
const outcome = await voter.register((await until("registering")).secret.registrar);
if (outcome.state !== "done") throw new Error(`registration: ${JSON.stringify(outcome)}`);
say("registered", { stands: await voter.stands() });

const open = await until("open");
say("listed", { weight: await caughtUp(() => voter.look(open)) });

// From here on nobody is named: the booth has no session, and the credential alone signs.
const booth = new Booth({ address: me.address, transport, home, random: randomBytes }, await voter.credential());
const poll = await booth.poll();
const tried = await booth.make(poll, { options: me.options });
say("tracker of what is opened", { tracker: hex(tried.tracker) });
await voter.send(booth, tried, true);

const meant = await booth.make(poll, { options: me.options });
say("tracker", { tracker: hex(meant.tracker) });
const cast = await voter.send(booth, meant); // kept first: had the program ended here, voter.resume(booth) would send the same again
say("cast", { sequence: cast.sequence, index: cast.index, receipt: cast.broken ?? "holds" });
while (!(await voter.counted(poll))) await new Promise((done) => setTimeout(done, 200));
say("on the record");
