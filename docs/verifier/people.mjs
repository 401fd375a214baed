// A poll's roll from the members, units, households, organisations, and channels of the record, after docs/format.md section 9.
import { sha256 } from "@noble/hashes/sha2.js";
import { big, concat, same } from "./group.mjs";

const utf8 = new TextEncoder();
export const ascii = (text) => utf8.encode(text);
export const str = (text) => { const b = utf8.encode(text); return concat(big(b.length, 2), b); };
export const i64 = (n) => big(BigInt.asUintN(64, BigInt(n)), 8);
const byBytes = (a, b) => (a < b ? -1 : a > b ? 1 : 0); // of ids, which are ASCII

const leaf = (entry) => sha256(concat(Uint8Array.of(0), entry));

// root is RFC 6962's over entries.
export function root(entries) {
  if (entries.length === 0) return sha256(new Uint8Array(0));
  if (entries.length === 1) return leaf(entries[0]);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return sha256(concat(Uint8Array.of(1), root(entries.slice(0, k)), root(entries.slice(k))));
}

// shortID names a digest in 26 characters.
export function shortID(digest) {
  let bits = 0n, out = "";
  for (const b of digest.subarray(0, 16)) bits = (bits << 8n) | BigInt(b);
  bits <<= 2n;
  for (let i = 25n; i >= 0n; i--) out += "abcdefghijklmnopqrstuvwxyz234567"[Number((bits >> (i * 5n)) & 31n)];
  return out;
}
export const keyID = (key) => shortID(sha256(key));

// Weights have an amount in each of four measures, by the measures' numbers.
export const weight = (heads = 0n, area = 0n, households = 0n, classes = 0n) => [undefined, heads, area, households, classes];
export const plus = (a, b) => [undefined, a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4]];
export const minus = (a, b) => [undefined, a[1] - b[1], a[2] - b[2], a[3] - b[3], a[4] - b[4]];
export const sameWeight = (a, b) => [1, 2, 3, 4].every((m) => a[m] === b[m]);
export const isNothing = (w) => sameWeight(w, weight());
export const measured = (rules) => rules.requirements.some((q) => q.measure === 3 || q.measure === 4);

// What rolls and rows of rosters say, as weights.
export const wholeOf = (r) => weight(r?.allHeads ?? 0n, r?.allArea ?? 0n, r?.allMeasured?.households ?? 0n, r?.allMeasured?.weight ?? 0n);
export const sumOf = (r) => weight(r?.heads ?? 0n, r?.area ?? 0n, r?.measured?.households ?? 0n, r?.measured?.weight ?? 0n);
export const rowWeight = (r) => weight(r.heads, r.area, r.measured?.households ?? 0n, r.measured?.weight ?? 0n);

// eq compares messages by their bytes, list two lists of numbers, byKey two keys.
export const eq = (a, b) => (a && b ? same(a.$raw, b.$raw) : a === b);
export const list = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
export const byKey = (a, b) => {
  const i = a.findIndex((x, j) => x !== b[j]);
  return i < 0 || i >= b.length ? a.length - b.length : a[i] - b[i];
};

// People is who lives here and owns what.
export class People {
  constructor() {
    Object.assign(this, { founders: new Set(), revoked: new Set(), admitted: new Map(), imports: new Set(), units: new Map() });
    Object.assign(this, { households: new Map(), delegates: new Map(), channels: new Map() });
  }

  fold(aggregate, fact) {
    const id = aggregate.slice(aggregate.lastIndexOf("/") + 1), b = fact.body;
    switch (b.$type) {
      case "MemberAdmitted":
        if (fact.author === 5) this.founders.add(id);
        else { this.admitted.set(id, b.import); this.revoked.delete(id); }
        break;
      case "MemberRevoked": this.revoked.add(id); break;
      case "ImportCompleted": this.imports.add(id); break;
      case "UnitRegistered": this.units.set(id, { area: b.area, import: b.import, owner: "" }); break;
      case "UnitAssigned": if (this.units.has(id)) this.units.get(id).owner = b.owner; break;
      case "HouseholdFormed": this.households.set(id, b); break;
      case "OrgAdmitted": this.delegates.set(id, ""); break;
      case "DelegateNamed": this.delegates.set(id, b.member); break;
      case "ChannelEstablished": this.channels.set(id, b.members); break;
      default:
    }
  }

  resident(id) {
    const source = this.admitted.get(id);
    return source !== undefined && !this.revoked.has(id) && (source === "" || this.imports.has(source));
  }
  stands(id) { return this.resident(id) || (this.founders.has(id) && !this.revoked.has(id)); }
  speaker(household) { return household.members.find((id) => this.resident(id)) ?? ""; }

  classOf(unit, rules) {
    const area = this.units.get(unit)?.area ?? 0n;
    return (rules.turnout?.weightClasses ?? []).reduce((n, c) => (area >= c.areaFrom ? c.weight : n), 0n);
  }

  // roll answers voters with their weights, the root over them, their sum, and what all weigh.
  roll(rules) {
    const voters = new Map(), units = new Map(), counts = measured(rules);
    let all = weight();
    const give = (id, w) => voters.set(id, plus(voters.get(id) ?? weight(), w));
    switch (rules.electorate) {
      case 1: case 2: all = this.#residents(rules, voters, units); break;
      case 3:
        for (const h of this.households.values()) {
          const w = weight(1n, 0n, 1n, this.classOf(h.unit, rules));
          if (this.speaker(h) !== "") give(this.speaker(h), w);
          all = plus(all, w);
        }
        break;
      case 4:
        for (const id of this.delegates.values()) {
          if (this.stands(id)) give(id, weight(1n));
          all = plus(all, weight(1n));
        }
        break;
      case 5:
        for (const id of this.channels.get(rules.turnout?.channel ?? "") ?? []) if (this.stands(id)) voters.set(id, weight(1n));
        all = weight(BigInt(voters.size));
        break;
      default:
    }
    if (!counts) all[3] = all[4] = 0n;
    let sum = weight();
    const entries = [...voters.keys()].sort(byBytes).map((id) => {
      const w = voters.get(id), list = units.get(id) ?? [];
      if (!counts) w[3] = w[4] = 0n;
      sum = plus(sum, w);
      const amounts = (counts ? [1, 2, 3, 4] : [1, 2]).map((m) => i64(w[m]));
      const owned = list.flatMap((unit) => [str(unit), i64(this.units.get(unit).area)]);
      return sha256(concat(ascii(counts ? "renlin/roll/3\n" : "renlin/roll/2\n"), str(id), ...amounts, big(list.length, 4), ...owned));
    });
    return { voters, root: root(entries), sum, all };
  }

  #residents(rules, voters, units) {
    const members = rules.electorate === 1, owners = new Set();
    if (members) for (const id of this.admitted.keys()) if (this.resident(id)) voters.set(id, weight(1n));
    let all = weight();
    const heads = BigInt(voters.size);
    for (const id of [...this.units.keys()].sort(byBytes)) {
      const unit = this.units.get(id);
      if (unit.import !== "" && !this.imports.has(unit.import)) continue;
      const w = weight(0n, unit.area, 0n, this.classOf(id, rules));
      all = plus(all, w);
      owners.add(unit.owner); // the empty name stands for everything that nobody owns
      if (!this.resident(unit.owner)) continue;
      const sum = plus(voters.get(unit.owner) ?? weight(), w);
      sum[1] = 1n;
      voters.set(unit.owner, sum);
      units.set(unit.owner, [...(units.get(unit.owner) ?? []), id]);
    }
    all[1] = members ? heads : BigInt(owners.size);
    for (const h of this.households.values()) {
      const id = this.speaker(h);
      if (voters.has(id)) voters.set(id, plus(voters.get(id), weight(0n, 0n, 1n)));
      all[3]++;
    }
    return all;
  }
}
