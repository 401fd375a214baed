// What a voter's device does under the voter's own name in a secret poll: it keeps credentials, registers, looks at the roster, contests it, and
// finds ballots on the record. Nothing here is done by the credential; see booth.ts for that.
import { base64, fromBase64 } from "../bytes";
import type { Device } from "../device";
import { newIdempotencyKey } from "../signing";
import type { Outcome } from "../outbox";
import { Refused } from "../problem";
import type { Source } from "../random";
import { readJSON, type Store } from "../store";
import type { Cast } from "./booth";
import { Credential, helperChannel } from "./credential";
import { fetched } from "./pool";
import type { Poll, PollState, Registrar } from "./poll";
import { insist } from "./refusal";
import { counts, readBlocks, Roster, type PollEvent, type Weight } from "./roster";
import { bytesOf } from "./wire";

const secretBytes = 64; // a credential's seed and salt
const sealingBytes = 64; // the key of one registration's box, and one to look at the registrar's by

/** What a device keeps of one voter in one poll. */
export interface Kept {
  credential: string;
  channel: number;
  /** The block of the registration: what follows it is where roster and ballots are. */
  block?: number;
  cast: { tracker: string; sequence: number; index: number; receipt: string; challenged?: boolean }[];
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
   * again when an answer was lost, with the credential that is kept.
   */
  async register(registrar: Registrar): Promise<Outcome> {
    let c = await this.credential();
    if (c === undefined) {
      const channel = this.whose === this.device.member ? 0 : helperChannel;
      c = Credential.make(await fetched(this.random, secretBytes), this.poll, this.whose, channel);
      await this.keep({ credential: base64(c.bytes()), channel, cast: [] });
    }
    const body = c.register(registrar, await this.receipt(c, registrar));
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
    const send = async (): Promise<Uint8Array> => {
      const answer = await this.device.gateway.send({ method: "POST", path, headers, body });
      return bytesOf((JSON.parse(answer.text) as { receipt: string }).receipt);
    };
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.status !== 401) throw error;
      await this.device.renew();
      return send();
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
      const answer = await this.device.gateway.send({
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
    kept.cast.push({ tracker: base64(cast.tracker), sequence, index, receipt, ...(challenged ? { challenged } : {}) });
    await this.keep(kept);
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
