// What is written waits here until it is known what became of it: with or without a network, also over the end of the program. Each entry is sent
// with the same bytes under the same key, so it is done once, however often it is sent. Entries go in their order; a refusal is kept
// for the person to see, and does not hold up the others.
import type { Gateway } from "./gateway";
import { Refused, type Problem } from "./problem";
import { readJSON, type Store } from "./store";
import { answered, Unreachable, type Response } from "./transport";
import type { components } from "./schema";

export type Answer = components["schemas"]["op.Answer"];

/** Picture is a photograph as it is to be sealed: JPEG, PNG or WebP of 64 KiB at most, its bytes in base64. */
export interface Picture {
  media: string;
  data: string;
}

/** Said is what the vault seals before a command can name it: words under the command's field, and the pictures beside them. */
export interface Said {
  subject: string;
  text: string;
  field: string;
  pictures?: Picture[];
}

/** Entry is one write. What it says is in body; about names what it is about, such as poll/ID, for screens. */
export interface Entry {
  id: string; // the idempotency key
  operation: string;
  about: string;
  madeAt: number;
  notAfter: number;
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Words that the vault must seal before the command can name them; gone once it has. Until then they lie on this device, as typed. */
  words?: Said;
  /** The words once they are sealed, for their writer to see until it is known what became of them. */
  said?: string;
  /** Why it was refused; it is sent no more. */
  refused?: Problem;
}

/** Outcome is what became of an entry: done, refused, or it waits because no gateway can be reached. */
export type Outcome = { state: "done"; answer: Answer } | { state: "refused"; refused: Refused } | { state: "waiting" };

const name = "outbox";
const entriesMax = 200;

/** picturesWaitingMax is how many photographs a device keeps for a network: mini-programs may keep 1 MB under one name. */
export const picturesWaitingMax = 9;

/** Full says that more is waiting than a device should keep. */
export class Full extends Error {
  readonly name = "Full";
  constructor() {
    super("发件箱已满，请先连接网络。 / Too much is waiting to be sent; please connect to the network first.");
  }
}

/** FullOfPictures says that more photographs wait than a device should keep; words alone still can. */
export class FullOfPictures extends Error {
  readonly name = "FullOfPictures";
  constructor() {
    super("等待发送的照片已满，请先连接网络，或不附照片。 / Too many pictures are waiting to be sent; please connect first, or send it without pictures.");
  }
}

const picturesIn = (entries: Entry[]): number => entries.reduce((n, e) => n + ((e.words && e.words.pictures) || []).length, 0);

// Two pages of one device share the store: what one changes it changes in what is there, and alone. Where there are no locks, in an old browser or
// without TLS, each page still reads just before it writes. Within one program one change follows another.
const changing = new WeakMap<Store, Promise<void>>();
declare const navigator: { locks?: { request(name: string, alone: () => Promise<void>): Promise<void> } } | undefined;

function alone(step: () => Promise<void>): Promise<void> {
  return typeof navigator === "undefined" || !navigator || !navigator.locks ? step() : navigator.locks.request("renlin/outbox", step);
}

export class Outbox {
  private closed = false;
  private flushing: Promise<void> | undefined;
  private readonly outcomes = new Map<string, Outcome>();
  /** Told each outcome that is final, once. */
  onDone: (entry: Entry, outcome: Outcome) => Promise<void> | void = () => undefined;

  private readonly watchers = new Set<() => void>();

  /** watch tells each time that something has been settled, also long after it was written; what it answers ends that. */
  watch(tell: () => void): () => void {
    this.watchers.add(tell);
    return () => void this.watchers.delete(tell);
  }

  constructor(
    private readonly gateway: Gateway, private readonly store: Store,
    /** Seals an entry's words and signs it; an error as send's. What it answers is kept before it is sent. */
    private readonly complete: (entry: Entry) => Promise<Entry>,
    /** Asks with a session, which is opened anew if it has ended: for entries that no key has signed. */
    private readonly inSession: (ask: () => Promise<Response>) => Promise<Response> = (ask) => ask(),
  ) {}

  /** list gives what waits, and what was refused, oldest first. */
  async list(): Promise<readonly Entry[]> {
    return (await readJSON<Entry[]>(this.store, name)) || [];
  }

  /** put keeps an entry, and then sends everything that waits. The entry is kept before the first try. */
  async put(entry: Entry): Promise<Outcome> {
    if (this.closed) throw new Error("this outbox is closed");
    await this.change((entries) => {
      if (entries.length >= entriesMax) throw new Full();
      if (picturesIn([entry]) > 0 && picturesIn([...entries, entry]) > picturesWaitingMax) throw new FullOfPictures();
      return entries.some((e) => e.id === entry.id) ? entries : [...entries, entry];
    });
    await this.flush();
    const outcome = this.outcomes.get(entry.id) || { state: "waiting" };
    this.outcomes.delete(entry.id);
    return outcome;
  }

  /** flush sends what waits, in order, until something cannot be sent. Who asks while it runs waits for a run that has their entry too. */
  async flush(): Promise<void> {
    while (this.flushing) await this.flushing;
    this.flushing = this.sendAll();
    try {
      await this.flushing;
    } finally {
      this.flushing = undefined;
    }
  }

  private async sendAll(): Promise<void> {
    for (let next = await this.next(); next; next = await this.next()) {
      const entry = next;
      const outcome = await this.tried(entry, () => (entry.words ? this.sealed(entry) : this.sent(entry)));
      if (outcome === "sealed") continue;
      if (outcome.state === "waiting" || this.closed) return;
      if (outcome.state === "done") await this.change((entries) => entries.filter((e) => e.id !== entry.id));
      else await this.replace({ ...entry, refused: outcome.refused.problem });
      this.outcomes.set(entry.id, outcome);
      await this.onDone(entry, outcome);
      for (const tell of Array.from(this.watchers)) tell();
    }
  }

  private async next(): Promise<Entry | undefined> {
    return this.closed ? undefined : (await this.list()).find((e) => e.refused === undefined);
  }

  // sealed makes a complete entry of one with words, in its place.
  private async sealed(entry: Entry): Promise<"sealed"> {
    const said = entry.words && entry.words.text;
    await this.replace({ ...(await this.complete(entry)), words: undefined, said });
    return "sealed";
  }

  private async sent(entry: Entry): Promise<Outcome> {
    const ask = (): Promise<Response> => this.gateway.send({ method: "POST", path: entry.path, headers: entry.headers, body: entry.body });
    const answer = await (entry.headers["Renlin-Signature"] === undefined ? this.inSession(ask) : ask());
    return { state: "done", answer: answered<Answer>(answer) };
  }

  private async tried(entry: Entry, step: () => Promise<Outcome | "sealed">): Promise<Outcome | "sealed"> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof Unreachable) return { state: "waiting" };
      if (!(error instanceof Refused)) throw error;
      // What may be taken later waits; so does what needs a session, until there is one again.
      const unsigned = entry.words !== undefined || entry.headers["Renlin-Signature"] === undefined;
      const later = error.temporary || (unsigned && error.problem.status === 401);
      return later && this.gateway.now() < entry.notAfter ? { state: "waiting" } : { state: "refused", refused: error };
    }
  }

  /** dismiss takes a refused entry away, once the person has seen it. What waits may have been done already, and stays. */
  async dismiss(id: string): Promise<void> {
    await this.change((entries) => entries.filter((e) => e.id !== id || e.refused === undefined));
  }

  /** close ends it, for good: whoever used this device has left, and what is still on its way writes nothing back. */
  async close(): Promise<void> {
    this.closed = true;
    await changing.get(this.store);
  }

  private replace(entry: Entry): Promise<void> {
    return this.change((entries) => entries.map((e) => (e.id === entry.id ? entry : e)));
  }

  private change(of: (entries: Entry[]) => Entry[]): Promise<void> {
    const step = (changing.get(this.store) || Promise.resolve()).then(() => alone(async () => {
      const entries = (await readJSON<Entry[]>(this.store, name)) || [];
      if (!this.closed) await this.store.set(name, JSON.stringify(of(entries)));
    }));
    changing.set(this.store, step.catch(() => undefined));
    return step;
  }
}
