// Money as people write it: yuan with two places, held as whole fen. Nothing here is ever a fraction.
const written = /^(\d{1,12})(?:\.(\d{1,2}))?$/;

/** fenOf reads an amount in yuan; null for what is none, or nothing at all. */
export function fenOf(text: string): number | null {
  const found = written.exec(text.replace(/[\s,，¥￥]/g, ""));
  if (!found) return null;
  const fen = Number(found[1] + (found[2] ?? "").padEnd(2, "0"));
  return fen > 0 ? fen : null;
}

/** yuan writes an amount of fen. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, "0");
  return `${fen < 0 ? "−" : ""}¥${thousands(digits.slice(0, -2))}.${digits.slice(-2)}`;
}

/** count writes a whole number with its thousands apart. */
export function count(n: number): string {
  return (n < 0 ? "−" : "") + thousands(String(Math.abs(n)));
}

function thousands(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** percent writes thousandths. */
export function percent(permille: number): string {
  const tenths = Math.abs(permille % 10);
  return `${Math.trunc(permille / 10)}${tenths === 0 ? "" : "." + tenths}%`;
}
