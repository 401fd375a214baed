// Renlin 韧邻 from JavaScript. README.md tells how; example.mjs shows it.
export * from "./ballot";
export { ascii, base64, base64url, fromBase64, fromHex, hex, join, short, textOf, utf8 } from "./bytes";
export * from "./device";
export * from "./enrolling";
export * from "./gateway";
export { operations, type Operations } from "./operations";
export * from "./outbox";
export * from "./problem";
export { NoChance, randomBytes, type Source } from "./random";
export * from "./receipt";
export type { components } from "./schema";
export { hkdf32, hmac, sha256 } from "./sha256";
export * from "./secret-door";
export * from "./signin";
export * from "./signing";
export * from "./store";
export * from "./transport";
export * from "./words";
