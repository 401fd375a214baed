// How many take part in a poll against what its rules ask, by which ways ballots and notices came: never what anybody has voted for.

/** What gateway.poll_taking answers. */
export interface Taking {
  told: boolean;
  voters: number;
  cast: number;
  silent?: number;
  quorums: Quorum[];
}

export interface Quorum {
  measure: number;
  have: number;
  all: number;
  numerator: number;
  denominator: number;
  strict?: boolean;
  holds: boolean;
}

/** needed is the least that makes a quorum: as much as the share, or more where the rules say more. */
export function needed(q: Quorum): number {
  if (q.denominator <= 0) return 0;
  const share = BigInt(q.all) * BigInt(q.numerator);
  const whole = share / BigInt(q.denominator);
  const exact = whole * BigInt(q.denominator) === share;
  return Number(q.strict || !exact ? whole + 1n : whole);
}

/** missing is what a quorum still lacks. */
export const missing = (q: Quorum): number => (q.holds ? 0 : Math.max(0, needed(q) - q.have));

export interface Delivery {
  proofs?: { channel?: number; in_time?: boolean }[];
  failed?: { channel?: number }[];
}

export interface Ways {
  reached: number;
  /** By the channel that first proved it; ascending. */
  by: { channel: number; voters: number; inTime: number }[];
  /** With whom it was tried, and nobody has proof. */
  failed: number;
}

/** reachedBy counts how the notice came to those of whom there is a record. */
export function reachedBy(all: Delivery[]): Ways {
  const by = new Map<number, { channel: number; voters: number; inTime: number }>();
  let failed = 0;
  for (const d of all) {
    const first = d.proofs?.[0];
    if (!first) {
      failed += (d.failed ?? []).length > 0 ? 1 : 0;
      continue;
    }
    const channel = first.channel ?? 0;
    const one = by.get(channel) ?? { channel, voters: 0, inTime: 0 };
    one.voters++;
    one.inTime += first.in_time ? 1 : 0;
    by.set(channel, one);
  }
  const ways = [...by.values()].sort((a, b) => a.channel - b.channel);
  return { reached: ways.reduce((n, w) => n + w.voters, 0), by: ways, failed };
}
