// Checks what stands in a poll's files again: ballots and totals, ceremonies, decryptions, roll calls, sealed totals. A file has the form of
// docs/format/secretballot.json, docs/format/trustee.json or docs/format/joint.json, or all in one. What the file says is refused must be, for the reason it gives.
//
//   node verify-poll.mjs FILE...      0: everything is as the files say; 1: something is not; 2: a file cannot be read
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { BallotBox, Election } from "./ballot.mjs";
import { G, H, Refusal, hex, scalar, sumElement, times, unhex } from "./group.mjs";
import { joint } from "./joint.mjs";
import { Ceremony, Seal, Total, dealt, isPublic, openBox, sharedSecret } from "./trustees.mjs";

// Report counts what was checked and keeps what was wrong.
class Report {
  checked = 0;
  findings = [];

  // is holds what was computed to what the file says.
  is(what, got, want) {
    this.checked++;
    if (got !== want) this.findings.push({ what, computed: got, file: want });
  }

  // judged runs a check, and holds its refusal, or that there is none, to what the file says.
  judged(what, file, check) {
    let answer, got;
    try { answer = check(); } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      got = e;
    }
    this.is(what, got?.fault, file.fault);
    if (file.proof !== undefined) this.is(what + ", proof", got?.proof, file.proof);
    return answer;
  }
}

const read = (f) => ({ a: sumElement(unhex(f.a)), b: sumElement(unhex(f.b)) });

// checkElection checks one election's ballots and totals, and those that have to be refused.
function checkElection(report, e) {
  const election = new Election({ id: unhex(e.id), key: unhex(e.key), shape: e.shape }), box = new BallotBox(), counted = [];
  if (e.shape_digest) report.is(e.name + ": shape", hex(election.shape.digest), e.shape_digest);
  if (e.ballot_bytes) report.is(e.name + ": size", election.shape.size, e.ballot_bytes);
  for (const b of e.ballots) {
    const what = `${e.name}: ${b.name}`, voter = { pseudonym: unhex(b.pseudonym), sequence: b.sequence }, bytes = unhex(b.ballot);
    const good = report.judged(what, b, () => election.verify(voter, bytes));
    if (!good) continue;
    report.judged(what + ", marks", {}, () => box.add(good.marks));
    report.is(what + ", tracker", hex(election.tracker(voter, bytes)), b.tracker);
    if (b.marks) report.is(what + ", marks", good.marks.join(), b.marks.join());
    if (b.opening) report.is(what + ", opening", election.open(bytes, unhex(b.opening)).join(), b.choice.join());
    counted.push({ ciphertexts: good.ciphertexts, weight: b.weight ?? 0 });
  }
  for (const b of e.refused ?? []) {
    const voter = { pseudonym: unhex(b.pseudonym), sequence: b.sequence };
    report.judged(`${e.name}: ${b.name}`, b, () => election.verify(voter, unhex(b.ballot)));
  }
  election.tally(counted).forEach(({ a, b, bound }, i) => {
    const what = `${e.name}: total ${i}`, f = e.totals[i];
    report.is(what, hex(a.toBytes()) + hex(b.toBytes()), f.a + f.b);
    report.is(what + ", bound", bound, BigInt(f.bound));
    if (e.secret) report.is(what + ", opened", b.subtract(times(a, scalar(unhex(e.secret)))).equals(times(G, BigInt(f.total))), true);
  });
  report.is(e.name + ": totals", e.totals.length, e.shape.totals.length);
}

// checkCeremony plays a ceremony and answers its seal, if it came to one.
function checkCeremony(report, c) {
  const ceremony = new Ceremony(unhex(c.ceremony));
  report.is(c.name + ": id", hex(ceremony.id), c.id);
  c.messages.forEach((m, i) => report.judged(`${c.name}: message ${i}, ${m.name}`, m, () => ceremony.add(unhex(m.bytes))));
  report.is(c.name + ": liar", ceremony.liar, c.liar ?? 0);
  if (!c.seal) return;
  report.is(c.name + ": seal", hex(ceremony.seal()), c.seal);
  c.shares?.forEach((x, i) => report.is(`${c.name}: share ${i + 1}`, dealt(ceremony, i + 1, scalar(unhex(c.keys[i]))), scalar(unhex(x))));
}

function checkDecryption(report, d) {
  const seal = new Seal(unhex(d.seal)), election = unhex(d.election), sums = d.sums.map(read), messages = d.partials.map((p) => unhex(p.bytes));
  d.partials.forEach((p, i) => report.judged("decryption: " + p.name, p, () => seal.partial(messages[i], election, sums)));
  const combined = report.judged("decryption", { fault: d.fault }, () => seal.combine(messages, election, sums));
  combined?.totals.forEach((t, k) => report.is("decryption: sum " + k, t.equals(times(G, BigInt(d.sums[k].value))), true));
}

function checkRollCall(report, o) {
  const seal = new Seal(unhex(o.seal)), messages = o.exposed.map((p) => unhex(p.bytes));
  o.exposed.forEach((p, i) => report.judged("roll call: " + p.name, p, () => seal.exposed(messages[i])));
  const exposed = report.judged("roll call", {}, () => seal.expose(messages));
  if (!exposed) return;
  report.is("roll call: secret", exposed.secret, scalar(unhex(o.secret)));
  const plain = report.judged("roll call: box", {}, () => openBox(exposed.secret, unhex(o.box)));
  const want = hex(new TextEncoder().encode(o.poll + o.voter)) + o.choice; // and padding
  if (plain) report.is("roll call: choice", hex(plain).slice(0, want.length), want);
}

function checkSealedTotal(report, z) {
  const seal = new Seal(unhex(z.seal)), blinded = [];
  const total = new Total(seal, { election: unhex(z.election), measure: z.measure, ...read(z.sum), bound: z.bound });
  report.is("sealed total: subject", hex(total.subject), z.subject);
  for (const p of z.blinded) {
    const bytes = unhex(p.bytes), part = report.judged("sealed total: " + p.name, p, () => total.blinded(bytes));
    if (part ?? /^trustee\.(?!malformed)/.test(p.fault)) blinded.push(part ?? { index: bytes[2], fault: p.fault });
  }
  const right = blinded.filter((x, i) => !x.fault && !blinded.slice(0, i).some((y) => y.index === x.index && !y.fault));
  if (z.commitment) report.is("sealed total: commitment", hex(total.commitment(right.slice(0, seal.t)).toBytes()), z.commitment);
  if (isPublic(total)) report.is("sealed total: public", times(G, BigInt(z.sum.value)).equals(total.b) && z.sum.value <= z.bound, true);
  for (const v of z.verdicts) {
    const claims = report.judged("sealed total: " + v.name, v, () => total.verdict(unhex(v.bytes), blinded));
    if (claims) report.is(`sealed total: ${v.name}, claims`, claims.map(said).join(), v.claims.map(said).join());
  }
}

// checkJoint checks what is said of several totals together.
function checkJoint(report, p) {
  const seal = new Seal(unhex(p.seal)), lists = [];
  const totals = p.totals.map((z) => new Total(seal, { election: unhex(p.election), measure: z.measure, ...read(z.sum), bound: z.bound }));
  p.totals.forEach((z, i) => {
    lists.push(z.blinded.map((m) => {
      const bytes = unhex(m.bytes), part = report.judged(`${p.name}: ${z.measure}`, m, () => totals[i].blinded(bytes));
      return part ?? { index: bytes[2], fault: m.fault };
    }));
  });
  for (const v of p.verdicts) {
    const got = report.judged(`${p.name}: ${v.name}`, v, () => joint(unhex(v.bytes), totals, lists));
    if (got) report.is(`${p.name}: ${v.name}, thresholds`, `${got.reached} ${got.thresholds.join()}`, `${v.reached} ${v.thresholds.join()}`);
  }
}

const said = ({ reached, threshold }) => `${reached ? "at least" : "below"} ${threshold}`;

function checkSharedSecret(report, q) {
  const x = scalar(unhex(q.secret)), file = q.shared ? {} : { fault: "box.unopenable" };
  const shared = report.judged("shared secret: " + q.name, file, () => hex(sharedSecret(x, unhex(q.ephemeral))));
  if (shared) report.is("shared secret: " + q.name, shared, q.shared);
}

// verifyPoll checks one file's contents and answers {checked, findings}.
export function verifyPoll(file) {
  const report = new Report();
  if (file.second_generator) report.is("second generator", hex(H.toBytes()), file.second_generator);
  for (const e of file.elections ?? []) checkElection(report, e);
  for (const c of file.ceremonies ?? []) checkCeremony(report, c);
  for (const d of [file.decryption, ...(file.more_decryptions ?? [])]) if (d) checkDecryption(report, d);
  if (file.roll_call) checkRollCall(report, file.roll_call);
  for (const q of file.shared_secrets ?? []) checkSharedSecret(report, q);
  for (const z of [file.sealed_total, ...(file.more_sealed_totals ?? [])]) if (z) checkSealedTotal(report, z);
  for (const p of file.polls ?? []) checkJoint(report, p);
  return report;
}

function main(names) {
  let code = names.length ? 0 : 2;
  if (!names.length) console.error("want one FILE or more");
  for (const name of names) {
    let report;
    try { report = verifyPoll(JSON.parse(readFileSync(name, "utf8"))); } catch (e) {
      console.error(`${name}: ${e.message}`);
      return 2;
    }
    for (const f of report.findings) console.log(`BAD  ${name}: ${f.what}: computed ${f.computed ?? "no refusal"}, the file says ${f.file ?? "none"}`);
    console.log(`${name}: ${report.checked} checked, ${report.findings.length} wrong`);
    // A file in which there is nothing to check proves nothing.
    if (report.findings.length || !report.checked) code = 1;
  }
  return code;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main(process.argv.slice(2));
