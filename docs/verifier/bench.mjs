// How long it takes to encrypt and prove one ballot of yes, no, abstain, and to check it: node bench.mjs
import { secretBallots } from "./secretballot.mjs";
import { G, times } from "./group.mjs";

const { Election } = await secretBallots();
const terms = [[0, 1], [1, 1], [2, 1]];
const shape = { selections: [1, 1, 1], sums: [{ terms, lo: 1, hi: 1 }], totals: terms.map((t) => [t]) };
const election = new Election({ id: new Uint8Array(32), key: times(G, 12345n).toBytes(), shape });
const voter = (sequence) => ({ pseudonym: new Uint8Array(32), sequence });

// median answers the middle of so many runs, in milliseconds of this process's own processor time and of the clock.
function median(runs, work) {
  const cpu = [], clock = [];
  for (let i = 0; i < runs; i++) {
    const before = process.cpuUsage(), began = performance.now();
    work(i);
    clock.push(performance.now() - began);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)].toFixed(1);
  return `${middle(cpu)} ms of processor, ${middle(clock)} ms of clock`;
}

const began = performance.now(), first = election.encrypt(voter(0), [0, 1, 0]);
console.log(`the first ballot, tables and all: ${(performance.now() - began).toFixed(1)} ms of clock`);
median(20, (i) => election.encrypt(voter(i), [1, 0, 0])); // warm
console.log(`encrypt and prove, 3 choices (limit 50 ms): ${median(60, (i) => election.encrypt(voter(i), [0, 0, 1]))}`);
console.log(`check, 3 choices: ${median(60, () => election.verify(voter(0), first.ballot))}`);

// Ballots that are one of all rankings of three, four and five options.
const { oneOf } = await import("./shapes.mjs");
for (const ways of [6, 24, 120]) {
  const ranked = new Election({ id: new Uint8Array(32), key: times(G, 12345n).toBytes(), shape: oneOf(ways) });
  const choice = oneOf(ways).selections.map((_, i) => (i === 1 ? 1 : 0)), { ballot } = ranked.encrypt(voter(0), choice);
  console.log(`${ways} ways, ${ballot.length} bytes: encrypt and prove ${median(10, (i) => ranked.encrypt(voter(i), choice))}; ` +
    `check ${median(10, () => ranked.verify(voter(0), ballot))}`);
}
