// A member's device in one community: signs in, writes, reads, and keeps receipts. It is what most programs need.
import nacl from "tweetnacl";
import { ascii, base64, fromBase64, fromHex, hex, textOf } from "./bytes";
import { Gateway, queryOf, type Query, type Read } from "./gateway";
import { operations, type Operations } from "./operations";
import { Outbox, type Answer, type Entry, type Outcome, type Said } from "./outbox";
import { Refused } from "./problem";
import { randomBytes, type Source } from "./random";
import { Broken, check, type Community } from "./receipt";
import type { components } from "./schema";
import { sha256 } from "./sha256";
import { codeKey, newIdempotencyKey, sign, type Key } from "./signing";
import { readJSON, type Store } from "./store";
import { answered } from "./transport";
import { openSealed } from "./words";

export type Operation = keyof Operations;
/** Params fill the names in an operation's path; the community is known. */
export type Params = Record<string, string>;

/** Home is what a device knows of its community: what gateway.community answered when it was bound to it. */
export interface Home extends Community {
  id: string;
  name: string;
}

export interface DeviceOptions {
  gateway: Gateway;
  store: Store;
  home: Home;
  member: string;
  /** Absent for a member whose key the gateway hosts: their commands need a session and are marked as done by a hosted key. */
  key?: Key;
  random?: Source;
}

/** WriteOptions of one command. */
export interface WriteOptions {
  /** What it is about, such as poll/ID, for screens that show what waits. */
  about?: string;
  /**
   * Who asks again for the same, with the same answer, while the first is on its way gets the first's outcome: a button that is tapped twice
   * writes once. The name says all that is asked; another name about the same thing ends it. Kept in memory only, so it may hold what nobody shall read on a lost telephone.
   */
  once?: string;
  /** For how long it may wait for a network: 7 days at most. */
  waitHours?: number;
  cosigners?: Key[];
  /** Words to be sealed under somebody's key; the command's field of this name gets the reference; file.text is the field of a message. */
  words?: Said;
}

/** Reading asks for sealed words or a picture: whose, where the record names it, and why. The commitment is what it is held against. */
export interface Reading {
  ref: string;
  subject: string;
  namedBy?: string;
  purpose: string;
  commitment?: string;
}

/** Kept is a receipt that this device holds, and whether it was right when it came. */
export interface Kept {
  operation: string;
  about: string;
  index: number;
  at: number;
  receipt: string;
  changed: string[];
  /** The step that failed, if one did: the answer did not come from the community's own record. */
  broken?: string;
}

/** Slot is a write under its name: which entry it became, and its outcome. */
interface Slot {
  id: string;
  about?: string;
  going: Promise<Outcome>;
}

// named puts a reference into a command's field, or into that of a message within it, also of a list: text, file.text, attempts.0.evidence.
function named(body: Record<string, unknown>, field: string, reference: object): Record<string, unknown> {
  const dot = field.indexOf(".");
  if (dot < 0) return { ...body, [field]: reference };
  const outer = field.slice(0, dot);
  const within = named((body[outer] || {}) as Record<string, unknown>, field.slice(dot + 1), reference);
  return { ...body, [outer]: Array.isArray(body[outer]) ? (body[outer] as unknown[]).map((v, i) => (String(i) in within ? within[i] : v)) : within };
}

const receiptsMax = 300;
const minute = 60_000;

export class Device {
  readonly outbox: Outbox;
  readonly gateway: Gateway;
  readonly home: Home;
  readonly member: string;
  readonly key?: Key;
  private readonly store: Store;
  private readonly random: Source;
  private readonly underWay = new Map<string, Slot>();
  /** Answers who owns the session when it has ended; by default a device with a key signs in anew. */
  renew: () => Promise<void> = async () => {
    if (this.key) await this.signIn();
  };

  constructor(options: DeviceOptions) {
    this.gateway = options.gateway;
    this.store = options.store;
    this.home = options.home;
    this.member = options.member;
    this.key = options.key;
    this.random = options.random || randomBytes;
    this.gateway.owner = `${options.home.id}/${options.member}`;
    this.outbox = new Outbox(this.gateway, this.store, (entry) => this.complete(entry), (ask) => this.inSession(ask));
    this.outbox.onDone = async (entry, outcome) => {
      for (const [name, slot] of Array.from(this.underWay)) if (slot.id === entry.id) this.underWay.delete(name);
      if (outcome.state === "done") await this.keepReceipt(entry, outcome.answer);
    };
  }

  /** signIn opens a session by the device's key. A signature opens one session and no second. */
  async signIn(): Promise<void> {
    if (!this.key) throw new RangeError("this device has no key");
    this.gateway.owner = `${this.home.id}/${this.member}`;
    const body = JSON.stringify({ member: this.member });
    const request = await this.signedRequest("gateway.sign_in", {}, body, 5 * minute);
    const answer = await this.gateway.send({ ...request, method: "POST", headers: { ...request.headers, Authorization: "" } }, 1);
    this.gateway.token = answered<components["schemas"]["gateway.openedSession"]>(answer).token;
  }

  /** signOut ends the session, and takes away what was read in it. The key stays. */
  async signOut(): Promise<void> {
    try {
      await this.gateway.send({ method: "DELETE", path: this.path("gateway.sign_out", {}), headers: {} }, 1);
    } finally {
      this.gateway.token = "";
      await this.gateway.forget();
      this.gateway.owner = "";
    }
  }

  /** read asks one of the operations that answer by GET. A session that has ended is opened anew, once. */
  async read<O extends Operation>(operation: O, params: Params = {}, query: Query = {}): Promise<Read<Operations[O]["answer"]>> {
    return this.inSession(() => this.gateway.get<Operations[O]["answer"]>(this.path(operation, params), query));
  }

  /** record reads one record, and undefined if there is none. */
  async record<T>(path: string, minIndex?: number): Promise<(Read<T> & { version: number }) | undefined> {
    try {
      const page = await this.inSession(() => this.gateway.get<components["schemas"]["op.Page"]>(this.below("records/" + path), { min_index: minIndex }));
      const found = (page.body.records || [])[0];
      return found && { ...page, body: found.state as T, version: found.version };
    } catch (error) {
      if (error instanceof Refused && error.problem.status === 404) return undefined;
      throw error;
    }
  }

  /** records reads a collection to its end, page after page, up to so many. */
  async records<T>(path: string, max = 1000, minIndex?: number): Promise<{ path: string; id: string; version: number; state: T }[]> {
    const out: { path: string; id: string; version: number; state: T }[] = [];
    for (let after: string | undefined; out.length < max; ) {
      const from = after;
      const { body } = await this.inSession(() => this.gateway.get<components["schemas"]["op.Page"]>(
        this.below("records/" + path), { min_index: minIndex, limit: Math.min(max, 200), after: from },
      ));
      for (const r of body.records || []) out.push({ path: r.path, id: r.path.slice(r.path.lastIndexOf("/") + 1), version: r.version, state: r.state as T });
      if (!body.next) break;
      after = body.next;
    }
    return out;
  }

  /** inbox reads what this member was told to its end, page after page: nobody is left out of what concerns everyone. */
  async inbox(): Promise<Read<components["schemas"]["gateway.inboxPage"]>> {
    const first = await this.read("gateway.inbox");
    const body = { ...first.body };
    while (body.next) {
      const { body: more } = await this.read("gateway.inbox", {}, { after: body.next });
      for (const kind of ["deliberation", "merge", "motion", "poll"] as const) body[kind] = [...(body[kind] || []), ...(more[kind] || [])];
      body.next = more.next;
    }
    return { ...first, body };
  }

  /** write signs a command and sends it, now or when there is a network. What became of it is the outcome; a refusal stays in the outbox. */
  async write<O extends Operation>(operation: O, params: Params, message: Operations[O]["body"], options: WriteOptions = {}): Promise<Outcome> {
    const name = options.once;
    const before = name === undefined ? undefined : this.underWay.get(name);
    if (before) return before.going;
    this.forgetNames(options);
    const slot: Slot = { id: "", about: options.about, going: Promise.resolve({ state: "waiting" }) };
    slot.going = this.writeNow(operation, params, message, options, slot);
    if (name !== undefined) this.underWay.set(name, slot);
    let outcome: Outcome | undefined;
    try {
      outcome = await slot.going;
    } finally {
      // While the entry waits, the same once more is still the same; onDone takes the name away.
      const mine = name !== undefined && this.underWay.get(name) === slot;
      if (mine && (!outcome || outcome.state !== "waiting")) this.underWay.delete(name as string);
    }
    return outcome;
  }

  // forgetNames lets go of other names about the same thing: yes, no, and then yes again is three ballots, of which the last counts.
  private forgetNames({ about, once }: WriteOptions): void {
    if (!about) return;
    for (const [name, slot] of Array.from(this.underWay)) if (name !== once && slot.about === about) this.underWay.delete(name);
  }

  private async writeNow(operation: Operation, params: Params, message: unknown, options: WriteOptions, slot: Slot): Promise<Outcome> {
    const wait = Math.min(options.waitHours === undefined ? 24 : options.waitHours, 7 * 24 - 1) * 60 * minute;
    const body = JSON.stringify(message === undefined ? {} : message);
    const common = { operation, about: options.about || "", madeAt: this.gateway.now(), words: options.words };
    if (options.words) {
      const id = (slot.id = await newIdempotencyKey(this.random));
      return this.outbox.put({ ...common, id, notAfter: this.gateway.now() + wait, path: this.path(operation, params), headers: {}, body });
    }
    const request = await this.signedRequest(operation, params, body, wait, options.cosigners);
    slot.id = request.id;
    return this.outbox.put({ ...common, ...request });
  }

  // complete seals an entry's words and signs the command that names them; both under keys that follow from the entry, so that a second try is the
  // same as the first.
  private async complete(entry: Entry): Promise<Entry> {
    const words = entry.words as Said;
    const seal = async (name: string, media: string, data: string | Uint8Array): Promise<object> => {
      const sealed = await this.inSession(() => this.gateway.send({
        method: "POST", path: this.below("texts") + queryOf({ subject: words.subject }), body: data,
        headers: { "Content-Type": media, "Idempotency-Key": hex(sha256(ascii(name + " " + entry.id))) },
      }));
      const { ref, length_bytes, commitment } = answered<components["schemas"]["gateway.sealedText"]>(sealed);
      return { ref, lengthBytes: length_bytes, commitment };
    };
    let command = named(JSON.parse(entry.body) as Record<string, unknown>, words.field, await seal("words", "text/plain; charset=utf-8", words.text));
    const pictures: object[] = [];
    for (const { media, data } of words.pictures || []) pictures.push(await seal(`picture ${pictures.length}`, media, fromBase64(data) as Uint8Array));
    if (pictures.length > 0) command = { ...command, pictures };
    const body = JSON.stringify(command);
    const left = Math.max(minute, entry.notAfter - this.gateway.now());
    const request = await this.sign(entry.operation, entry.path, body, left, entry.id, []);
    return { ...entry, ...request, notAfter: entry.notAfter, body };
  }

  private async signedRequest(operation: Operation, params: Params, body: string, wait: number, cosigners: Key[] = []) {
    const id = await newIdempotencyKey(this.random);
    return this.sign(operations[operation].split(" ")[2] || operation, this.path(operation, params), body, wait, id, cosigners);
  }

  private async sign(operation: string, path: string, body: string, wait: number, id: string, cosigners: Key[]) {
    const notAfter = Math.floor(this.gateway.now() + wait);
    const genesis = fromHex(this.home.genesis) as Uint8Array;
    const headers: Record<string, string> = { "Content-Type": "application/json", "Idempotency-Key": id, "Renlin-Not-After": String(notAfter) };
    const command = { genesis, operation, contract: 1, idempotencyKey: id, notAfter, body };
    if (this.key) headers["Renlin-Signature"] = sign(command, this.key, ...cosigners);
    return { id, notAfter, path, headers, body };
  }

  /** enrol puts this device's key on the record by the one-time code of an officer; false if the code was not typed as it was given. */
  async enrol(code: string): Promise<Outcome | false> {
    const key = codeKey(fromHex(this.home.genesis) as Uint8Array, this.member, code);
    if (!key || !this.key) return false;
    const message = { member: this.member, key: base64(this.key.public) } as Operations["community.enrol_key"]["body"];
    return this.write("community.enrol_key", { member: this.member }, message, { cosigners: [key], waitHours: 1 });
  }

  /**
   * readText asks for a sealed text; that somebody has read it is on the record. The answer is opened by a key made for this one read, and held
   * against the commitment; undefined if it does not hold.
   */
  async readText(read: Reading): Promise<string | undefined> {
    const bytes = await this.readPicture(read);
    return bytes && textOf(bytes);
  }

  /** readPicture is readText for a photograph: its bytes, as they were sealed. */
  async readPicture(read: Reading): Promise<Uint8Array | undefined> {
    const reader = nacl.box.keyPair.fromSecretKey(await this.random(32));
    const { commitment, ...rest } = read;
    const body = JSON.stringify({ ...rest, readerKey: base64(reader.publicKey) });
    const request = await this.signedRequest("vault.read", {}, body, 5 * minute);
    const answer = await this.inSession(() => this.gateway.send({ method: "POST", path: request.path, headers: request.headers, body }));
    const extra = answered<Answer>(answer).extra as { box?: string } | undefined;
    return extra && extra.box ? openSealed(extra.box, reader.secretKey, commitment) : undefined;
  }

  /** receipts are what this device has kept, newest first. */
  async receipts(): Promise<Kept[]> {
    return (await readJSON<Kept[]>(this.store, "receipts")) || [];
  }

  private async keepReceipt(entry: Entry, answer: Answer): Promise<void> {
    const kept: Kept = {
      operation: entry.operation, about: entry.about, index: answer.index, at: answer.time, receipt: answer.receipt, changed: answer.changed,
    };
    try {
      check(answer.receipt, this.home);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      kept.broken = error.step;
    }
    const before = (await this.receipts()).filter((r) => r.receipt !== kept.receipt);
    await this.store.set("receipts", JSON.stringify([kept, ...before].slice(0, receiptsMax)));
  }

  private async inSession<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.status !== 401) throw error;
      try {
        await this.renew();
      } catch (why) {
        // That no session is opened refuses nothing of what was asked: it needs one, as before.
        throw why instanceof Refused && !why.temporary ? error : why;
      }
      return ask();
    }
  }

  /** path fills an operation's path. */
  path(operation: Operation, params: Params): string {
    return operations[operation].split(" ")[1].replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = name === "community" ? this.home.id : params[name];
      if (value === undefined) throw new RangeError(`${operation} needs ${name}`);
      return encodeURIComponent(value);
    });
  }

  private below(rest: string): string {
    return `/v1/communities/${this.home.id}/${rest}`;
  }
}
