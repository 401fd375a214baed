// Secret ballots: encrypt and prove, check, track, open, count. After docs/format.md section 13 and nothing else.
import { G, Point, Reader, Refusal, Transcript, big, concat, element, hex, insist, little, mod, order, same, scalarBytes, secretly,
  times } from "./group.mjs";

const VERSION = 1;
const ciphertextsMax = 512, ballotBytesMax = 65536, totalMax = 100_000_000_000n;

// Small tables: a client makes one ballot, and large ones cost more than they save it.
G.precompute(4, true);

const whole = (n, least, most) => Number.isInteger(n) && n >= least && n <= most;

// checkTerms holds a list of [selection, coefficient] to the format, and answers the largest value of the terms.
function checkTerms(terms, selections) {
  insist(Array.isArray(terms) && terms.length > 0, "shape.invalid");
  let last = -1, largest = 0n;
  for (const [selection, coefficient] of terms) {
    insist(whole(selection, last + 1, selections.length - 1) && whole(coefficient, 1, 2 ** 31), "shape.invalid");
    last = selection;
    largest += BigInt(coefficient) * BigInt(selections[selection]);
  }
  return largest;
}

// fillings answers the weights of the ciphertexts that fill a sum up to its hi.
function fillings(width) {
  if (width < 8) return [];
  const weights = [];
  let sum = 0;
  for (let w = 1; sum + w < width; w *= 2) { weights.push(w); sum += w; }
  return [...weights, width - sum];
}

// Shape is what an allowed choice is, and what follows from that: ciphertexts, statements and size.
export class Shape {
  constructor({ selections, sums, totals }) {
    insist([selections, sums, totals].every(Array.isArray), "shape.invalid");
    insist(selections.length <= ciphertextsMax && sums.length <= 128 && totals.length <= 512, "shape.too_large");
    insist(totals.length > 0, "shape.invalid");
    for (const max of selections) {
      insist(Number.isInteger(max) && max >= 1, "shape.invalid");
      insist(max <= 31, "shape.too_large");
    }
    Object.assign(this, { selections, sums, totals, fills: [] });
    const extended = [];
    for (const { terms, lo, hi } of sums) {
      const largest = checkTerms(terms, selections);
      insist(whole(lo, 0, Number.MAX_SAFE_INTEGER) && whole(hi, lo, Number.MAX_SAFE_INTEGER) && BigInt(hi) <= largest, "shape.invalid");
      const weights = fillings(hi - lo), first = selections.length + this.fills.length;
      this.fills.push(...weights);
      extended.push({ terms: [...terms, ...weights.map((w, i) => [first + i, w])], lo: weights.length ? hi : lo, hi, weights });
    }
    for (const t of totals) checkTerms(t, selections);
    this.extended = extended;
    this.ciphertexts = selections.length + this.fills.length;
    this.statements = [
      ...selections.map((max, i) => ({ terms: [[i, 1]], lo: 0, hi: max })),
      ...this.fills.map((_, i) => ({ terms: [[selections.length + i, 1]], lo: 0, hi: 1 })),
      ...extended,
    ];
    this.branches = this.statements.reduce((n, s) => n + s.hi - s.lo + 1, 0);
    this.size = 1 + 64 * this.ciphertexts + 64 * this.branches + 32 * (2 * this.branches - this.statements.length);
    insist(this.ciphertexts <= ciphertextsMax && this.size <= ballotBytesMax, "shape.too_large");
    this.digest = this.#digest();
  }

  #digest() {
    const t = new Transcript("renlin/vote/v1/shape");
    const terms = (list) => {
      t.item("terms", list.length);
      for (const [selection, coefficient] of list) t.item("selection", selection).item("coefficient", coefficient);
    };
    t.item("selections", this.selections.length).items("max", this.selections).item("sums", this.sums.length);
    for (const s of this.sums) { terms(s.terms); t.item("lo", s.lo).item("hi", s.hi); }
    t.item("totals", this.totals.length);
    this.totals.forEach(terms);
    return t.digest("shape");
  }

  // allows tells whether values, of selections and fillings, fulfil every statement.
  allows(values) {
    return this.statements.every((s) => { const v = sumOf(s.terms, values); return v >= BigInt(s.lo) && v <= BigInt(s.hi); });
  }

  // filled adds to a choice what fills its sums.
  filled(choice) {
    insist(Array.isArray(choice) && choice.length === this.selections.length, "choice.not_allowed");
    insist(choice.every((v, i) => whole(v, 0, this.selections[i])), "choice.not_allowed");
    const values = choice.map(BigInt);
    this.extended.forEach(({ weights, hi }, i) => {
      let missing = BigInt(hi) - sumOf(this.sums[i].terms, values);
      const filling = [];
      // Taken from the last to the first, whatever fits: the weights before one always add up to what can then still be missing.
      for (const w of [...weights].reverse().map(BigInt)) {
        filling.unshift(w <= missing ? 1n : 0n);
        if (w <= missing) missing -= w;
      }
      values.push(...filling);
    });
    insist(this.allows(values), "choice.not_allowed");
    return values;
  }
}

const sumOf = (terms, values) => terms.reduce((sum, [i, coefficient]) => sum + BigInt(coefficient) * values[i], 0n);

// combined adds up ciphertexts by terms.
function combined(terms, list) {
  let a = Point.ZERO, b = Point.ZERO;
  for (const [i, coefficient] of terms) {
    const n = BigInt(coefficient);
    a = a.add(n === 1n ? list[i].a : times(list[i].a, n));
    b = b.add(n === 1n ? list[i].b : times(list[i].b, n));
  }
  return { a, b };
}

// Election is what every ballot of a poll is bound to: its id, its key and its shape.
export class Election {
  constructor({ id, key, shape }) {
    insist(id.length === 32, "election.malformed");
    this.id = id;
    this.keyBytes = key;
    this.shape = shape instanceof Shape ? shape : new Shape(shape);
    try { this.key = element(key); } catch { throw new Refusal("election_key.malformed"); }
    this.key.precompute(4, true);
  }

  // challenges answers the challenge of every statement.
  #challenges(voter, ciphertexts, commitments) {
    const t = new Transcript("renlin/vote/v1/ballot").item("election", this.id).item("key", this.keyBytes).item("shape", this.shape.digest);
    t.item("pseudonym", voter.pseudonym).item("sequence", voter.sequence).item("ciphertexts", ciphertexts).item("commitments", commitments);
    return this.shape.statements.map((_, i) => t.item("proof", i).challenge("challenge"));
  }

  // encrypt makes a ballot of a choice, one number for each selection. random answers so many random bytes; whoever can tell them knows
  // the choice. What it answers beside the ballot is the voter's secret: forget it, or open the ballot with it and cast another.
  encrypt(voter, choice, random = platformRandom) {
    checkVoter(voter);
    const shape = this.shape, values = shape.filled(choice);
    const draw = () => mod(little(random(64)));
    const small = multiplesOf(G, 32);
    const r = values.map(draw);
    const ciphertexts = values.map((v, i) => concat(secretly(G, r[i]).toBytes(), secretly(this.key, r[i]).add(small[Number(v)]).toBytes()));
    const drawn = shape.statements.map((s) => {
      const v = sumOf(s.terms, values), branches = [];
      for (let n = BigInt(s.lo); n <= BigInt(s.hi); n++) {
        const w = draw(), c = draw();
        const b = secretly(this.key, w).add(secretly(G, mod(c * (n - v))));
        branches.push({ w, c, own: n === v, bytes: concat(secretly(G, w).toBytes(), b.toBytes()) });
      }
      return branches;
    });
    const all = concat(...ciphertexts), commitments = concat(...drawn.flat().map((b) => b.bytes));
    const challenges = this.#challenges(voter, all, commitments), scalars = [];
    shape.statements.forEach((s, i) => {
      const others = drawn[i].reduce((sum, b) => (b.own ? sum : sum + b.c), 0n);
      for (const b of drawn[i]) if (b.own) b.c = mod(challenges[i] - others);
      const random = mod(s.terms.reduce((sum, [j, coefficient]) => sum + BigInt(coefficient) * r[j], 0n));
      for (const b of drawn[i].slice(0, -1)) scalars.push(scalarBytes(b.c));
      for (const b of drawn[i]) scalars.push(scalarBytes(b.w + b.c * random));
    });
    const ballot = concat(Uint8Array.of(VERSION), all, commitments, ...scalars);
    const opening = concat(Uint8Array.of(VERSION), ...values.map((v, i) => concat(big(v, 4), scalarBytes(r[i]))));
    return { ballot, opening, tracker: this.tracker(voter, ballot) };
  }

  // prepare makes a ballot that nobody casts. The first one of a process takes several times as long as the next; this is for the time in
  // which the voter still reads.
  prepare() {
    const { selections } = this.shape;
    try { this.encrypt({ pseudonym: new Uint8Array(32), sequence: 0 }, selections.map((_, i) => (i === 0 ? 1 : 0))); } catch (e) {
      if (!(e instanceof Refusal)) throw e; // a shape may not allow this choice; there is no need to find one
    }
  }

  // verify checks a ballot and answers its ciphertexts and marks, or throws a Refusal with the fault, and the statement if it is one.
  verify(voter, ballot) {
    checkVoter(voter);
    const { shape } = this;
    insist(ballot.length === shape.size, "secret_ballot.size_wrong");
    const r = new Reader(ballot, "secret_ballot.size_wrong");
    insist(r.u8() === VERSION, "secret_ballot.version_unknown");
    const all = ballot.subarray(1, 1 + 64 * shape.ciphertexts);
    const commitments = ballot.subarray(1 + all.length, 1 + all.length + 64 * shape.branches);
    const ciphertexts = Array.from({ length: shape.ciphertexts }, () => ({ a: r.element(), b: r.element() }));
    const marks = marksOf(ballot, shape);
    insist(new Set(marks).size === marks.length, "secret_ballot.number_repeated");
    const statements = shape.statements.map((s) => ({ ...s, branches: s.hi - s.lo + 1 }));
    for (const s of statements) s.commitments = Array.from({ length: s.branches }, () => ({ a: r.element(), b: r.element() }));
    for (const s of statements) {
      s.challenges = Array.from({ length: s.branches - 1 }, () => r.scalar());
      s.responses = Array.from({ length: s.branches }, () => r.scalar());
    }
    r.done();
    const challenges = this.#challenges(voter, all, commitments);
    statements.forEach((s, i) => insist(this.#holds(s, challenges[i], ciphertexts), "secret_ballot.unproved", { proof: i }));
    return { ciphertexts, marks };
  }

  // holds checks one statement.
  #holds(s, challenge, ciphertexts) {
    const { a, b } = combined(s.terms, ciphertexts);
    const c = [...s.challenges, mod(challenge - s.challenges.reduce((x, y) => x + y, 0n))];
    return s.responses.every((response, j) => {
      const rest = b.subtract(times(G, BigInt(s.lo + j)));
      return times(G, response).equals(s.commitments[j].a.add(times(a, c[j]))) &&
        times(this.key, response).equals(s.commitments[j].b.add(times(rest, c[j])));
    });
  }

  // tracker is what a voter finds their ballot by.
  tracker(voter, ballot) {
    const t = new Transcript("renlin/vote/v1/tracker").item("election", this.id).item("pseudonym", voter.pseudonym);
    return t.item("sequence", voter.sequence).item("ballot", ballot).digest("tracker").subarray(0, 32);
  }

  // open checks an opening against a ballot and answers the choice. Such a ballot is never counted.
  open(ballot, opening) {
    const { shape } = this, count = shape.ciphertexts;
    insist(ballot.length === shape.size, "secret_ballot.size_wrong");
    insist(ballot[0] === VERSION, "secret_ballot.version_unknown");
    const wrong = "opening.wrong";
    insist(opening.length === 1 + 36 * count && opening[0] === VERSION, wrong);
    const r = new Reader(opening.subarray(1), wrong), values = [];
    for (let i = 0; i < count; i++) {
      const v = BigInt("0x" + hex(r.take(4))), random = little(r.take(32));
      insist(random < order, wrong);
      const made = concat(times(G, random).toBytes(), times(G, v).add(times(this.key, random)).toBytes());
      insist(same(made, ballot.subarray(1 + 64 * i, 65 + 64 * i)), wrong);
      values.push(v);
    }
    insist(shape.allows(values), wrong);
    return values.slice(0, shape.selections.length).map(Number);
  }

  // tally adds ballots up, [{ciphertexts, weight}], and answers each total's ciphertext and bound.
  tally(ballots) {
    const weights = ballots.reduce((sum, b) => {
      insist(BigInt(b.weight) >= 0n, "ballot_weight.invalid");
      insist(sum + BigInt(b.weight) <= totalMax, "ballot_total.overflow");
      return sum + BigInt(b.weight);
    }, 0n);
    return this.shape.totals.map((terms) => {
      let a = Point.ZERO, b = Point.ZERO;
      for (const x of ballots) {
        const one = combined(terms, x.ciphertexts);
        a = a.add(times(one.a, BigInt(x.weight)));
        b = b.add(times(one.b, BigInt(x.weight)));
      }
      const bound = weights * sumOf(terms, this.shape.selections.map(BigInt));
      insist(bound <= totalMax, "ballot_total.overflow");
      return { a, b, bound };
    });
  }
}

// BallotBox refuses what shares a mark with any ballot that was ever in it, counted or not.
export class BallotBox {
  #seen = new Set();
  add(marks) {
    insist(!marks.some((m) => this.#seen.has(m)), "secret_ballot.copied");
    for (const m of marks) this.#seen.add(m);
  }
}

// marksOf answers the marks of a ballot of the right size, as text.
export function marksOf(ballot, shape) {
  return Array.from({ length: shape.ciphertexts + shape.branches }, (_, i) => hex(ballot.subarray(1 + 64 * i, 17 + 64 * i)));
}

function checkVoter({ pseudonym, sequence }) {
  insist(pseudonym.length === 32 && BigInt(sequence) >= 0n, "voter.malformed");
}

function multiplesOf(p, count) {
  const out = [Point.ZERO];
  while (out.length < count) out.push(out[out.length - 1].add(p));
  return out;
}

// platformRandom is the platform's own source; where it has none the caller must bring one.
function platformRandom(count) {
  if (!globalThis.crypto?.getRandomValues) throw new Refusal("platform.no_randomness");
  return globalThis.crypto.getRandomValues(new Uint8Array(count));
}
