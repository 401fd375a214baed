// Holds the check of a secret tally's account of channels, sheets and helpers to what may be forged of it: node --test
import { test } from "node:test";
import assert from "node:assert/strict";
import { cameBy } from "./sheets.mjs";
import { weight } from "./people.mjs";

const DEVICE = 1, HELPER = 3, PAPER = 7, CAST = 1, DISPUTED = 3;
const said = (fields) => ({ $unknown: 0, ...fields });
const by = (ballots, heads, area) => said({ ballots, heads, area, measured: undefined });
const channel = (n, ballots, heads, area) => said({ channel: n, ballots, heads, area });

// poll is one of two devices, a helper, two sheets that count, one that is disputed, and one that was entered once, by night.
function poll() {
  const entry = (actor, atNight = false) => ({ actor, atNight });
  return {
    rules: { requirements: [], paper: { operatorPermilleMax: 600 } },
    channels: new Map([["a", 0], ["b", 0], ["c", HELPER], ["d", PAPER], ["e", PAPER], ["f", PAPER], ["g", PAPER]]),
    weights: new Map(["a", "b", "c", "d", "e"].map((id, i) => [id, weight(1n, BigInt(10 + i))])),
    sheetStates: new Map([
      ["d", { agreement: CAST, entries: [entry("one"), entry("two")] }], ["e", { agreement: CAST, entries: [entry("one"), entry("three")] }],
      ["f", { agreement: DISPUTED, entries: [entry("one"), entry("two")] }], ["g", { agreement: 0, entries: [entry("one", true)] }],
    ]),
  };
}

const tally = () => ({
  channels: said({
    channels: [channel(DEVICE, 2, 2n, 21n), channel(HELPER, 1, 1n, 12n), channel(PAPER, 2, 2n, 27n)], standsWithoutPapers: false, issued: 4, voided: 0,
    halfEntered: 1, disputed: 1, unresolved: 0, superseded: 0, entriesAtNight: 1, operatorsOver: [said({ operator: "one", papers: 2 })],
  }),
  castBy: said({ device: by(2, 2n, 21n), hosted: by(0, 0n, 0n), helper: by(1, 1n, 12n), paper: by(2, 2n, 27n), standsWithoutHelpers: false }),
});

function found(c, t) {
  const codes = [], counting = ["a", "b", "c", "d", "e"].map((id) => ({ id, sequence: "de".includes(id) ? 0n : 1n }));
  cameBy(Object.assign(c, { is: (holds, code) => holds || codes.push(code) }), t, counting);
  return codes;
}

test("an honest account", () => assert.deepEqual(found(poll(), tally()), []));

test("no account of a poll without sheets and helpers", () => {
  const c = poll();
  Object.assign(c, { rules: { requirements: [] }, sheetStates: new Map() });
  c.channels.set("c", 0);
  const sent = (t) => {
    const codes = [];
    cameBy(Object.assign(c, { is: (holds, code) => holds || codes.push(code) }), t, [{ id: "a", sequence: 1n }, { id: "c", sequence: 1n }]);
    return codes;
  };
  assert.deepEqual(sent({}), []);
  assert.deepEqual(sent({ castBy: tally().castBy }), ["sheets.counts"]);
});

for (const [name, forge] of Object.entries({
  "devices twice, and no word of papers": (t) => { t.channels.channels[2] = t.channels.channels[0]; },
  "in another order": (t) => { t.channels.channels.reverse(); },
  "more sheets than there were": (t) => { t.channels.issued = 99; },
  "more disputed": (t) => { t.channels.disputed = 7; },
  "more by night": (t) => { t.channels.entriesAtNight = 5; },
  "an operator more": (t) => { t.channels.operatorsOver.push(said({ operator: "two", papers: 2 })); },
  "no operator": (t) => { t.channels.operatorsOver = []; },
  "stands without papers": (t) => { t.channels.standsWithoutPapers = true; },
  "what nobody reads": (t) => { t.channels.$unknown = 1; },
  "no channels": (t) => { t.channels = undefined; },
  "a helper's heads": (t) => { t.castBy.helper.heads = 50n; },
  "no sheets by hand": (t) => { t.castBy.paper = undefined; },
  "devices by hand": (t) => { t.castBy.device.ballots = 77; },
  "stands without helpers": (t) => { t.castBy.standsWithoutHelpers = true; },
  "no hands": (t) => { t.castBy = undefined; },
})) {
  test(`a forged account: ${name}`, () => {
    const t = tally();
    forge(t);
    assert.deepEqual(found(poll(), t), ["sheets.counts"]);
  });
}
