// Secret ballots are held to the released vectors: what is made here the record takes, and what the record has is read here.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { randomBytes } from "node:crypto";
import * as secret from "../dist/secret.js";

const { Election, Shape, Credential, Poll, Roster, byFilling, fillings, oneOf } = secret;
const read = (name) => JSON.parse(readFileSync(new URL("../../../../docs/format/" + name, import.meta.url)));
const unhex = (text) => Uint8Array.from(Buffer.from(text, "hex"));
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const code = (name) => (error) => error.code === name && error.words.zh !== "" && error.words.en !== "";
const random = (n) => new Uint8Array(randomBytes(n));
const electionOf = (e) => new Election(unhex(e.id), unhex(e.key), new Shape(e.shape));
const voterOf = (b) => ({ pseudonym: unhex(b.pseudonym), sequence: b.sequence });

for (const file of ["secretballot.json", "oneof.json"]) {
  test(`${file}: ballots, trackers, openings, and refusals by name`, () => {
    for (const e of read(file).elections) {
      const election = electionOf(e);
      assert.equal(hex(election.shape.digest), e.shape_digest, e.name);
      assert.equal(election.shape.size, e.ballot_bytes, e.name);
      for (const b of e.ballots) {
        election.verify(voterOf(b), unhex(b.ballot));
        assert.equal(hex(election.tracker(voterOf(b), unhex(b.ballot))), b.tracker, b.name);
        assert.deepEqual(election.open(unhex(b.ballot), unhex(b.opening)), b.choice, b.name);
      }
      for (const b of e.refused ?? []) assert.throws(() => election.verify(voterOf(b), unhex(b.ballot)), code(b.fault), b.name);
    }
  });
}

test("what is encrypted here is verified and opened here, and bound to voter and number", () => {
  for (const e of read("secretballot.json").elections) {
    const election = electionOf(e), voter = voterOf(e.ballots[0]), { choice } = e.ballots[0];
    const made = election.encrypt(voter, choice, random);
    election.verify(voter, made.ballot);
    assert.deepEqual(election.open(made.ballot, made.opening), choice, e.name);
    assert.deepEqual(made.tracker, election.tracker(voter, made.ballot));
    assert.throws(() => election.verify({ ...voter, sequence: 9 }, made.ballot), code("secret_ballot.unproved"), e.name);
    for (const at of [0, 1, 40, 70, made.ballot.length - 1]) {
      const bad = made.ballot.slice();
      bad[at] ^= 1;
      assert.throws(() => election.verify(voter, bad), { name: "Refusal" }, `${e.name}, byte ${at}`);
    }
    assert.throws(() => election.encrypt(voter, choice.map(() => 31), random), code("choice.not_allowed"), e.name);
    assert.throws(() => election.open(made.ballot, new Uint8Array(made.opening.length)), code("opening.wrong"), e.name);
  }
});

test("credentials: commitments, receipts, rosters and elections as released", () => {
  const vectors = read("credentials.json");
  for (const v of vectors.registrations) {
    const c = new Credential(v.poll, v.voter, unhex(v.salt), new Uint8Array(32));
    Object.defineProperty(c, "key", { value: unhex(v.key) }); // the vectors have no private keys
    assert.equal(hex(c.commitment()), v.commitment);
    const registrar = { key: Buffer.from(v.registrar, "hex").toString("base64") };
    assert.equal(c.register(registrar, unhex(v.receipt)).voter, v.voter);
    const other = unhex(v.receipt);
    other[7] ^= 1;
    assert.throws(() => c.register(registrar, other), code("credential.receipt_untrue"));
  }
  for (const v of vectors.rosters) {
    const roster = new Roster("pppppppppppppppppppppppppp");
    const field = (n, bytes) => Buffer.concat([Buffer.from([n * 8 + 2, bytes.length]), bytes]);
    const number = (n, value) => (value ? Buffer.concat([Buffer.from([n * 8]), varint(value)]) : Buffer.alloc(0));
    for (const r of v.rows) {
      const measured = Buffer.concat([number(1, r.households), number(2, r.weight)]);
      const row = Buffer.concat([field(1, unhex(r.key)), number(2, r.heads), number(3, r.area_centi_m2), ...(measured.length ? [field(4, measured)] : [])]);
      roster.fold({ aggregate: "poll/pppppppppppppppppppppppppp", type: "renlin.voting.v1.CredentialsListed", body: new Uint8Array(field(1, row)) });
    }
    assert.equal(hex(roster.root()), v.root, v.name);
  }
});

function varint(n) {
  const out = [];
  for (; n > 127; n = Math.floor(n / 128)) out.push((n % 128) | 128);
  return Buffer.from([...out, n]);
}

test("a credential is kept and read, and nothing else is read", () => {
  const c = Credential.make(random, "p".repeat(26), "a".repeat(26));
  const again = Credential.read(c.bytes());
  assert.deepEqual(again.bytes(), c.bytes());
  assert.deepEqual(again.commitment(), c.commitment());
  for (const bad of [c.bytes().slice(1), new Uint8Array(0), new Uint8Array(117)]) {
    assert.throws(() => Credential.read(bad), code("credential.malformed"));
  }
  assert.throws(() => c.seal(random, new Uint8Array(32)), code("registrar_key.malformed"));
  assert.equal(c.seal(random, unhex("09".padEnd(64, "0"))).length, 165);
});

const methods = ["", "YES_NO", "SINGLE", "APPROVAL", "BUDGET_GREEDY", "BUDGET_GREEDY_NO_SKIP", "SCORE", "STAR", "BORDA", "INSTANT_RUNOFF", "SCHULZE",
  "QUADRATIC", "BUDGET_EQUAL_SHARES", "STV", "PROPORTIONAL_APPROVAL", "EQUAL_SHARES"];
const forms = ["", "CHOOSE_ONE", "APPROVAL", "CUMULATIVE", "ORDINAL", "SCORE"];

test("ways to fill a ballot in: as many as released, each of them a choice and back", () => {
  for (const v of read("fillings.json").counts) {
    const b = v.ballot, n = (name) => Number(b[name] ?? 0);
    const ballot = {
      form: forms.indexOf((b.form ?? "").replace("BALLOT_FORM_", "")), options_min: n("optionsMin"), options_max: n("optionsMax"),
      points_min: n("pointsMin"), points_max: n("pointsMax"), points_sum_max: n("pointsSumMax"), cost_sum_max_fen: n("costSumMaxFen"),
    };
    const rules = { method: methods.indexOf(v.method.replace("METHOD_", "")), ballot };
    const question = { options: v.codes.map((c, i) => ({ code: c, cost_fen: v.costs[i] })) };
    assert.ok(byFilling(rules), v.name);
    const all = fillings(question, rules);
    assert.equal(all.length, v.ways, v.name);
    const heads = new Map((v.heads ?? []).map(([place, count]) => [place, count]));
    if (v.method === "METHOD_STAR") { // the released scores show that the ways stand in the released order
      const sums = question.options.map((_, o) => [...heads].reduce((sum, [place, count]) => {
        const at = all[place].options.indexOf(o);
        return at < 0 ? sum : sum + count * all[place].points[at];
      }, 0));
      assert.deepEqual(sums, v.scores, v.name);
    }
    all.forEach((choice, i) => {
      if (i % 7 !== 0 && i !== all.length - 1) return;
      const selections = secret.selectionsOf(question, rules, choice);
      assert.equal(selections.indexOf(1), i, v.name);
      assert.deepEqual(secret.choiceOf(question, rules, selections), choice);
    });
    assert.ok(secret.selectionsOf(question, rules, { options: [] }).every((s) => s === 0));
    assert.throws(() => secret.selectionsOf(question, rules, { options: [0, 0] }), code("choice.not_allowed"));
    if (all.length >= 2) assert.ok(new Shape(oneOf(all.length)).size <= 36864);
  }
  const forty = { options: Array.from({ length: 40 }, () => ({})) };
  for (const rules of [{ method: 7, ballot: { points_max: 9 } }, { method: 9 }]) {
    assert.throws(() => fillings(forty, rules), code("secret_poll.fillings_many"));
  }
});

test("the table of messages is that of the .proto files", () => {
  const found = {};
  for (const service of ["community", "proposal", "voting"]) {
    const folder = new URL(`../../../../proto/renlin/${service}/v1/`, import.meta.url);
    for (const file of readdirSync(folder).filter((f) => f.endsWith(".proto"))) {
      const text = readFileSync(new URL(file, folder), "utf8").replace(/\/\/.*/g, "");
      for (const [, name, body] of text.matchAll(/^message (\w+) \{\n([^]*?)^\}/gm)) {
        found[name] ??= Object.fromEntries([...body.matchAll(/^ {2}(repeated )?([\w.]+) (\w+) = (\d+)/gm)].map(([, many, type, field, number]) => {
          const short = { string: "s", bytes: "b", bool: "f", uint32: "n", int64: "n", uint64: "n" }[type] ?? type.split(".").pop();
          return [number, `${field} ${short in secret.fieldsOf || "sbfn".includes(short) ? short : "n"}${many ? "*" : ""}`];
        }));
      }
    }
  }
  for (const [name, fields] of Object.entries(secret.fieldsOf)) assert.deepEqual({ ...fields }, found[name], name);
});
