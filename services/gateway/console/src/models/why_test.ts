// What is told of why something is as it is.
import assert from "node:assert/strict";
import test from "node:test";
import { scarcity, wayOf } from "./why";

test("a cost is as much as some way, or as a need that goes on waiting", () => {
  for (const none of [-5, 0, 1]) assert.deepEqual(wayOf(none), { kind: "none" }, String(none));
  for (const [cost, metres] of [
    [2, 1],
    [13, 10],
    [650, 500],
    [13_000, 10_000],
  ]) {
    assert.deepEqual(wayOf(cost), { kind: "metres", metres });
  }
  for (const dear of [13_002, 100_000]) assert.deepEqual(wayOf(dear), { kind: "waiting" });
});

test("what is scarce are offers a plan takes from, offers that were full before, and shares of organisations; the dearest first", () => {
  const plan = {
    prices: [{ provider: "b", skill: "meal", price: 13 }, { provider: "a", skill: "meal" }],
    scarce: [{ provider: "c", skill: "meal", price: "650" }],
    shares: [{ party: "o", skill: "meal", price: 13 }],
  };
  assert.deepEqual(
    scarcity(plan).map((p) => [p.kind, p.of, p.price]),
    [
      ["offer", "c", 650],
      ["offer", "b", 13],
      ["share", "o", 13],
    ],
  );
  assert.deepEqual(scarcity({}), []);
});
