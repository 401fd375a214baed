// The keys of this browser, each a member's device in one community. They are made here and lie in IndexedDB. Where the browser can (a
// secure context with Ed25519), a key can be used and never be read, not even by this page; elsewhere its seed lies there, which the
// page says.
import nacl from "tweetnacl";

export interface Device {
  /** community/member */
  id: string;
  community: string;
  genesis: string;
  member: string;
  publicKey: Uint8Array;
  key: CryptoKey | Uint8Array;
}

export interface Pair {
  publicKey: Uint8Array;
  key: CryptoKey | Uint8Array;
}

const algorithm = { name: "Ed25519" };
const pkcs8 = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]); // RFC 8410, before the seed

/** fromSeed gives the key of a seed, unreadable where that can be had. */
export async function fromSeed(seed: Uint8Array): Promise<Pair> {
  const pair = nacl.sign.keyPair.fromSeed(seed);
  const encoded = new Uint8Array(pkcs8.length + seed.length);
  encoded.set(pkcs8);
  encoded.set(seed, pkcs8.length);
  try {
    return { publicKey: pair.publicKey, key: await crypto.subtle.importKey("pkcs8", encoded, algorithm, false, ["sign"]) };
  } catch {
    return { publicKey: pair.publicKey, key: seed };
  } finally {
    encoded.fill(0);
  }
}

/** fresh makes a key. */
export async function fresh(): Promise<Pair> {
  try {
    const pair = (await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"])) as CryptoKeyPair;
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return { publicKey, key: pair.privateKey };
  } catch {
    return fromSeed(crypto.getRandomValues(new Uint8Array(32)));
  }
}

export async function sign(pair: Pair, message: Uint8Array): Promise<Uint8Array> {
  if (pair.key instanceof Uint8Array) return nacl.sign.detached(message, nacl.sign.keyPair.fromSeed(pair.key).secretKey);
  return new Uint8Array(await crypto.subtle.sign(algorithm, pair.key, message as BufferSource));
}

/** readable tells whether the page itself could read the key. */
export function readable(pair: Pair): boolean {
  return pair.key instanceof Uint8Array;
}

const shelf = "devices";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("renlin.console", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(shelf, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function ask<T>(mode: IDBTransactionMode, work: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const change = db.transaction(shelf, mode, { durability: "strict" });
      const asked = work(change.objectStore(shelf));
      change.oncomplete = () => resolve(asked.result);
      change.onerror = change.onabort = () => reject(change.error);
    });
  } finally {
    db.close();
  }
}

export const devices = (): Promise<Device[]> => ask("readonly", (s) => s.getAll());
export const keep = (d: Device): Promise<unknown> => ask("readwrite", (s) => s.put(d));
export const forget = (id: string): Promise<unknown> => ask("readwrite", (s) => s.delete(id));
