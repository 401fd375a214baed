// A device in a page of JavaScript: it founds a community, signs in, seals a text, posts a topic and reads it back. Node's own crypto
// and fetch only; docs/guide/api.md tells what happens, docs/format.md what the signed bytes are.
//
//   node docs/guide/device.mjs http://127.0.0.1:8686
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const address = process.argv[2] ?? "http://127.0.0.1:8686";
const H = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const u16 = (n) => { const b = Buffer.alloc(2); b.writeUInt16BE(n); return b; };
const i64 = (n) => { const b = Buffer.alloc(8); b.writeBigInt64BE(BigInt(n)); return b; };
const str = (s) => { const b = Buffer.from(s); return Buffer.concat([u16(b.length), b]); };
const base64url = (b) => Buffer.from(b).toString("base64url");
const newId = () => Array.from(randomBytes(26), (b) => "abcdefghijklmnopqrstuvwxyz234567"[b & 31]).join("");

// A key never leaves its device; only its public half is told.
function newKey() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { public: publicKey.export({ type: "spki", format: "der" }).subarray(-32), private: privateKey };
}

// A signature covers suite, community, operation, contract, command id, expiry and body: it can be moved to nothing else.
function signature(key, command) {
  const input = Buffer.concat([
    Buffer.from("renlin/command/1\n"), Buffer.from([1]), command.genesis, str(command.operation), u16(1), command.id, i64(command.notAfter),
    H(Buffer.from(command.body)),
  ]);
  return base64url(key.public) + "." + base64url(sign(null, input, key.private));
}

// call sends one request. Every refusal is a problem (RFC 9457) with a code for programs and a sentence for people. Whoever is told to come
// back does so, with the same bytes under the same key: a service may have a moment's work to do, as after a founding.
async function call(method, path, headers = {}, body = undefined) {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(address + path, { method, headers: { "Content-Type": "application/json", "Accept-Language": "en", ...headers }, body });
    const text = await answer.text();
    if (answer.ok) return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
    const problem = JSON.parse(text), retry = answer.headers.get("Retry-After");
    if (answer.status !== 503 || retry === null || tries === 5) {
      throw Object.assign(new Error(`${problem.code}: ${problem.detail}`), { code: problem.code, retry });
    }
    await new Promise((done) => setTimeout(done, 1000 * retry));
  }
}

// signed makes a command ready to be sent, once or again: the same bytes under the same key are done once, whatever becomes of an answer.
function signed(device, operation, path, message) {
  const key = randomBytes(16).toString("hex"), body = JSON.stringify(message), notAfter = Date.now() + 5 * 60_000;
  const id = H(Buffer.from("renlin/command-id/1\n"), u16(32), device.key.public, str(key));
  return ["POST", `/v1/communities/${device.community}/${path}`, {
    "Idempotency-Key": key, "Renlin-Not-After": String(notAfter),
    "Renlin-Signature": signature(device.key, { genesis: device.genesis, operation, id, notAfter, body }),
  }, body];
}

// Two officers of different organisations sign the founding. What it must name of this system, the gateway tells.
async function found() {
  const terms = (await call("GET", "/v1/founding")).body;
  const orgs = [
    { id: newId(), kind: "ORG_KIND_RESIDENTS_COMMITTEE", name: "Residents' committee" },
    { id: newId(), kind: "ORG_KIND_OWNERS_COMMITTEE", name: "Owners' committee" },
  ];
  const officers = orgs.map((org) => ({ member: newId(), org: org.id, key: newKey() }));
  const requirement = { measure: "MEASURE_HEADS", of: "OF_YES", base: "BASE_PARTICIPANTS", numerator: "1", denominator: "2", strict: true };
  const body = JSON.stringify({
    suite: 1, name: "A community of a guide", orgs, epochKey: terms.epoch_key, nonce: randomBytes(32).toString("base64"),
    rulebook: {
      version: 1, openTopicsMax: 3, inviteSeconds: 604800,
      matters: [{
        code: "greening", title: "Greening", thresholdMembers: 2, thresholdNumerator: "1", thresholdDenominator: "2", deliberationSeconds: 3600,
        poll: {
          electorate: "ELECTORATE_MEMBERS", method: "METHOD_YES_NO", requirements: [requirement], votingSeconds: 3600, keyPublishSeconds: 600,
          objectionSeconds: 60, closeWhenComplete: true, executionDelaySeconds: 60, executionExpirySeconds: 3600, vetoSeconds: 60,
        },
      }],
    },
    founders: officers.map((o) => ({ member: o.member, org: o.org, key: o.key.public.toString("base64"), roles: ["ROLE_OFFICER"] })),
    holders: terms.holders.map((h, i) => ({ member: newId(), org: orgs[i].id, key: h.key, boxKey: h.box_key })),
  });
  const id = H(Buffer.from("renlin/genesis-id/1\n"), H(Buffer.from(body)));
  const signatures = officers.map((o) => signature(o.key, { genesis: Buffer.alloc(32), operation: "community.found", id, notAfter: 0, body }));
  const headers = { "Idempotency-Key": randomBytes(16).toString("hex"), "Renlin-Signature": signatures.join(", ") };
  const founded = await call("POST", "/v1/communities", headers, body);
  return { ...officers[0], community: founded.body.community, genesis: Buffer.from(founded.body.genesis, "hex") };
}

// signIn opens a session with the device's signature. Services learn of a new community a moment after it is founded.
async function signIn(device) {
  for (let pause = 50; ; pause *= 2) {
    try {
      device.token = (await call(...signed(device, "gateway.sign_in", "sessions", { member: device.member }))).body.token;
      return;
    } catch (problem) {
      if (pause > 5000) throw problem;
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}

const device = await found();
console.log("founded community", device.community);
await signIn(device);
console.log("signed in as member", device.member);

// Words are sealed in the vault; the record holds reference, length and commitment, and nothing that could be read.
const sealed = (await call("POST", `/v1/communities/${device.community}/texts?subject=${device.member}`, {
  "Content-Type": "text/plain; charset=utf-8", "Idempotency-Key": randomBytes(16).toString("hex"), Authorization: `Bearer ${device.token}`,
}, "There is no bench at the bus stop.")).body;
const text = { ref: sealed.ref, lengthBytes: sealed.length_bytes, commitment: sealed.commitment };
const post = signed(device, "proposal.post", "topics", { matter: "greening", text });
const first = await call(...post);
const topic = first.body.changed.find((path) => path.startsWith("topic/"));
console.log("posted", topic, "as commit", first.body.index);

// The same command again gets the first receipt, with 200 in place of 201. So a lost answer is no trouble: send it again.
const second = await call(...post);
if (second.status !== 200 || second.body.receipt !== first.body.receipt) throw new Error("a repeated command got another receipt");

// min_index waits for one's own write; the tag saves reading again what has not changed.
const path = `/v1/communities/${device.community}/records/${topic}?min_index=${first.body.position}`;
const read = await call("GET", path, { Authorization: `Bearer ${device.token}` });
console.log("read it back in version", read.body.records[0].version, "with tag", read.headers.get("ETag"));

// A refusal says why, in the caller's language.
try {
  const nothing = newId();
  await call(...signed(device, "proposal.second", `topics/${nothing}/seconds`, { topic: nothing }));
} catch (problem) {
  console.log("refused by name:", problem.code);
}
