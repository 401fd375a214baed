// One gateway: sends requests, again where that is safe, and reads with tags. It knows no keys; device.ts does.
import { isTemporary, refusalOf, Refused } from "./problem";
import { readJSON, type Store } from "./store";
import { answered, Unreachable, type Request, type Response, type Transport } from "./transport";

export interface GatewayOptions {
  /** Such as https://renlin.example; empty in a page that the gateway itself serves. */
  address: string;
  transport: Transport;
  /** Language of refusals. */
  language?: "zh" | "en";
  /** Keeps what was read, for when there is no network; without one nothing is kept. */
  cache?: Store;
  /** How often one request is sent before it is given up. */
  tries?: number;
  /** Waits; tests do not. */
  wait?: (ms: number) => Promise<void>;
  now?: () => number;
}

/** Read is what a reading answers. */
export interface Read<T> {
  body: T;
  etag?: string;
  /** How many commits the answering service had folded. */
  position?: number;
  /** Since when it is what was read before, because there is no network now; undefined if it is fresh. */
  keptAt?: number;
}

export type Query = Record<string, string | number | undefined>;

interface Kept {
  at: number;
  etag?: string;
  text: string;
}

const keptMax = 120; // readings; the oldest go first
const retryAfterMax = 30; // seconds that a person waits in front of a screen
declare const setTimeout: (f: () => void, ms: number) => unknown;

export class Gateway {
  language: "zh" | "en";
  /** The session's token; empty before sign-in. */
  token = "";
  /** Whose readings are kept apart from others': a device sets its own. Not the session, which ends with the program. */
  owner = "";
  /** Gateway's clock less this device's, in milliseconds, as of its newest answer. */
  ahead = 0;
  private epoch = 0; // raised by forget
  private keeping: Promise<void> = Promise.resolve();
  private readonly options: Required<Omit<GatewayOptions, "cache" | "language">> & { cache?: Store };

  constructor(options: GatewayOptions) {
    this.language = options.language || "zh";
    this.options = {
      tries: 4, wait: (ms) => new Promise((done) => void setTimeout(() => done(), ms)), now: () => Date.now(), ...options,
      address: options.address.replace(/\/+$/, ""),
    };
  }

  /** now is the gateway's time as far as it is known: a telephone's clock may be wrong, and commands end by it. */
  now(): number {
    return this.options.now() + this.ahead;
  }

  /**
   * send sends the same bytes until an answer is known, and gives a Refused or Unreachable up as an error. Whoever calls it for a write must
   * have given it an Idempotency-Key. Unreachable is tried unreachableTries times alone.
   */
  async send(request: Omit<Request, "url"> & { path: string }, tries = this.options.tries, unreachableTries = tries): Promise<Response> {
    const headers: Record<string, string> = { "Accept-Language": this.language, ...request.headers };
    if (this.token !== "" && headers.Authorization === undefined) headers.Authorization = `Bearer ${this.token}`;
    if (headers.Authorization === "") delete headers.Authorization;
    for (let tried = 1; ; tried++) {
      let pause = 200 * 2 ** tried;
      let why: Unreachable | Refused;
      try {
        const { method, path, body, binary } = request;
        const answer = await this.options.transport({ method, url: this.options.address + path, headers, body, binary });
        this.learnTime(answer);
        if (answer.status < 300 || answer.status === 304) return answer;
        const refused = refusalOf(answer);
        if (!isTemporary(answer.status)) throw refused;
        why = refused;
        if (refused.retryAfterSeconds !== undefined) pause = Math.max(pause, 1000 * refused.retryAfterSeconds);
      } catch (error) {
        if (!(error instanceof Unreachable) || tried >= unreachableTries) throw error;
        why = error;
      }
      if (tried >= tries || pause > 1000 * retryAfterMax) throw why;
      await this.options.wait(pause);
    }
  }

  private learnTime(answer: Response): void {
    const told = Date.parse(answer.headers.date || "");
    if (!Number.isNaN(told) && Math.abs(told - this.options.now()) > 2000) this.ahead = told - this.options.now();
    else if (!Number.isNaN(told)) this.ahead = 0;
  }

  /** get reads a path. What has not changed is not sent again; without a network it is what was read before, at once. */
  async get<T>(path: string, query: Query = {}): Promise<Read<T>> {
    const whole = path + queryOf(query);
    const name = `read:${this.owner}:${path}${queryOf({ ...query, min_index: undefined })}`;
    const kept = await this.kept(name);
    const epoch = this.epoch;
    const headers: Record<string, string> = kept && kept.etag ? { "If-None-Match": kept.etag } : {};
    let answer: Response;
    let body: T;
    try {
      answer = await this.send({ method: "GET", path: whole, headers }, this.options.tries, kept ? 1 : this.options.tries);
      if (answer.status === 304 && kept) answer = { ...answer, text: kept.text };
      body = answered<T>(answer);
    } catch (error) {
      const away = error instanceof Unreachable || (error instanceof Refused && error.elsewhere);
      if (!away || !kept) throw error;
      return { body: JSON.parse(kept.text) as T, etag: kept.etag, keptAt: kept.at };
    }
    const etag = answer.headers.etag;
    await this.keep(name, { at: this.now(), etag, text: answer.text }, epoch);
    const position = Number(answer.headers["renlin-position"]);
    return { body, etag, position: position > 0 ? position : undefined };
  }

  private async kept(name: string): Promise<Kept | undefined> {
    return this.options.cache && readJSON<Kept>(this.options.cache, name);
  }

  // keep adds a reading. One after another, for all share a list of names; a full store keeps no more, and the reading is there all the same.
  private keep(name: string, what: Kept, epoch: number): Promise<void> {
    const cache = this.options.cache;
    if (!cache) return Promise.resolve();
    this.keeping = this.keeping.then(async () => {
      if (epoch !== this.epoch) return; // it was asked before all was forgotten
      const names = ((await readJSON<string[]>(cache, "read")) || []).filter((n) => n !== name);
      for (const old of names.splice(0, Math.max(0, names.length + 1 - keptMax))) await cache.remove(old);
      await cache.set("read", JSON.stringify([...names, name])); // first, so that forget finds it
      await cache.set(name, JSON.stringify(what));
    }).catch(() => undefined);
    return this.keeping;
  }

  /** forget takes everything away that was read: at sign-out, and at an erasure. What is still on its way is not kept. */
  async forget(): Promise<void> {
    const cache = this.options.cache;
    if (!cache) return;
    this.epoch++;
    await this.keeping;
    for (const name of (await readJSON<string[]>(cache, "read")) || []) await cache.remove(name);
    await cache.remove("read");
  }
}

/** queryOf writes a query, in the order given; what is undefined is left out. */
export function queryOf(query: Query): string {
  const parts = Object.keys(query).filter((k) => query[k] !== undefined && query[k] !== "")
    .map((k) => `${k}=${encodeURIComponent(String(query[k]))}`);
  return parts.length === 0 ? "" : "?" + parts.join("&");
}
