// A receipt on its way to another device: as a link, whose receipt stands behind the hash, which browsers send to nobody.

const shape = /^[A-Za-z0-9+/]{80,4000}={0,2}$/;

/** linkOf leads to the public page, which checks the receipt that the link brings. */
export const linkOf = (origin: string, community: string, receipt: string): string =>
  `${origin}/c/${community}/receipt#${receipt.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;

/** receiptIn finds the receipt in what was scanned or pasted: such a link, or the receipt itself; undefined if it is neither. */
export function receiptIn(text: string): string | undefined {
  const said = text.trim();
  const hash = said.indexOf("#");
  const found = (/^https?:/i.test(said) && hash > 0 ? said.slice(hash + 1) : said).replace(/\s+/g, "").replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "");
  const whole = found + "===".slice(0, (4 - (found.length % 4)) % 4);
  return shape.test(whole) ? whole : undefined;
}
