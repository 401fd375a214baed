// Where chance comes from. A platform without any is told, never served with Math.random: a key that can be guessed is worse than none.

/** Source answers so many random bytes, good enough for keys. */
export type Source = (length: number) => Promise<Uint8Array>;

/** NoChance says that this platform has no source of chance for keys. */
export class NoChance extends Error {
  readonly name = "NoChance";
  constructor() {
    super("this platform gives no random bytes for keys");
  }
}

interface WebCrypto {
  getRandomValues?: (into: Uint8Array) => unknown;
}
interface MiniProgram {
  getRandomValues?: (options: { length: number; success: (answer: { randomValues: ArrayBuffer }) => void; fail: () => void }) => void;
}

/** randomBytes asks the browser, or the mini-program's platform (wx and those that are like it). */
export const randomBytes: Source = (length) => {
  if (typeof crypto !== "undefined" && (crypto as WebCrypto).getRandomValues) {
    const out = new Uint8Array(length);
    (crypto as Required<WebCrypto>).getRandomValues(out);
    return Promise.resolve(out);
  }
  const platform = [platformOf("wx"), platformOf("tt"), platformOf("my")].find((p) => p !== undefined && p.getRandomValues !== undefined);
  return new Promise((done, refuse) => {
    if (!platform || !platform.getRandomValues) {
      refuse(new NoChance());
      return;
    }
    platform.getRandomValues({
      length,
      success: ({ randomValues }) => (randomValues.byteLength === length ? done(new Uint8Array(randomValues)) : refuse(new NoChance())),
      fail: () => refuse(new NoChance()),
    });
  });
};

declare const crypto: unknown;
declare const wx: unknown;
declare const tt: unknown;
declare const my: unknown;

// A platform's own object is a free name in its logic layer, and not always a property of globalThis.
function platformOf(name: "wx" | "tt" | "my"): MiniProgram | undefined {
  const found = name === "wx" ? (typeof wx === "undefined" ? undefined : wx) : name === "tt" ? (typeof tt === "undefined" ? undefined : tt)
    : typeof my === "undefined" ? undefined : my;
  return found as MiniProgram | undefined;
}
