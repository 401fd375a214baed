// The trustees of a poll's key: ceremony, decryption, open roll call, sealed totals. After docs/format.md section 14 and nothing else.
import { ed25519 } from "@noble/curves/ed25519.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hsalsa, secretbox } from "@noble/ciphers/salsa.js";
import { G, H, Point, Reader, Refusal, Transcript, concat, equal, hex, insist, inverse, little, mod, readEquality, same, scalar, times } from "./group.mjs";

const kinds = { ceremony: 1, commit: 2, reveal: 3, deal: 4, complaint: 5, ack: 6, seal: 7, partial: 8, exposed: 9, blinded: 10, verdict: 11, joint: 12 };
export const malformed = "trustee.malformed";
const open = 1, secret = 2, trusteesMax = 9;
const Edwards = ed25519.Point, Field = Edwards.Fp;

// domain is a transcript of this section.
const domain = (name) => new Transcript("renlin/vote/v1/trustee/" + name);

// start reads the three bytes that every message begins with.
export function start(bytes, kind) {
  const r = new Reader(bytes, malformed);
  insist(r.u8() === 1 && r.u8() === kinds[kind], malformed);
  r.index = r.u8();
  if (kind === "ceremony" || kind === "seal") insist(r.index === 0, malformed);
  else insist(r.index >= 1 && r.index <= trusteesMax, "trustee.stranger");
  return r;
}

// isPublic tells whether a sum hides nothing, so that anyone reads T·G from it.
export const isPublic = (sum) => sum.a.is0();

// point reads a point of Edwards25519 of order l.
function point(bytes) {
  let p;
  try { p = Edwards.fromBytes(bytes, false); } catch { throw new Refusal("trustee.point"); }
  insist(same(p.toBytes(), bytes) && !p.is0() && p.isTorsionFree(), "trustee.point");
  return p;
}

// readEnvelope reads an envelope whose boxes hold so many bytes.
function readEnvelope(r, contents) {
  const e = { ephemeral: r.element(), proof: readEquality(r, 1), boxes: [] };
  const count = r.u8();
  insist(count >= 1 && count <= trusteesMax, malformed);
  for (let n = count, last = 0; n > 0; n--) {
    const reader = r.u8();
    insist(reader > last && reader <= trusteesMax, malformed);
    e.boxes.push({ reader, box: r.take(contents + 16) });
    last = reader;
  }
  return e;
}

// lagrange answers the weight of index i when the value at 0 is made from these indices.
function lagrange(i, indices) {
  let over = 1n, under = 1n;
  for (const j of indices) {
    if (j === i) continue;
    over = mod(over * BigInt(j));
    under = mod(under * (BigInt(j) - BigInt(i)));
  }
  return mod(over * inverse(under));
}

// at answers the value at j of a polynomial in the exponent.
const at = (coefficients, j) => coefficients.reduceRight((sum, a) => times(sum, BigInt(j)).add(a), Point.ZERO);

const total = (points, zero) => points.reduce((sum, p) => sum.add(p), zero);

// montgomery answers the u of an Edwards point in 32 bytes, 0 for the neutral point.
function montgomery(p) {
  const { y } = p.is0() ? { y: Field.neg(1n) } : p.toAffine();
  return Field.toBytes(Field.mul(Field.add(1n, y), Field.inv(Field.sub(1n, y))));
}

// Ceremony is one making of a key, held to every rule message by message.
export class Ceremony {
  constructor(bytes) {
    const r = start(bytes, "ceremony");
    Object.assign(this, { purpose: r.u8(), t: r.u8(), n: r.u8() });
    insist(this.n >= 1 && this.n <= trusteesMax, malformed);
    this.context = r.take(32);
    this.indices = Array.from({ length: this.n }, (_, i) => i + 1);
    this.readers = this.indices.map(() => r.element());
    r.done();
    insist([open, secret].includes(this.purpose) && this.t >= 1 && this.t <= this.n, "trustee.parameters");
    this.readers.forEach((p, i) => {
      for (const q of this.readers.slice(0, i)) {
        insist(!p.equals(q), "trustee.key_repeated");
        insist(!p.equals(q.negate()), "trustee.key_negated");
      }
    });
    this.id = domain("ceremony").item("ceremony", bytes).half();
    this.messages = { commit: new Map(), reveal: new Map(), deal: new Map(), ack: new Map() };
    this.liar = 0;
  }

  about(name, i) { return domain(name).item("ceremony", this.id).item("trustee", i); }

  // step is what is due.
  step() {
    if (this.liar) return "ended";
    return ["commit", "reveal", "deal", "ack"].find((kind) => this.messages[kind].size < this.n) ?? "sealed";
  }

  // add takes the next message, or refuses it and is as it was.
  add(bytes) {
    const kind = Object.keys(kinds).find((k) => kinds[k] === bytes[1]);
    insist(["commit", "reveal", "deal", "complaint", "ack"].includes(kind), malformed);
    const r = start(bytes, kind), message = this["read_" + kind](r);
    r.done();
    message.bytes = bytes;
    insist(r.index <= this.n && (kind !== "complaint" || message.dealer <= this.n), "trustee.stranger");
    insist(kind === "complaint" || !this.messages[kind].has(r.index), "trustee.duplicate");
    insist(this.step() === (kind === "complaint" ? "ack" : kind), "trustee.step");
    if (kind === "complaint") {
      insist(!this.messages.ack.has(r.index), "trustee.step");
      this.check_complaint(r.index, message);
      this.liar = message.dealer;
      return;
    }
    this["check_" + kind](r.index, message);
    this.messages[kind].set(r.index, message);
  }

  // said answers all messages of a kind in order of index.
  said(kind) { return this.indices.map((i) => this.messages[kind].get(i)); }

  read_commit(r) { return { hash: r.take(32) }; }
  check_commit() {}

  read_reveal(r) {
    const t = r.u8();
    insist(t >= 1 && t <= trusteesMax, malformed);
    const coefficients = Array.from({ length: t }, () => r.element());
    return { coefficients, point: point(r.take(32)), r: r.element(), s: point(r.take(32)), response: r.scalar() };
  }

  check_reveal(i, m) {
    const hash = this.about("commit", i).item("reveal", m.bytes).half();
    insist(same(hash, this.messages.commit.get(i).hash), "trustee.uncommitted");
    insist(m.coefficients.length === this.t, "trustee.degree");
    const [key] = m.coefficients;
    const c = this.about("possession", i).items("coefficient", m.coefficients).item("key", key).item("point", m.point.toBytes())
      .item("commitment", m.r).item("commitment", m.s.toBytes()).challenge("possession");
    insist(times(G, m.response).equals(m.r.add(times(key, c))), "trustee.possession");
    insist(Edwards.BASE.multiplyUnsafe(m.response).equals(m.s.add(m.point.multiplyUnsafe(c))), "trustee.possession");
    for (const j of this.indices) {
      const other = this.messages.reveal.get(j)?.coefficients[0];
      if (!other) continue;
      insist(!key.equals(other), "trustee.key_repeated");
      insist(!key.equals(other.negate()), "trustee.key_negated");
    }
    if (this.messages.reveal.size + 1 < this.n) return;
    const all = [...this.messages.reveal.values(), m].map((x) => x.coefficients);
    const keys = [0, ...this.indices].map((j) => total(all.map((f) => at(f, j)), Point.ZERO));
    insist(!keys.some((k) => k.is0()), "trustee.key_void");
  }

  // share answers F_i(j), of which j's share from i is the discrete logarithm; key is Y_j, or Y for 0.
  share(i, j) { return at(this.messages.reveal.get(i).coefficients, j); }
  key(j) { return total(this.said("reveal").map((m) => at(m.coefficients, j)), Point.ZERO); }

  read_deal(r) { return { envelope: readEnvelope(r, 32) }; }

  check_deal(i, m) {
    insist(m.envelope.boxes.map((b) => b.reader).join() === this.indices.join(), "trustee.stranger");
    insist(rightEnvelope(this, "deal", i, new Uint8Array(32), m.envelope), "trustee.envelope");
  }

  read_complaint(r) {
    const dealer = r.u8();
    insist(dealer >= 1 && dealer <= trusteesMax, malformed);
    return { dealer, shared: r.element(), proof: readEquality(r, 2) };
  }

  check_complaint(j, m) {
    const deal = this.messages.deal.get(m.dealer);
    const t = this.about("complaint", j).item("dealer", m.dealer).item("deal", deal.bytes);
    const held = equal(t, [G, deal.envelope.ephemeral], [this.readers[j - 1], m.shared], m.proof);
    insist(held, "trustee.complaint_false");
    const contents = unseal(this, "deal", m.dealer, new Uint8Array(32), deal.envelope, j, m.shared);
    let right = false;
    try { right = times(G, scalar(contents)).equals(this.share(m.dealer, j)); } catch { /* what is no scalar is no share */ }
    insist(!right, "trustee.complaint_unfounded");
  }

  read_ack(r) { return { proof: readEquality(r, 1) }; }

  check_ack(j, m) {
    const t = this.about("ack", j).items("reveal", this.said("reveal").map((x) => x.bytes)).items("deal", this.said("deal").map((x) => x.bytes));
    insist(equal(t, [G], [this.key(j)], m.proof), "trustee.ack");
  }

  // seal answers the bytes that follow from a ceremony that is complete.
  seal() {
    insist(this.step() === "sealed", "trustee.step");
    const box = montgomery(total(this.said("reveal").map((m) => m.point), Edwards.ZERO));
    const keys = [this.key(0).toBytes(), box, ...this.indices.map((i) => this.key(i).toBytes())];
    return concat(Uint8Array.of(1, kinds.seal, 0, this.purpose, this.t, this.n), this.id, ...keys);
  }
}

// rightEnvelope checks the proof of an envelope.
function rightEnvelope(ceremony, name, sender, subject, e) {
  const t = ceremony.about(name + "/envelope", sender).item("subject", subject);
  for (const { reader, box } of e.boxes) t.item("reader", reader).item("box", box);
  return equal(t, [G], [e.ephemeral], e.proof);
}

// unseal opens what an envelope holds for a reader with the shared element; what does not open is nothing, an empty list of bytes.
function unseal(ceremony, name, sender, subject, e, reader, shared) {
  const box = e.boxes.find((b) => b.reader === reader)?.box;
  if (!box) return new Uint8Array(0);
  const key = ceremony.about(name + "/key", sender).item("subject", subject).item("reader", reader).item("ephemeral", e.ephemeral)
    .item("reader key", ceremony.readers[reader - 1]).item("shared", shared).half();
  try { return chacha20poly1305(key, new Uint8Array(12)).decrypt(box); } catch { return new Uint8Array(0); }
}

// dealt answers the share that a trustee has of all deals, by the secret of their long-term key.
export function dealt(ceremony, reader, longTerm) {
  return ceremony.said("deal").reduce((sum, m, i) => {
    const { envelope } = m;
    return mod(sum + scalar(unseal(ceremony, "deal", i + 1, new Uint8Array(32), envelope, reader, times(envelope.ephemeral, longTerm))));
  }, 0n);
}

// Seal is the trustees' key, as the ceremony left it.
export class Seal {
  constructor(bytes) {
    const r = start(bytes, "seal");
    Object.assign(this, { bytes, purpose: r.u8(), t: r.u8(), n: r.u8() });
    insist([open, secret].includes(this.purpose) && this.t >= 1 && this.t <= this.n && this.n <= trusteesMax, malformed);
    Object.assign(this, { id: r.take(32), key: r.element(), boxKey: r.take(32) });
    this.keys = Array.from({ length: this.n }, () => r.element());
    r.done();
  }

  about(name, i) { return domain(name).item("ceremony", this.id).item("trustee", i); }

  trusteeKey(i) {
    insist(i <= this.n, "trustee.stranger");
    return this.keys[i - 1];
  }

  // partial checks one trustee's part in decrypting sums, [{a, b}], of an election.
  partial(bytes, election, sums) {
    const r = start(bytes, "partial"), m = r.u16();
    insist(m >= 1 && m <= 1024, malformed);
    const parts = Array.from({ length: m }, () => r.element()), proof = readEquality(r, m + 1);
    r.done();
    insist(this.purpose === secret, "trustee.purpose");
    const key = this.trusteeKey(r.index), t = this.about("partial", r.index).item("seal", this.bytes).item("election", election);
    insist(sums.length >= 1 && sums.length <= 1024, malformed);
    for (const { a, b } of sums) t.item("sum", a).item("sum", b);
    const hidden = sums.filter((s) => !isPublic(s));
    insist(hidden.length > 0, "trustee.public");
    insist(equal(t, [G, ...hidden.map((s) => s.a)], [key, ...parts], proof), "trustee.partial");
    return { index: r.index, parts };
  }

  // combine answers the totals in the exponent, T_k·G, of the right ones among many partials, and what was wrong with the others. What is
  // public is its own answer; if all is, no partial is needed.
  combine(messages, election, sums) {
    const need = sums.length >= 1 && sums.length <= 1024 && sums.every(isPublic) ? 0 : this.t;
    const { right, wrong } = this.#collect(messages, (bytes) => this.partial(bytes, election, sums), need);
    const used = right.slice(0, this.t), indices = used.map((p) => p.index);
    let k = 0;
    const totals = sums.map((sum) => {
      if (isPublic(sum)) return sum.b;
      const at = k++;
      return used.reduce((rest, p) => rest.subtract(times(p.parts[at], lagrange(p.index, indices))), sum.b);
    });
    return { totals, wrong };
  }

  // collect sorts messages into right ones, one of a trustee, and wrong ones with their faults; fewer right ones than needed are refused.
  #collect(messages, read, need = this.t) {
    const right = [], wrong = [];
    messages.forEach((bytes, place) => {
      try {
        const m = read(bytes);
        insist(!right.some((x) => x.index === m.index), "trustee.duplicate");
        right.push(m);
      } catch (e) {
        if (!(e instanceof Refusal)) throw e;
        wrong.push({ place, fault: e.fault });
      }
    });
    insist(right.length >= need, "trustee.few", { wrong });
    return { right, wrong };
  }

  // exposed checks a share that was laid open.
  exposed(bytes) {
    const r = start(bytes, "exposed"), x = r.scalar();
    r.done();
    insist(this.purpose === open, "trustee.purpose");
    insist(times(G, x).equals(this.trusteeKey(r.index)), "trustee.exposed");
    return { index: r.index, x };
  }

  // expose answers the secret of the box key from any t right shares.
  expose(messages) {
    const { right, wrong } = this.#collect(messages, (bytes) => this.exposed(bytes));
    const used = right.slice(0, this.t), indices = used.map((p) => p.index);
    return { secret: mod(used.reduce((sum, p) => sum + p.x * lagrange(p.index, indices), 0n)), wrong };
  }
}

// sharedSecret answers what X25519 gives to whoever sealed a box to the key of a secret, or throws if the ephemeral key is on no point.
export function sharedSecret(x, ephemeral) {
  const bytes = Uint8Array.from(ephemeral);
  bytes[31] &= 127;
  const u = Field.create(little(bytes));
  let p; // none for u = -1, which has no inverse, and where no point is on the curve
  try {
    p = Edwards.fromBytes(Field.toBytes(Field.mul(Field.sub(u, 1n), Field.inv(Field.add(u, 1n)))), false);
  } catch { throw new Refusal("box.unopenable"); }
  return montgomery(p.multiplyUnsafe(8n).multiplyUnsafe(mod(x * inverse(8n))));
}

// openBox opens a box of section 11 with the secret of its key.
export function openBox(x, box) {
  insist(box.length >= 32 + 24 + 16, "box.unopenable");
  const words = (bytes) => new Uint32Array(Uint8Array.from(bytes).buffer), key = new Uint32Array(8);
  hsalsa(words(new TextEncoder().encode("expand 32-byte k")), words(sharedSecret(x, box.subarray(0, 32))), words(new Uint8Array(16)), key);
  try {
    return secretbox(new Uint8Array(key.buffer), box.subarray(32, 56)).open(box.subarray(56));
  } catch { throw new Refusal("box.unopenable"); }
}

// Total is a sum of which only a threshold is proved, unless it is public.
export class Total {
  constructor(seal, { election, measure, a, b, bound }) {
    insist(seal.purpose === secret, "trustee.purpose");
    insist(BigInt(bound) >= 1n && BigInt(bound) < 2n ** 40n, "trustee.bound");
    Object.assign(this, { seal, a, b, measure, poll: hex(election), bound: BigInt(bound), bits: BigInt(bound).toString(2).length });
    this.subject = domain("total").item("seal", seal.bytes).item("election", election).item("measure", new TextEncoder().encode(measure))
      .item("sum", a).item("sum", b).item("bound", bound).half();
  }

  said(name, i) { return this.seal.about(name, i).item("subject", this.subject); }

  // blinded checks a trustee's blinded part.
  blinded(bytes) {
    const r = start(bytes, "blinded");
    const m = { index: r.index, part: r.element(), first: r.element(), second: r.element(), s: r.scalar(), u: r.scalar() };
    m.envelope = readEnvelope(r, 160);
    r.done();
    insist(!isPublic(this), "trustee.public");
    const key = this.seal.trusteeKey(m.index);
    insist(m.envelope.boxes.every(({ reader }) => reader <= this.seal.n), "trustee.stranger");
    const c = this.said("blinded", m.index).item("second generator", H).item("key", key).item("part", m.part)
      .item("commitment", m.first).item("commitment", m.second).challenge("blinded");
    insist(times(G, m.s).equals(m.first.add(times(key, c))), "trustee.blinded");
    insist(times(this.a, m.s).add(times(H, m.u)).equals(m.second.add(times(m.part, c))), "trustee.blinded");
    insist(rightEnvelope(this.seal, "opening", m.index, this.subject, m.envelope), "trustee.envelope");
    return m;
  }

  // opened answers what a blinded part's envelope holds for a reader: the part of the decryption, and the number that blinds it.
  opened(ceremony, m, reader, longTerm) {
    const contents = unseal(ceremony, "opening", m.index, this.subject, m.envelope, reader, times(m.envelope.ephemeral, longTerm));
    const r = new Reader(contents, "trustee.opening");
    let part, blinding, proof;
    try { [part, blinding, proof] = [r.element(), r.scalar(), readEquality(r, 2)]; } catch { throw new Refusal("trustee.opening"); }
    r.done();
    insist(part.add(times(H, blinding)).equals(m.part), "trustee.opening");
    const key = this.seal.trusteeKey(m.index);
    insist(equal(this.said("opened", m.index), [G, this.a], [key, part], proof), "trustee.opening");
    return { part, blinding };
  }

  // commitment answers K of these parts: a commitment to the total that is verifiably what the trustees' shares decrypt.
  commitment(parts) {
    const indices = parts.map((p) => p.index);
    return parts.reduce((sum, p) => sum.subtract(times(p.part, lagrange(p.index, indices))), this.b);
  }

  // verdict checks a verdict against the blinded parts in the order of the record, and answers its claims. Of a part that is wrong the list
  // holds index and fault.
  verdict(bytes, blinded) {
    const r = start(bytes, "verdict"), used = readQuorum(r);
    const proofs = [];
    const count = r.u8();
    insist(count === 1 || count === 2, malformed);
    for (let i = 0; i < count; i++) proofs.push(readClaim(r));
    r.done();
    insist(!isPublic(this), "trustee.public");
    this.seal.trusteeKey(r.index);
    const parts = quorumParts(this.seal, used, blinded);
    const k = this.commitment(parts);
    for (const p of proofs) this.#claim(r.index, parts, k, p);
    return proofs.map(({ reached, threshold }) => ({ reached, threshold }));
  }

  // claim checks one proof of a verdict.
  #claim(i, parts, k, p) {
    insist(p.threshold >= 1n && p.threshold <= this.bound, "trustee.bound");
    const value = p.reached ? k.subtract(times(G, p.threshold)) : times(G, p.threshold - 1n).subtract(k);
    const t = this.said("verdict", i);
    for (const x of parts) t.item("quorum", x.index).item("part", x.part);
    t.item("reached", p.reached ? 1 : 0).item("threshold", p.threshold);
    insist(rangeHolds(t, value, this.bits, p.range), "trustee.verdict");
  }
}

// readQuorum reads the trustees whose parts a verdict used.
export function readQuorum(r) {
  const used = [], quorum = r.u8();
  insist(quorum >= 1 && quorum <= trusteesMax, malformed);
  for (let q = quorum, last = 0; q > 0; q--) {
    const index = r.u8();
    insist(index > last && index <= trusteesMax, malformed); // 0 is no trustee
    used.push((last = index));
  }
  return used;
}

// quorumParts answers the part of each trustee who was used. Of a part that is wrong the list holds index and fault.
export function quorumParts(seal, used, blinded) {
  insist(used.length === seal.t, "trustee.few");
  return used.map((index) => {
    const all = blinded.filter((m) => m.index === index), part = all.find((m) => !m.fault);
    insist(part, all[0]?.fault ?? "trustee.stranger");
    return part;
  });
}

// rangeHolds checks, in a transcript that says what it is bound to, that a commitment is to a number of so many bits.
export function rangeHolds(t, value, bits, p) {
  if (p.bits !== bits) return false;
  const rest = p.q.reduceRight((sum, q) => sum.add(q).multiplyUnsafe(2n), Point.ZERO);
  const q = [value.subtract(rest), ...p.q];
  t.item("second generator", H).items("bit", q);
  p.responses.forEach(({ c0, s0, s1 }, j) => {
    t.item("commitment", times(H, s0).subtract(times(q[j], c0)));
    t.item("commitment", times(H, s1).subtract(times(q[j].subtract(G), p.c - c0)));
  });
  return t.challenge("verdict") === p.c;
}

// readClaim reads one proof of a verdict.
function readClaim(r) {
  const reached = r.u8(), threshold = r.u64();
  insist(reached <= 1, malformed);
  return { reached: reached === 1, threshold, range: readRange(r) };
}

export function readRange(r) {
  const bits = r.u8();
  insist(bits >= 1 && bits <= 40, malformed);
  const q = Array.from({ length: bits - 1 }, () => r.element()), c = r.scalar();
  const responses = Array.from({ length: bits }, () => ({ c0: r.scalar(), s0: r.scalar(), s1: r.scalar() }));
  return { bits, q, c, responses };
}
