// Exact fractions of counts: pairs of BigInts, in lowest terms.
export const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export function ratio(a, b = 1n) {
  let [x, y] = [a < 0n ? -a : a, b];
  while (y) [x, y] = [y, x % y];
  return [a / x, b / x];
}
export const add = ([a, b], [c, d]) => ratio(a * d + c * b, b * d);
export const minus = ([a, b], [c, d]) => ratio(a * d - c * b, b * d);
export const multiply = ([a, b], [c, d]) => ratio(a * c, b * d);
export const times = ([a, b], k) => ratio(a * k, b);
export const over = ([a, b], k) => ratio(a, b * k);
export const compareRatios = ([a, b], [c, d]) => compare(a * d, c * b);
export const said = ([a, b]) => (b === 1n ? `${a}` : `${a}/${b}`);

export const range = (n) => Array.from({ length: n }, (_, i) => i);

// extreme lists those of some options of which a figure is the greatest (sign 1) or the least (-1).
export function extreme(options, sign, by) {
  const best = options.reduce((x, o) => (x === undefined || sign * by(o, x) > 0 ? o : x), undefined);
  return options.filter((o) => by(o, best) === 0);
}
