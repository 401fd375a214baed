// The messages of the record that a secret poll is made of, after the .proto files: read from the record's JSON and written as the one encoding
// that is hashed (fields ascending, what has its default left out), and read from a block's bytes. A test holds the table to the .proto files.
import { join, textOf, utf8 } from "../bytes";
import { Refusal } from "./refusal";
import { bytesOf, Reader } from "./wire";

// A field is number: name and type, with * behind it if there may be several. Types: s text, b bytes, n number of any kind, f yes or no, or the
// name of a message.
const table = {
  Requirement: { 1: "measure n", 2: "of n", 3: "base n", 4: "numerator n", 5: "denominator n", 6: "strict f", 7: "quorum f" },
  BallotRules: {
    1: "form n", 2: "options_min n", 3: "options_max n", 4: "points_sum_max n", 5: "cost_sum_max_fen n", 6: "score_min n", 7: "points_min n",
    8: "points_max n", 9: "seats n", 10: "utility n", 11: "completion n",
  },
  WeightClass: { 1: "area_from_centi_m2 n", 2: "weight n" },
  TurnoutRules: {
    1: "non_voters n", 2: "abstentions_absent f", 3: "late_quorum_within_seconds n", 4: "late_quorum_extension_seconds n",
    5: "extension_rounds_max n", 6: "extension_seconds n", 7: "resubmission_seconds n", 8: "recount_objections_min n", 9: "channel s",
    10: "weight_classes WeightClass*", 11: "proxy_share_numerator n", 12: "proxy_share_denominator n",
  },
  NoticeRules: { 1: "notice_seconds n", 2: "reminder_seconds n*", 3: "warning s" },
  PaperRules: { 1: "operator_permille_max n", 2: "call_back_permille n", 3: "risk_limit_permille n", 4: "audit_seconds n" },
  SecrecyRules: {
    1: "secrecy n", 2: "trustees_min n", 3: "anonymity_min n", 4: "register_seconds n", 5: "interval_width n", 6: "contest_seconds n",
    7: "together f",
  },
  PollRules: {
    1: "electorate n", 2: "method n", 3: "requirements Requirement*", 4: "voting_seconds n", 5: "key_publish_seconds n", 6: "objection_seconds n",
    7: "close_when_complete f", 8: "execution_delay_seconds n", 9: "execution_expiry_seconds n", 10: "veto_seconds n", 11: "ballot BallotRules",
    12: "open_within_seconds n", 13: "appeal_voting_seconds n", 14: "turnout TurnoutRules", 15: "notice NoticeRules", 16: "paper PaperRules",
    17: "secrecy SecrecyRules", 18: "tie_rule n",
  },
  Option: { 1: "code s", 2: "title s", 3: "cost_fen n" },
  Motion: { 1: "title s", 2: "text s", 3: "options Option*", 4: "budget_fen n" },
  Measured: { 1: "households n", 2: "weight n" },
  Roll: {
    1: "root b", 2: "voters n", 3: "heads n", 4: "area_centi_m2 n", 5: "position n", 6: "all_heads n", 7: "all_area_centi_m2 n",
    20: "measured Measured", 21: "all_measured Measured",
  },
  CredentialRow: { 1: "key b", 2: "heads n", 3: "area_centi_m2 n", 4: "measured Measured", 5: "channel n" },
  CredentialsListed: { 1: "rows CredentialRow*" },
  RosterSealed: { 1: "root b", 2: "credentials n", 3: "contested_until n" },
  SecretBallotCast: { 1: "key b", 2: "sequence n", 3: "ballot b" },
  SecretBallotChallenged: { 1: "key b", 2: "sequence n", 3: "ballot b", 4: "opening b" },
} as const;

export type Name = keyof typeof table;

/** Fields by name, for the test that compares them with the .proto files. */
export const fieldsOf: Record<Name, Record<number, string>> = table;

/** A message as the record's JSON has it: absent is the default, bytes are base64, numbers are numbers. */
export type Json = { [field: string]: string | number | boolean | Json | (string | number | Json)[] | undefined };

interface Field {
  number: number;
  name: string;
  type: string;
  many: boolean;
}

function fields(name: Name): Field[] {
  return Object.entries(fieldsOf[name]).map(([number, text]) => {
    const [field, type] = text.split(" ");
    return { number: Number(number), name: field, type: type.replace("*", ""), many: type.endsWith("*") };
  });
}

const wireOf = (type: string): number => (type === "n" || type === "f" ? 0 : 2);

/** Writes a message of the record's JSON as the record hashes it. What it does not know it refuses: it might be hashed, too. */
export function encode(name: Name, message: Json): Uint8Array {
  const known = fields(name);
  const names = known.map((f) => f.name);
  if (!Object.keys(message).every((key) => names.includes(key))) throw new Refusal("record.malformed");
  return join(...known.map((f) => encodeField(f, message[f.name])));
}

function encodeField(f: Field, value: Json[string]): Uint8Array {
  const nothing = new Uint8Array(0);
  if (value === undefined || value === null) return nothing;
  if (!f.many) return isDefault(f.type, value) ? nothing : join(tag(f.number, wireOf(f.type)), encodeValue(f.type, value));
  const list = value as (string | number | Json)[];
  if (!Array.isArray(list)) throw new Refusal("record.malformed");
  if (list.length === 0) return nothing;
  if (wireOf(f.type) === 0) {
    const packed = join(...list.map((v) => encodeValue(f.type, v)));
    return join(tag(f.number, 2), varint(packed.length), packed);
  }
  return join(...list.map((v) => join(tag(f.number, 2), encodeValue(f.type, v))));
}

const isDefault = (type: string, value: unknown): boolean =>
  (type === "n" && value === 0) || (type === "f" && value === false) || ((type === "s" || type === "b") && value === "");

function encodeValue(type: string, value: unknown): Uint8Array {
  switch (type) {
    case "n":
      return varint(value as number);
    case "f":
      return varint(value === true ? 1 : 0);
    case "s":
      return sized(utf8(value as string));
    case "b":
      return sized(bytesOf(value as string));
  }
  return sized(encode(type as Name, value as Json));
}

const sized = (bytes: Uint8Array): Uint8Array => join(varint(bytes.length), bytes);
const tag = (number: number, wire: number): Uint8Array => varint(number * 8 + wire);

// varint writes a number; a negative one as 64 bits of two's complement. A number that JavaScript cannot hold exactly is refused.
function varint(n: number): Uint8Array {
  if (!Number.isSafeInteger(n)) throw new Refusal("record.malformed");
  const out: number[] = [];
  const base = BigInt(128);
  let rest = n < 0 ? BigInt(n) + BigInt("0x10000000000000000") : BigInt(n);
  do {
    const low = Number(rest % base);
    rest /= base;
    out.push(rest > BigInt(0) ? low | 128 : low);
  } while (rest > BigInt(0));
  return Uint8Array.from(out);
}

/** A message as a block has it: bytes are bytes, absent fields have their defaults, absent messages are undefined. */
export type Read = { [field: string]: string | number | boolean | Uint8Array | Read | Read[] | number[] | undefined };

/** Reads a message's bytes, or refuses what is no message; fields that it does not know it passes over. */
export function decode(name: Name, bytes: Uint8Array): Read {
  const r = new Reader(bytes, "record.malformed");
  const out: Read = {};
  const known = fields(name);
  for (const f of known) {
    if (f.many) out[f.name] = [];
    else if (f.type === "b") out[f.name] = new Uint8Array(0);
    else if (f.type === "s") out[f.name] = "";
    else if (f.type === "n") out[f.name] = 0;
    else if (f.type === "f") out[f.name] = false;
  }
  while (r.more) {
    const head = readVarint(r);
    const wire = head % 8;
    const f = known.find((x) => x.number === Math.floor(head / 8));
    if (wire === 5 || wire === 1) {
      r.take(wire === 5 ? 4 : 8);
      continue;
    }
    if (wire !== 0 && wire !== 2) throw new Refusal("record.malformed");
    const value = wire === 0 ? readVarint(r) : r.take(readVarint(r));
    if (f) put(out, f, value);
  }
  return out;
}

function put(out: Read, f: Field, value: number | Uint8Array): void {
  const list = out[f.name] as unknown[];
  if (typeof value === "number") {
    if (wireOf(f.type) !== 0) throw new Refusal("record.malformed");
    if (f.many) list.push(value);
    else out[f.name] = f.type === "f" ? value !== 0 : value;
    return;
  }
  if (wireOf(f.type) === 0) {
    if (!f.many) throw new Refusal("record.malformed");
    const packed = new Reader(value, "record.malformed");
    while (packed.more) list.push(readVarint(packed));
    return;
  }
  const read = f.type === "b" ? value : f.type === "s" ? textOf(value) : decode(f.type as Name, value);
  if (read === undefined) throw new Refusal("record.malformed");
  if (f.many) list.push(read);
  else out[f.name] = read as Read;
}

function readVarint(r: Reader): number {
  let n = BigInt(0);
  for (let shift = BigInt(1), i = 0; i < 10; i++, shift *= BigInt(128)) {
    const b = r.uint(1);
    n += BigInt(b % 128) * shift;
    if (b < 128) {
      const signed = BigInt.asIntN(64, n);
      const exact = Number(signed);
      if (!Number.isSafeInteger(exact)) throw new Refusal("record.malformed");
      return exact;
    }
  }
  throw new Refusal("record.malformed");
}
