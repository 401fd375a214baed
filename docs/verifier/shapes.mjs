// The shapes of the methods that a secret poll can be held by, for n options: docs/format.md section 13.

const range = (n) => Array.from({ length: n }, (_, i) => i);
const each = (list) => list.map((i) => [i, 1]);
const singly = (n) => range(n).map((i) => [[i, 1]]);

// choose is for at least p and at most q of the options; choose(n, 1, 1) is one of them.
export const choose = (n, p, q) => ({
  selections: range(n).map(() => 1), sums: p === 0 && q === n ? [] : [{ terms: each(range(n)), lo: p, hi: q }], totals: singly(n),
});

export const scores = (n, m) => ({ selections: range(n).map(() => m), sums: [], totals: singly(n) });

// borda gives every option a place, the best first, and every place an option. A choice is n numbers for each option, 1 at its place.
export const borda = (n) => ({
  selections: range(n * n).map(() => 1),
  sums: [
    ...range(n).map((i) => ({ terms: each(range(n).map((p) => n * i + p)), lo: 1, hi: 1 })),
    ...range(n).map((p) => ({ terms: each(range(n).map((i) => n * i + p)), lo: 1, hi: 1 })),
  ],
  totals: range(n).map((i) => range(n - 1).map((p) => [n * i + p, n - 1 - p])),
});

// quadratic gives every option up to m votes; v votes for one cost v·v of b credits.
export const quadratic = (n, m, b) => {
  const votes = (i) => range(m).map((k) => [m * i + k, k + 1]);
  const cost = range(n).flatMap((i) => votes(i).map(([k, v]) => [k, v * v]));
  return {
    selections: range(n * m).map(() => 1),
    sums: [...range(n).map((i) => ({ terms: each(votes(i).map(([k]) => k)), lo: 0, hi: 1 })), ...(b < n * m * m ? [{ terms: cost, lo: 0, hi: b }] : [])],
    totals: range(n).map(votes),
  };
};

// lists answers all orders of the options, in lexicographic order.
const lists = (options) =>
  options.length === 0 ? [[]] : options.flatMap((first) => lists(options.filter((o) => o !== first)).map((rest) => [first, ...rest]));

// orders is a ranking of up to four options as one of all that there are.
export const orders = (n) => choose(lists(range(n)).length, 1, 1);

// pairs is the same, counted by pairs: how many have i before j.
export const pairs = (n) => {
  const all = lists(range(n));
  const before = (i, j) => all.flatMap((list, k) => (list.indexOf(i) < list.indexOf(j) ? [[k, 1]] : []));
  return { ...orders(n), totals: range(n).flatMap((i) => range(n).filter((j) => j !== i).map((j) => before(i, j))) };
};

// oneOf is one of k ways to fill a ballot in, or none.
export const oneOf = (k) => choose(k, 0, 1);
