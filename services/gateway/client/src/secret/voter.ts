// What a voter's device does under the voter's own name in a secret poll: it keeps credentials, registers, looks at the roster, contests it, and
// finds ballots on the record. Nothing here is done by the credential; see booth.ts for that.
import { base64, fromBase64, same } from "../bytes";
import type { Device } from "../device";
import { newIdempotencyKey } from "../signing";
import type { Outcome } from "../outbox";
import { Refused } from "../problem";
import type { Source } from "../random";
import { readJSON, type Store } from "../store";
import type { Booth, Cast, Parcel } from "./booth";
import { type Ballot, Credential, helperChannel } from "./credential";
import type { Choice } from "./fillings";
import { fetched } from "./pool";
import type { Poll, PollState, Registrar } from "./poll";
import { insist } from "./refusal";
import { counts, opened, readBlocks, Roster, sentBy, type PollEvent, type Weight } from "./roster";
import type { Response } from "../transport";
import { bytesOf } from "./wire";

const secretBytes = 64; // a credential's seed and salt
const sealingBytes = 64; // the key of one registration's box, and one to look at the registrar's by

/** What a device keeps of one voter in one poll. */
export interface Kept {
  credential: string;
  channel: number;
  /** The block of the registration: what follows it is where roster and ballots are. */
  block?: number;
  /** What was sent. A receipt is empty where its answer was lost and the record alone says that it came. */
  cast: { tracker: string; sequence: number; index: number; receipt: string; challenged?: boolean }[];
  /** A ballot that is on its way, until it is known what became of it. */
  sending?: Parcel;
}

export class Voter {
  private readonly whose: string;

  /** whose is the voter where a helper acts under a mandate; the device's own member otherwise. */
  constructor(private readonly device: Device, private readonly store: Store, private readonly random: Source, readonly poll: string, whose?: string) {
    this.whose = whose ?? device.member;
  }

  private get name(): string {
    return `secret/${this.poll}/${this.whose}`;
  }

  async kept(): Promise<Kept | undefined> {
    return readJSON<Kept>(this.store, this.name);
  }

  private async keep(kept: Kept): Promise<void> {
    await this.store.set(this.name, JSON.stringify(kept));
  }

  /** The voter's credential in this poll, if this device has one. */
  async credential(): Promise<Credential | undefined> {
    const kept = await this.kept();
    return kept && Credential.read(fromBase64(kept.credential) ?? new Uint8Array(0), kept.channel);
  }

  /**
   * Registers: makes a credential and keeps it, has the registrar sign for it, and puts the commitment on the record. All of it may be done
   * again when an answer was lost, with the credential that is kept. A helper names the mandate.
   */
  async register(registrar: Registrar, mandate?: string): Promise<Outcome> {
    let c = await this.credential();
    if (c === undefined) {
      const channel = this.whose === this.device.member ? 0 : helperChannel;
      c = Credential.make(await fetched(this.random, secretBytes), this.poll, this.whose, channel);
      await this.keep({ credential: base64(c.bytes()), channel, cast: [] });
    }
    const body = { ...c.register(registrar, await this.receipt(c, registrar)), ...(mandate ? { mandate } : {}) };
    const outcome = await this.device.write("voting.register", { poll: this.poll }, body, { about: `poll/${this.poll}`, waitHours: 1 });
    if (outcome.state === "done") await this.keep({ ...((await this.kept()) as Kept), block: outcome.answer.block });
    return outcome;
  }

  private async receipt(c: Credential, registrar: Registrar): Promise<Uint8Array> {
    const sealed = c.seal(await fetched(this.random, sealingBytes), bytesOf(registrar.box_key));
    const whose = this.whose === this.device.member ? {} : { voter: this.whose };
    const body = JSON.stringify({ sealed: base64(sealed), ...whose });
    const headers = { "Content-Type": "application/json", "Idempotency-Key": await newIdempotencyKey(this.random) };
    const path = this.device.path("gateway.send_credential", { poll: this.poll });
    const answer = await this.inSession({ method: "POST", path, headers, body });
    return bytesOf((JSON.parse(answer.text) as { receipt: string }).receipt);
  }

  private async inSession(request: Parameters<Device["gateway"]["send"]>[0]): Promise<Response> {
    try {
      return await this.device.gateway.send(request);
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.status !== 401) throw error;
      await this.device.renew();
      return this.device.gateway.send(request);
    }
  }

  /** Tells whether the record has this very credential's registration, and not another that somebody put there. */
  async stands(): Promise<boolean> {
    const c = await this.credential();
    const found = await this.device.record<{ commitment?: string }>(`poll/${this.poll}/registration/${this.whose}`);
    return c !== undefined && found !== undefined && found.body.commitment === base64(c.commitment());
  }

  /** What the record says of the poll since this voter registered, to the end of the record. */
  async events(): Promise<PollEvent[]> {
    const kept = await this.kept();
    const out: PollEvent[] = [];
    for (let from = kept?.block ?? 0; ; ) {
      const answer = await this.inSession({
        method: "GET", path: `${this.device.path("gateway.blocks", {})}?from=${from}`, headers: {}, binary: true,
      });
      insist(answer.bytes !== undefined, "record.malformed");
      const { events, next } = readBlocks(answer.bytes, this.poll);
      out.push(...events);
      if (next === undefined || next <= from) return out;
      from = next;
    }
  }

  /** Looks for one's own credential on the sealed roster, and answers what its ballots weigh. Refuses by why it is not as it should be. */
  async look(state: PollState): Promise<Weight> {
    const c = await this.credential();
    insist(c !== undefined, "credential.malformed");
    const roster = new Roster(this.poll);
    for (const e of await this.events()) roster.fold(e);
    return roster.find(c, bytesOf(state.secret?.root));
  }

  /** Contests the roster by the voter's own device, for all to see which credential is missing: the poll is over with it. */
  async contest(): Promise<Outcome> {
    const c = await this.credential();
    insist(c !== undefined, "credential.malformed");
    return this.device.write("voting.contest_roster", { poll: this.poll }, c.contest(), { about: `poll/${this.poll}`, waitHours: 1 });
  }

  /** Keeps what was answered to a ballot, so that it can be looked for on the record later. */
  async note(cast: Cast, challenged = false): Promise<void> {
    const kept = await this.kept();
    insist(kept !== undefined, "credential.malformed");
    const { sequence, index, receipt } = cast;
    const noted = { tracker: base64(cast.tracker), sequence, index, receipt, ...(challenged ? { challenged } : {}) };
    await this.keep({ ...kept, cast: [...kept.cast, noted], sending: undefined });
  }

  /**
   * Casts a ballot, or has it opened, by a booth. What is sent is kept first, and until it is known what became of it: when the program ends
   * in between, or the network does, resume sends the same bytes again.
   */
  async send(booth: Booth, ballot: Ballot, challenged = false): Promise<Cast> {
    const kept = await this.kept();
    insist(kept !== undefined, "credential.malformed");
    insist(kept.sending === undefined, "ballot.under_way");
    const parcel = await booth.pack(ballot, challenged);
    await this.keep({ ...kept, sending: parcel });
    return this.deliver(booth, parcel);
  }

  /** Goes on with a ballot that is on its way; undefined if there is none. */
  async resume(booth: Booth): Promise<Cast | undefined> {
    const parcel = (await this.kept())?.sending;
    return parcel && this.deliver(booth, parcel);
  }

  private async deliver(booth: Booth, parcel: Parcel): Promise<Cast> {
    try {
      return await this.sent(await booth.deliver(parcel), parcel);
    } catch (error) {
      if (!(error instanceof Refused) || error.temporary) throw error; // it stays, and goes again
      return this.refused(booth, parcel, error);
    }
  }

  // refused finds out whether a ballot came before, and only its answer was lost; or its time was over, and it is signed again, once.
  private async refused(booth: Booth, parcel: Parcel, why: Refused): Promise<Cast> {
    const c = await this.credential();
    insist(c !== undefined, "credential.malformed");
    if ((await booth.next()) > parcel.sequence) {
      const there = (await this.events()).map((e) => sentBy(c, e)).find((s) => s?.sequence === parcel.sequence);
      insist(there !== undefined, "record.behind");
      const poll = await booth.poll();
      const tracker = poll.election.tracker({ pseudonym: c.key, sequence: parcel.sequence }, there.ballot);
      if (!same(tracker, bytesOf(parcel.tracker))) return this.drop(why); // another page of this device was faster
      return this.sent({ tracker, sequence: parcel.sequence, index: there.index, block: 0, receipt: "" }, parcel);
    }
    try {
      return await this.sent(await booth.deliver(await booth.repack(parcel)), parcel);
    } catch (error) {
      if (!(error instanceof Refused) || error.temporary) throw error;
      return this.drop(error);
    }
  }

  private async sent(cast: Cast, parcel: Parcel): Promise<Cast> {
    await this.note(cast, parcel.challenged);
    return cast;
  }

  private async drop(why: Refused): Promise<never> {
    await this.keep({ ...((await this.kept()) as Kept), sending: undefined });
    throw why;
  }

  /** The ballots of a poll that were opened to try devices, whosesoever: what a second device compares with what the first one showed. */
  async opened(poll: Poll): Promise<{ tracker: Uint8Array; choice: Choice; index: number }[]> {
    const all = (await this.events()).filter((e) => e.type === "renlin.voting.v1.SecretBallotChallenged");
    return all.map((e) => {
      const { tracker, selections } = opened(poll.election, e);
      return { tracker, choice: poll.choice(selections), index: e.index };
    });
  }

  /** Finds the last ballot that this device has cast on the record, by its tracker: true if it is there and none of this credential's is newer. */
  async counted(poll: Poll): Promise<boolean> {
    const c = await this.credential();
    const last = (await this.kept())?.cast.filter((b) => !b.challenged).pop();
    if (c === undefined || last === undefined) return false;
    const mine = (await this.events()).filter((e) => e.aggregate === c.ballots() && e.type === "renlin.voting.v1.SecretBallotCast");
    const newest = mine.pop();
    return newest !== undefined && counts(poll.election, c, newest, bytesOf(last.tracker));
  }
}
