// Checks that one signed checkpoint of a log continues another, from the log's public tiles (C2SP tlog-tiles), whoever serves them: both
// roots are worked out from the same hashes, so that tiles which lead to the one and not to the other are found out.
import { Broken, checkpointOf, nodeHash, same } from "./receipt.mjs";

const height = 8n, width = 1n << height;

// tilePath is where a tile lies: its index in groups of three digits, and how much of it there is where it is not full.
export function tilePath(level, index, count) {
  const groups = [String(index % 1000n).padStart(3, "0")];
  for (let rest = index / 1000n; rest > 0n; rest /= 1000n) groups.unshift("x" + String(rest % 1000n).padStart(3, "0"));
  return `tile/${level}/${groups.join("/")}` + (count < width ? `.p/${count}` : "");
}

// tilesOf reads a log of a size: it gives the hash of a whole subtree, the index-th of 2^h entries. fetchTile(path) answers its bytes.
function tilesOf(size, fetchTile) {
  const kept = new Map();
  const tile = async (level, index) => {
    const count = (size >> (height * level)) - index * width, path = tilePath(level, index, count < width ? count : width);
    if (!kept.has(path)) kept.set(path, fetchTile(path));
    const bytes = await kept.get(path);
    if (bytes.length !== Number(count < width ? count : width) * 32) throw new Broken("tiles");
    return bytes;
  };
  return async (h, index) => {
    const level = h / height, below = h % height, first = index << below;
    const bytes = await tile(level, first / width);
    let row = [];
    for (let i = 0n; i < 1n << below; i++) {
      const at = Number((first % width + i) * 32n);
      row.push(bytes.subarray(at, at + 32));
    }
    while (row.length > 1) row = row.filter((_, i) => i % 2 === 0).map((left, i) => nodeHash(left, row[2 * i + 1]));
    return row[0];
  };
}

// half is the largest power of two below n, as its exponent (RFC 6962).
const half = (n) => BigInt((n - 1n).toString(2).length - 1);

// roots gives the roots of the first `old` and of all entries from lo to hi, which begins at a multiple of the tree's height there.
async function roots(hash, lo, hi, old) {
  const n = hi - lo, exact = (n & (n - 1n)) === 0n;
  if (exact && (hi <= old || lo >= old)) {
    const all = await hash(BigInt(n.toString(2).length - 1), lo / n);
    return { all, old: hi <= old ? all : undefined };
  }
  const middle = lo + (1n << half(n));
  const left = await roots(hash, lo, middle, old), right = await roots(hash, middle, hi, old);
  return { all: nodeHash(left.all, right.all), old: right.old ? nodeHash(left.old, right.old) : left.old };
}

// continues takes the steps one after the other and calls step(name) after each that holds. It throws Broken at the first that does not, of
// which "fork" is the one that says: one key has signed two histories, and the two notes prove it. It answers both checkpoints, the older
// one first. keys is {log: vkey, witnesses: [vkey]}.
export async function continues(one, other, keys, fetchTile, step = () => {}) {
  let older = read(one, keys, "older"), newer = read(other, keys, "newer");
  if (older.size > newer.size) [older, newer] = [newer, older];
  step("older");
  step("newer");
  if (older.size === newer.size) {
    if (!same(older.root, newer.root)) throw new Broken("fork");
    step("continued");
    return { older, newer };
  }
  const both = await roots(tilesOf(newer.size, fetchTile), 0n, newer.size, older.size);
  if (!same(both.all, newer.root)) throw new Broken("tiles");
  step("tiles");
  if (!same(both.old, older.root)) throw new Broken("fork");
  step("continued");
  return { older, newer };
}

function read(text, keys, step) {
  try { return checkpointOf(text.replaceAll("\r\n", "\n").trimEnd() + "\n", keys); } catch (err) {
    throw err instanceof Broken ? new Broken(step) : err;
  }
}
