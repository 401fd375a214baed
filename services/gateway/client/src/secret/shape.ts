// What an allowed choice is, and what follows from that: ciphertexts, statements and size. After docs/format.md section 13.
import { Transcript } from "./group";
import { insist } from "./refusal";

// A term is a selection and how often it counts.
export type Term = [selection: number, coefficient: number];

export interface Form {
  selections: number[];
  sums: { terms: Term[]; lo: number; hi: number }[];
  totals: Term[][];
}

export interface Statement {
  terms: Term[];
  lo: number;
  hi: number;
}

const ciphertextsMax = 512, ballotBytesMax = 65536;

const whole = (n: number, least: number, most: number): boolean => Number.isInteger(n) && n >= least && n <= most;

export const sumOf = (terms: Term[], values: number[]): number => terms.reduce((sum, [i, coefficient]) => sum + coefficient * values[i], 0);

// checkTerms holds a list of terms to the format, and answers the largest value that they can have.
function checkTerms(terms: Term[], selections: number[]): number {
  insist(terms.length > 0, "shape.invalid");
  let last = -1;
  for (const [selection, coefficient] of terms) {
    insist(whole(selection, last + 1, selections.length - 1) && whole(coefficient, 1, 2 ** 31), "shape.invalid");
    last = selection;
  }
  return sumOf(terms, selections);
}

// fillers are the weights of the ciphertexts that fill a sum up to its hi.
function fillers(width: number): number[] {
  const weights: number[] = [];
  if (width < 8) return weights;
  let sum = 0;
  for (let w = 1; sum + w < width; w *= 2) {
    weights.push(w);
    sum += w;
  }
  return [...weights, width - sum];
}

export class Shape {
  readonly selections: number[];
  readonly statements: Statement[];
  readonly ciphertexts: number;
  readonly branches: number;
  readonly size: number;
  readonly digest: Uint8Array;
  private readonly sums: (Statement & { weights: number[] })[] = [];

  constructor(private readonly form: Form) {
    const { selections, sums, totals } = form;
    insist(selections.length <= ciphertextsMax && sums.length <= 128 && totals.length <= 512, "shape.too_large");
    insist(totals.length > 0, "shape.invalid");
    for (const max of selections) {
      insist(Number.isInteger(max) && max >= 1, "shape.invalid");
      insist(max <= 31, "shape.too_large");
    }
    this.selections = selections;
    let fills = 0;
    for (const { terms, lo, hi } of sums) {
      const largest = checkTerms(terms, selections);
      insist(whole(lo, 0, Number.MAX_SAFE_INTEGER) && whole(hi, lo, largest), "shape.invalid");
      const weights = fillers(hi - lo), first = selections.length + fills;
      fills += weights.length;
      const filled = weights.map((w, i): Term => [first + i, w]);
      this.sums.push({ terms: [...terms, ...filled], lo: weights.length > 0 ? hi : lo, hi, weights });
    }
    for (const t of totals) checkTerms(t, selections);
    this.ciphertexts = selections.length + fills;
    this.statements = [
      ...selections.map((max, i): Statement => ({ terms: [[i, 1]], lo: 0, hi: max })),
      ...Array.from({ length: fills }, (_, i): Statement => ({ terms: [[selections.length + i, 1]], lo: 0, hi: 1 })),
      ...this.sums,
    ];
    this.branches = this.statements.reduce((n, s) => n + s.hi - s.lo + 1, 0);
    this.size = 1 + 64 * this.ciphertexts + 64 * this.branches + 32 * (2 * this.branches - this.statements.length);
    insist(this.ciphertexts <= ciphertextsMax && this.size <= ballotBytesMax, "shape.too_large");
    this.digest = this.digested();
  }

  private digested(): Uint8Array {
    const t = new Transcript("renlin/vote/v1/shape"), { selections, sums, totals } = this.form;
    const terms = (list: Term[]): void => {
      t.item("terms", list.length);
      for (const [selection, coefficient] of list) t.item("selection", selection).item("coefficient", coefficient);
    };
    t.item("selections", selections.length);
    for (const max of selections) t.item("max", max);
    t.item("sums", sums.length);
    for (const s of sums) {
      terms(s.terms);
      t.item("lo", s.lo).item("hi", s.hi);
    }
    t.item("totals", totals.length);
    totals.forEach(terms);
    return t.digest("shape");
  }

  // allows tells whether values, of selections and what fills them, fulfil every statement.
  allows(values: number[]): boolean {
    return this.statements.every((s) => whole(sumOf(s.terms, values), s.lo, s.hi));
  }

  // filled adds to a choice what fills its sums.
  filled(choice: number[]): number[] {
    insist(choice.length === this.selections.length && choice.every((v, i) => whole(v, 0, this.selections[i])), "choice.not_allowed");
    const values = [...choice];
    this.sums.forEach(({ weights, hi }, i) => {
      let missing = hi - sumOf(this.form.sums[i].terms, values);
      const filling: number[] = [];
      // Taken from the last to the first, whatever fits: the weights before one always add up to what can then still be missing.
      for (const w of [...weights].reverse()) {
        filling.unshift(w <= missing ? 1 : 0);
        if (w <= missing) missing -= w;
      }
      values.push(...filling);
    });
    insist(this.allows(values), "choice.not_allowed");
    return values;
  }
}

const each = (n: number): Term[] => Array.from({ length: n }, (_, i): Term => [i, 1]);
const singly = (n: number): Term[][] => each(n).map((t) => [t]);

// choose is for at least p and at most q of n options.
export const choose = (n: number, p: number, q: number): Form => ({
  selections: Array.from({ length: n }, () => 1), sums: p === 0 && q === n ? [] : [{ terms: each(n), lo: p, hi: q }], totals: singly(n),
});

// scores gives each of n options 0 to m points.
export const scores = (n: number, m: number): Form => ({ selections: Array.from({ length: n }, () => m), sums: [], totals: singly(n) });

// oneOf is one of k ways to fill a ballot in, or none.
export const oneOf = (k: number): Form => choose(k, 0, 1);
