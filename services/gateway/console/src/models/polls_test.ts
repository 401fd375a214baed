// How many take part, and how they were told.
import assert from "node:assert/strict";
import test from "node:test";
import { missing, needed, reachedBy, type Quorum } from "./polls";

const quorum = (more: Partial<Quorum>): Quorum => ({ measure: 1, have: 0, all: 9, numerator: 2, denominator: 3, holds: false, ...more });

test("what a quorum needs is the least that keeps its inequality", () => {
  for (const [more, want] of [
    [{}, 6],
    [{ all: 10 }, 7],
    [{ strict: true }, 7],
    [{ strict: true, all: 10 }, 7],
    [{ all: 0 }, 0],
    [{ denominator: 0 }, 0],
    [{ all: 9_007_199_254_740_991, numerator: 1, denominator: 2 }, 4_503_599_627_370_496],
  ] as [Partial<Quorum>, number][]) {
    assert.equal(needed(quorum(more)), want, JSON.stringify(more));
  }
  assert.deepEqual([missing(quorum({ have: 4 })), missing(quorum({ have: 6, holds: true }))], [2, 0]);
});

test("a notice is counted by what first proved it, and who was only tried is told apart", () => {
  const seen = reachedBy([
    { proofs: [{ channel: 5, in_time: true }, { channel: 1 }] },
    { proofs: [{ channel: 1 }], failed: [{ channel: 5 }] },
    { proofs: [{ channel: 1, in_time: true }] },
    { failed: [{ channel: 8 }] },
    {},
  ]);
  assert.deepEqual(seen, {
    reached: 3,
    by: [
      { channel: 1, voters: 2, inTime: 1 },
      { channel: 5, voters: 1, inTime: 1 },
    ],
    failed: 1,
  });
});
