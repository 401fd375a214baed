// Secret ballots: encrypt and prove, check, track, open. After docs/format.md section 13.
//
// A ballot is one number for each selection, encrypted to the key that the trustees made together, with a proof for every statement of the
// shape that the sum of its terms is one of those that are allowed, and none that it says which.
import { hex, join, same } from "../bytes";
import { big, little, Reader } from "./wire";
import { drawn, element, Element, G, mod, none, order, Point, Random, scalar, scalarBytes, secretly, times, Transcript } from "./group";
import { insist, Refusal } from "./refusal";
import { Shape, Statement, sumOf, Term } from "./shape";

// Voter is a pseudonym in one poll, and the number of its ballot there, from 1.
export interface Voter {
  pseudonym: Uint8Array;
  sequence: number;
}

// Made is a ballot with what opens it. The opening is the voter's secret: forget it, or open the ballot with it and cast another.
export interface Made {
  ballot: Uint8Array;
  opening: Uint8Array;
  tracker: Uint8Array;
}

interface Ciphertext {
  a: Element;
  b: Element;
}

const version = 1;

// Small tables: a client makes one ballot, and large ones cost more than they save it.
G.precompute(4, true);

// combined adds up ciphertexts by terms.
function combined(terms: Term[], list: Ciphertext[]): Ciphertext {
  let a = Point.ZERO, b = Point.ZERO;
  for (const [i, coefficient] of terms) {
    const n = BigInt(coefficient);
    a = a.add(coefficient === 1 ? list[i].a : times(list[i].a, n));
    b = b.add(coefficient === 1 ? list[i].b : times(list[i].b, n));
  }
  return { a, b };
}

// multiples are 0·P, 1·P and so on.
function multiples(p: Element, count: number): Element[] {
  const out = [Point.ZERO];
  while (out.length < count) out.push(out[out.length - 1].add(p));
  return out;
}

const pair = (a: Element, b: Element): Uint8Array => join(a.toBytes(), b.toBytes());

// Branch is one of the values that a statement allows, and what is proved of it: in earnest of the true one, made up of the others.
interface Branch {
  w: bigint;
  c: bigint;
  own: boolean;
  bytes: Uint8Array;
}

// Election is what every ballot of a poll is bound to: its id, its key and its shape.
export class Election {
  private readonly key: Element;

  constructor(readonly id: Uint8Array, private readonly keyBytes: Uint8Array, readonly shape: Shape) {
    insist(id.length === 32, "election.malformed");
    try {
      this.key = element(keyBytes);
    } catch {
      throw new Refusal("election_key.malformed");
    }
    this.key.precompute(4, true);
  }

  // encrypt makes a ballot of a choice. Whoever can tell what random answers knows the choice.
  encrypt(voter: Voter, choice: number[], random: Random): Made {
    checkVoter(voter);
    const values = this.shape.filled(choice), small = multiples(G, 32), r = values.map(() => drawn(random));
    const all = join(...values.map((v, i) => pair(secretly(G, r[i]), secretly(this.key, r[i]).add(small[v]))));
    const branches = this.shape.statements.map((s) => this.begin(s, sumOf(s.terms, values), random));
    const commitments = join(...branches.map((list) => join(...list.map((b) => b.bytes))));
    const challenges = this.challenges(voter, all, commitments);
    const scalars = this.shape.statements.map((s, i) => {
      const sum = mod(s.terms.reduce((n, [j, coefficient]) => n + BigInt(coefficient) * r[j], none));
      return answers(branches[i], challenges[i], sum);
    });
    const ballot = join(Uint8Array.of(version), all, commitments, ...scalars);
    const opening = join(Uint8Array.of(version), ...values.map((v, i) => join(big(v, 4), scalarBytes(r[i]))));
    return { ballot, opening, tracker: this.tracker(voter, ballot) };
  }

  // begin commits to a statement's branches, of which the one with n = v is the true one. The same is computed for each of them.
  private begin(s: Statement, v: number, random: Random): Branch[] {
    return Array.from({ length: s.hi - s.lo + 1 }, (_, j) => {
      const n = s.lo + j, w = drawn(random), c = drawn(random);
      const b = secretly(this.key, w).add(secretly(G, mod(c * BigInt(n - v))));
      return { w, c, own: n === v, bytes: pair(secretly(G, w), b) };
    });
  }

  // challenges answers the challenge of every statement.
  private challenges(voter: Voter, ciphertexts: Uint8Array, commitments: Uint8Array): bigint[] {
    const t = new Transcript("renlin/vote/v1/ballot").item("election", this.id).item("key", this.keyBytes).item("shape", this.shape.digest);
    t.item("pseudonym", voter.pseudonym).item("sequence", voter.sequence).item("ciphertexts", ciphertexts).item("commitments", commitments);
    return this.shape.statements.map((_, i) => t.item("proof", i).challenge("challenge"));
  }

  // verify checks a ballot as everybody does who reads the record.
  verify(voter: Voter, ballot: Uint8Array): void {
    checkVoter(voter);
    const { shape } = this, r = reading(ballot, shape);
    const all = ballot.subarray(1, 1 + 64 * shape.ciphertexts), commitments = ballot.subarray(1 + all.length, 1 + all.length + 64 * shape.branches);
    const read = (): Ciphertext => ({ a: element(r.take(32)), b: element(r.take(32)) });
    const ciphertexts = Array.from({ length: shape.ciphertexts }, read), marks = marksOf(ballot, shape);
    insist(new Set(marks).size === marks.length, "secret_ballot.number_repeated");
    const committed = shape.statements.map((s) => Array.from({ length: s.hi - s.lo + 1 }, read));
    const said = committed.map((list) => ({
      challenges: list.slice(1).map(() => scalar(r.take(32))), responses: list.map(() => scalar(r.take(32))),
    }));
    r.done();
    const challenges = this.challenges(voter, all, commitments);
    shape.statements.forEach((s, i) => {
      const left = said[i].challenges.reduce((rest, c) => rest - c, challenges[i]);
      const holds = this.holds(s, [...said[i].challenges, mod(left)], said[i].responses, committed[i], ciphertexts);
      insist(holds, "secret_ballot.unproved");
    });
  }

  // holds checks one statement.
  private holds(s: Statement, c: bigint[], responses: bigint[], commitments: Ciphertext[], ciphertexts: Ciphertext[]): boolean {
    const { a, b } = combined(s.terms, ciphertexts);
    return responses.every((response, j) => {
      const rest = b.subtract(times(G, BigInt(s.lo + j)));
      return times(G, response).equals(commitments[j].a.add(times(a, c[j]))) &&
        times(this.key, response).equals(commitments[j].b.add(times(rest, c[j])));
    });
  }

  // tracker is what a voter finds their ballot by.
  tracker(voter: Voter, ballot: Uint8Array): Uint8Array {
    const t = new Transcript("renlin/vote/v1/tracker").item("election", this.id).item("pseudonym", voter.pseudonym);
    return t.item("sequence", voter.sequence).item("ballot", ballot).digest("tracker").subarray(0, 32);
  }

  // open checks an opening against a ballot and answers the choice. Such a ballot is never counted.
  open(ballot: Uint8Array, opening: Uint8Array): number[] {
    const { shape } = this, wrong = "opening.wrong";
    reading(ballot, shape);
    insist(opening.length === 1 + 36 * shape.ciphertexts && opening[0] === version, wrong);
    const r = new Reader(opening.subarray(1), wrong), values: number[] = [];
    for (let i = 0; i < shape.ciphertexts; i++) {
      const v = r.uint(4), random = little(r.take(32));
      insist(random < order, wrong);
      const made = pair(times(G, random), times(G, BigInt(v)).add(times(this.key, random)));
      insist(same(made, ballot.subarray(1 + 64 * i, 65 + 64 * i)), wrong);
      values.push(v);
    }
    insist(shape.allows(values), wrong);
    return values.slice(0, shape.selections.length);
  }
}

// answers are a statement's scalars once its challenge is known: the true branch's own challenge is what is missing to it.
function answers(branches: Branch[], challenge: bigint, random: bigint): Uint8Array {
  const others = branches.reduce((sum, b) => (b.own ? sum : sum + b.c), none);
  const c = branches.map((b) => (b.own ? mod(challenge - others) : b.c));
  return join(...c.slice(0, -1).map(scalarBytes), ...branches.map((b, j) => scalarBytes(b.w + c[j] * random)));
}

// reading begins to read a ballot of the right size and version.
function reading(ballot: Uint8Array, shape: Shape): Reader {
  insist(ballot.length === shape.size, "secret_ballot.size_wrong");
  const r = new Reader(ballot, "secret_ballot.size_wrong");
  insist(r.uint(1) === version, "secret_ballot.version_unknown");
  return r;
}

// marksOf answers the marks of a ballot of the right size, as text.
function marksOf(ballot: Uint8Array, shape: Shape): string[] {
  return Array.from({ length: shape.ciphertexts + shape.branches }, (_, i) => hex(ballot.subarray(1 + 64 * i, 17 + 64 * i)));
}

function checkVoter({ pseudonym, sequence }: Voter): void {
  insist(pseudonym.length === 32 && Number.isSafeInteger(sequence) && sequence >= 0, "voter.malformed");
}
