// Where a credential casts: a gateway that is not told whose it is. What the credential signs goes out without a session, in a form that is the
// same for everybody, and tells the time to the minute only. What this cannot hide is the address that it comes from and, in a browser, which
// connection the browser takes for it: whoever carries it could look. The record never says.
import type { Home } from "../device";
import { base64, fromHex } from "../bytes";
import { Gateway } from "../gateway";
import type { Answer } from "../outbox";
import { Refused } from "../problem";
import type { Source } from "../random";
import { Broken, check } from "../receipt";
import { keyOf, newIdempotencyKey, sign } from "../signing";
import type { Transport } from "../transport";
import { Ballot, Credential } from "./credential";
import type { Choice } from "./fillings";
import { pool } from "./pool";
import { Poll, type PollState } from "./poll";
import { bytesOf } from "./wire";

const minute = 60_000;
const notAfterMinutes = 9;

/** What became of a ballot that was sent. */
export interface Cast {
  tracker: Uint8Array;
  sequence: number;
  index: number;
  /** The block that holds it: read the record from there. */
  block: number;
  receipt: string;
  /** The step of the receipt's check that failed, if one did: the answer did not come from the community's own record. */
  broken?: string;
}

/** A ballot on its way: the bytes that are sent for it, every time the same. */
export interface Parcel {
  challenged: boolean;
  sequence: number;
  tracker: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface BoothOptions {
  address: string;
  transport: Transport;
  home: Home;
  random: Source;
  now?: () => number;
  wait?: (ms: number) => Promise<void>;
}

export class Booth {
  private readonly gateway: Gateway;

  constructor(private readonly options: BoothOptions, private readonly credential: Credential) {
    // A gateway's client of its own: no session, nothing kept, and the one language for everybody, because it is sent along.
    const { address, transport, now, wait } = options;
    this.gateway = new Gateway({ address, transport, language: "zh", ...(now && { now }), ...(wait && { wait }) });
  }

  /** Reads the poll and checks it: Poll.read. */
  async poll(): Promise<Poll> {
    const state = await this.state<PollState>(`poll/${this.credential.poll}`);
    return Poll.read(this.credential.poll, state as PollState);
  }

  /** The number of the credential's next ballot, as the record has it: a device that has crashed need not have counted. */
  async next(): Promise<number> {
    const sent = await this.state<{ sequence?: number }>(this.credential.ballots());
    return (sent?.sequence ?? 0) + 1;
  }

  /** Encrypts a choice. Show the tracker; then cast it, or challenge it and make another. */
  async make(poll: Poll, choice: Choice): Promise<Ballot> {
    const sequence = await this.next();
    return this.credential.make(await pool(this.options.random, poll.election.shape), poll, sequence, choice);
  }

  /**
   * Casts a ballot. If no answer came it is sent again, by this or by a later call: the record takes a number once, and the same bytes twice are
   * one ballot. Voter.send does it so that it outlives the program, too.
   */
  async cast(ballot: Ballot): Promise<Cast> {
    return this.deliver(await this.pack(ballot));
  }

  /** Has a ballot opened instead of cast. Everybody sees what was in it, so it should not be what the voter means to cast afterwards. */
  async challenge(ballot: Ballot): Promise<Cast> {
    return this.deliver(await this.pack(ballot, true));
  }

  /** What is sent to cast or to challenge a ballot, signed. It says nothing that is not public once it has come. */
  pack(ballot: Ballot, challenged = false): Promise<Parcel> {
    const body = JSON.stringify(challenged ? ballot.challenge() : ballot.cast());
    return this.signed({ challenged, sequence: ballot.sequence, tracker: base64(ballot.tracker), body });
  }

  /** Signs again what was not sent while its time lasted. */
  repack({ challenged, sequence, tracker, body }: Parcel): Promise<Parcel> {
    return this.signed({ challenged, sequence, tracker, body });
  }

  private async signed(what: Pick<Parcel, "challenged" | "sequence" | "tracker" | "body">): Promise<Parcel> {
    const { home, random } = this.options;
    const idempotencyKey = await newIdempotencyKey(random);
    const notAfter = (Math.floor(this.gateway.now() / minute) + notAfterMinutes) * minute;
    const operation = what.challenged ? "voting.challenge_ballot" : "voting.cast_secret";
    const command = { genesis: fromHex(home.genesis) as Uint8Array, operation, contract: 1, idempotencyKey, notAfter, body: what.body };
    return {
      ...what, path: `/v1/communities/${home.id}/polls/${this.credential.poll}/${what.challenged ? "challenges" : "secret-ballots"}`,
      headers: {
        "Content-Type": "application/json", "Idempotency-Key": idempotencyKey, "Renlin-Not-After": String(notAfter),
        "Renlin-Signature": sign(command, keyOf(this.credential.seed)),
      },
    };
  }

  /** Sends what was packed, and checks the receipt. The same twice is one ballot, and is answered alike. */
  async deliver({ path, headers, body, sequence, tracker }: Parcel): Promise<Cast> {
    const { home } = this.options;
    const answer = await this.gateway.send({ method: "POST", path, headers, body });
    const { index, block, receipt } = JSON.parse(answer.text) as Answer;
    const cast: Cast = { tracker: bytesOf(tracker), sequence, index, block, receipt };
    try {
      check(receipt, home);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      cast.broken = error.step;
    }
    return cast;
  }

  // state reads what everybody may read; undefined if there is no such record.
  private async state<T>(path: string): Promise<T | undefined> {
    try {
      const { body } = await this.gateway.get<{ records?: { path: string; state: T }[] }>(`/v1/communities/${this.options.home.id}/records/${path}`);
      return (body.records ?? []).find((r) => r.path === path)?.state;
    } catch (error) {
      if (error instanceof Refused && error.problem.status === 404) return undefined;
      throw error;
    }
  }
}
