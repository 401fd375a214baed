// The voter's side of a secret poll: docs/format.md sections 18 and 19.
//
// For each poll a device makes a credential, a key that is the voter's pseudonym in this poll and in no other, and a salt. It keeps both before
// it tells anybody. The credential goes, sealed, to the registrar alone, who signs that it knows it; the commitment goes on the record under the
// voter's own name. A ballot is signed by the credential and by nobody else. What opens a ballot is forgotten when it is cast.
import { blake2b } from "@noble/hashes/blake2.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import nacl from "tweetnacl";
import { base64, join, short, str, utf8 } from "../bytes";
import { sha256 } from "../sha256";
import { Made } from "./ballot";
import { Choice } from "./fillings";
import { Random } from "./group";
import { Poll, Registrar } from "./poll";
import { insist } from "./refusal";
import { bytesOf, Reader } from "./wire";

const opaque = /^[a-z2-7]{26}$/;
const kept = 2;
const registration = 1;
const saltBytes = 32;

/** How a voter came to a credential, as the roster says it: nothing of a device of their own, 3 by a helper's. */
export const helperChannel = 3;

/** A voter's pseudonym in one poll. It is secret: with it anybody casts in the voter's place. */
export class Credential {
  readonly key: Uint8Array;

  constructor(readonly poll: string, readonly voter: string, private readonly salt: Uint8Array, readonly seed: Uint8Array, readonly channel = 0) {
    insist(opaque.test(poll) && opaque.test(voter) && salt.length === saltBytes && seed.length === 32, "credential.malformed");
    this.key = ed25519.getPublicKey(seed);
  }

  /** Makes a credential. Keep it before it is used: whoever loses it makes another and registers again, until registration ends. */
  static make(random: Random, poll: string, voter: string, channel = 0): Credential {
    const seed = random(32);
    return new Credential(poll, voter, random(saltBytes), seed, channel);
  }

  /** The credential as a device keeps it; the channel is not in it. */
  bytes(): Uint8Array {
    return this.written(kept, this.seed);
  }

  static read(bytes: Uint8Array, channel = 0): Credential {
    const r = new Reader(bytes, "credential.malformed");
    insist(r.uint(1) === kept, "credential.malformed");
    const id = (): string => String.fromCharCode(...r.take(26));
    const made = new Credential(id(), id(), r.take(saltBytes).slice(), r.take(32).slice(), channel);
    r.done();
    return made;
  }

  /** What the record knows of the credential until it is contested. */
  commitment(): Uint8Array {
    return sha256(join(utf8("renlin/credential/1\n"), str(this.poll), str(this.voter), this.salt, this.key));
  }

  /** The registration that only the registrar can read: a NaCl anonymous box to its key. All of them are of one size. */
  seal(random: Random, boxKey: Uint8Array): Uint8Array {
    insist(boxKey.length === 32 && !nacl.scalarMult(random(32), boxKey).every((b) => b === 0), "registrar_key.malformed");
    const once = nacl.box.keyPair.fromSecretKey(random(32));
    const nonce = blake2b(join(once.publicKey, boxKey), { dkLen: 24 });
    return join(once.publicKey, nacl.box(this.written(registration, this.key), nonce, boxKey, once.secretKey));
  }

  /** The body of voting.register, once the registrar's word is checked: the voter's own command, or the helper's under a mandate. */
  register(registrar: Registrar, receipt: Uint8Array): { poll: string; voter: string; commitment: string; receipt: string } {
    const commitment = this.commitment();
    const said = join(utf8("renlin/registration/1\n"), str(this.poll), str(this.voter), commitment);
    insist(receipt.length === 64 && ed25519.verify(receipt, said, bytesOf(registrar.key), { zip215: false }), "credential.receipt_untrue");
    return { poll: this.poll, voter: this.voter, commitment: base64(commitment), receipt: base64(receipt) };
  }

  /** The body of voting.contest_roster. It tells everybody whose this credential was; the poll is over with it. */
  contest(): { poll: string; voter: string; key: string; salt: string } {
    return { poll: this.poll, voter: this.voter, key: base64(this.key), salt: base64(this.salt) };
  }

  /** Where the record counts this credential's ballots. */
  ballots(): string {
    return `poll/${this.poll}/secret-ballot/${short(sha256(this.key))}`;
  }

  /** Encrypts a choice as the credential's ballot of a number: one more than the record's last. */
  make(random: Random, poll: Poll, sequence: number, choice: Choice): Ballot {
    insist(poll.id === this.poll, "credential.malformed");
    const voter = { pseudonym: this.key, sequence };
    return new Ballot(this.poll, sequence, poll.election.encrypt(voter, poll.selections(choice), random));
  }

  private written(form: number, key: Uint8Array): Uint8Array {
    return join(Uint8Array.of(form), utf8(this.poll), utf8(this.voter), this.salt, key);
  }
}

/** A ballot that is made and neither cast nor opened yet. */
export class Ballot {
  /** What the voter is shown before they decide, and looks for on the record. */
  readonly tracker: Uint8Array;
  private readonly ballot: Uint8Array;
  private opening: Uint8Array | undefined;

  constructor(private readonly poll: string, readonly sequence: number, made: Made) {
    this.tracker = made.tracker;
    this.ballot = made.ballot;
    this.opening = made.opening;
  }

  /** The body of voting.cast_secret. What opens the ballot is forgotten at once. */
  cast(): { poll: string; sequence: string; ballot: string } {
    this.opening = undefined;
    return this.said();
  }

  /** The body of voting.challenge_ballot, which has the ballot opened instead: everybody sees the choice, and it is never counted. */
  challenge(): { poll: string; sequence: string; ballot: string; opening: string } {
    insist(this.opening !== undefined, "ballot.handed_out");
    return { ...this.said(), opening: base64(this.opening) };
  }

  private said(): { poll: string; sequence: string; ballot: string } {
    return { poll: this.poll, sequence: String(this.sequence), ballot: base64(this.ballot) };
  }
}
