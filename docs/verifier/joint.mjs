// One verdict about several sealed totals of the same ballots: that each reaches its threshold, or that not all do. After docs/format.md
// section 14 and nothing else.
import { G, H, insist, mod, scalarBytes, times } from "./group.mjs";
import { isPublic, malformed, quorumParts, rangeHolds, readQuorum, readRange, start } from "./trustees.mjs";

const together = "trustee.together", totalsMax = 4;

function read(bytes) {
  const r = start(bytes, "joint"), reached = r.u8(), count = r.u8();
  insist(reached <= 1 && count >= 1 && count <= totalsMax, malformed);
  const each = Array.from({ length: count }, () => ({ quorum: readQuorum(r), threshold: r.u64() }));
  const j = { index: r.index, reached: reached === 1, each };
  if (j.reached) j.proofs = each.map(() => readRange(r));
  else Object.assign(j, { lack: r.element(), range: readRange(r), cases: each.map(() => ({ c: r.scalar(), z: r.scalar() })) });
  r.done();
  return j;
}

// bind says who says it, of which totals and parts, and against which thresholds.
function bind(j, totals, parts) {
  const t = totals[0].seal.about("joint", j.index).item("reached", j.reached ? 1 : 0).item("totals", totals.length);
  totals.forEach((total, i) => {
    t.item("subject", total.subject);
    for (const x of parts[i]) t.item("quorum", x.index).item("part", x.part);
    t.item("threshold", j.each[i].threshold);
  });
  return t;
}

// joint checks a verdict about totals in their order, against the blinded parts of each in the order of the record, and answers what it says.
export function joint(bytes, totals, blinded) {
  const j = read(bytes);
  insist(totals.length >= 1 && totals.length <= totalsMax, malformed);
  insist(totals.length === j.each.length, together);
  const [first] = totals;
  totals.forEach((total, i) => {
    insist(!isPublic(total), "trustee.public");
    insist(total.poll === first.poll && !totals.slice(0, i).some((x) => x.measure === total.measure), together);
    insist(j.each[i].threshold >= 1n && j.each[i].threshold <= total.bound, "trustee.bound");
  });
  first.seal.trusteeKey(j.index);
  const parts = j.each.map(({ quorum }, i) => quorumParts(first.seal, quorum, blinded[i]));
  const k = totals.map((total, i) => total.commitment(parts[i]));
  if (j.reached) {
    totals.forEach((total, i) => {
      const value = k[i].subtract(times(G, j.each[i].threshold));
      insist(rangeHolds(bind(j, totals, parts).item("total", i), value, total.bits, j.proofs[i]), "trustee.verdict");
    });
  } else insist(short(j, totals, parts, k), "trustee.verdict");
  return { index: j.index, reached: j.reached, thresholds: j.each.map((x) => x.threshold), quorums: j.each.map((x) => x.quorum) };
}

// short tells whether it is proved that a total lacks something: V is to a number that is not negative, and what one of them lacks.
function short(j, totals, parts, k) {
  const about = () => bind(j, totals, parts).item("lack", j.lack);
  if (!rangeHolds(about(), j.lack, Math.max(...totals.map((x) => x.bits)), j.range)) return false;
  const announced = j.cases.map(({ c, z }, i) => {
    const lacks = times(G, j.each[i].threshold - 1n).subtract(k[i]);
    return times(H, z).subtract(times(j.lack.subtract(lacks), c));
  });
  const challenge = about().items("bit", j.range.q).item("range", scalarBytes(j.range.c)).item("second generator", H)
    .items("commitment", announced).challenge("short");
  return challenge === mod(j.cases.reduce((sum, { c }) => sum + c, 0n));
}
