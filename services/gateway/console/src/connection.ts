// The way to the edge: sessions, signed commands, reading. Everything that is sent goes through here; bytes and requests are the client's
// (services/gateway/client), keys and sessions are this page's.
//
// A session is a bearer token. It lies in sessionStorage, which ends with the tab, and goes into a header of each request and nowhere
// else: no cookie is sent, so that another site can have this browser send nothing in anybody's name (CSRF), and no address
// holds a secret.
import { base64, base64url, fromHex } from "@renlin/client/bytes";
import { Gateway } from "@renlin/client/gateway";
import { Refused } from "@renlin/client/problem";
import { codeKey, commandId, newIdempotencyKey, signingInput } from "@renlin/client/signing";
import { fetchTransport, Unreachable } from "@renlin/client/transport";
import { openAnswer } from "@renlin/client/words";
import nacl from "tweetnacl";
import { devices, forget, fresh, fromSeed, keep, sign, type Device, type Pair } from "./keys";
import type { Once } from "./models/open";
import type { Invitation } from "./place";
import { Store } from "./store";
import { language, say } from "./words";

/** Refusal is why something was not done, for people. */
export class Refusal {
  /** final tells that the same again would be refused again; otherwise it may even have been done. */
  constructor(
    readonly code: string,
    readonly sentence: string,
    readonly final: boolean,
  ) {}

  static of(e: unknown): Refusal {
    if (e instanceof Refusal) return e;
    if (e instanceof Refused) return new Refusal(e.code, e.message, !e.temporary);
    if (e instanceof Unreachable) return new Refusal("client.unreachable", say("refusal.unreachable"), false);
    console.error(e);
    return new Refusal("client.failed", say("refusal.failed"), true);
  }
}

export interface Session {
  community: string;
  member: string;
  token: string;
}

/** sessions are those of this tab, by community. */
export const sessions = new Store<Map<string, Session>>(new Map());

/** known are the devices of this browser. */
export const known = new Store<Device[]>([]);

/** names are what communities call themselves. */
export const names = new Store<Map<string, string>>(new Map());

export const communityName = (community: string): string => names.value.get(community) || community.slice(0, 8);

const kept = "renlin.sessions";
const gateways = new Map<string, Gateway>();

/** edge is the way to a community's part of the edge, with its session's token. */
function edge(community: string): Gateway {
  let g = gateways.get(community);
  if (!g) gateways.set(community, (g = new Gateway({ address: "", transport: fetchTransport(fetch.bind(window)) })));
  g.language = language.value;
  g.token = sessions.value.get(community)?.token ?? "";
  return g;
}

function hold(all: Map<string, Session>): void {
  sessionStorage.setItem(kept, JSON.stringify([...all.values()]));
  sessions.set(all);
}

const below = (community: string, path: string) => `/v1/communities/${community}${path && "/"}${path}`;

/** begin takes up what this tab and this browser hold. */
export async function begin(): Promise<void> {
  known.set(await devices().catch(() => []));
  const open = JSON.parse(sessionStorage.getItem(kept) ?? "[]") as Session[];
  sessions.set(new Map(open.filter((s) => deviceOf(s.community, s.member)).map((s) => [s.community, s])));
  for (const d of known.value) void name(d.community);
}

function deviceOf(community: string, member: string): Device | undefined {
  return known.value.find((d) => d.community === community && d.member === member);
}

/** What anybody may know of a community. */
export interface Outside {
  id: string;
  name: string;
  genesis: string;
  state: string;
}

export async function outside(community: string): Promise<Outside> {
  return JSON.parse((await edge("").send({ method: "GET", path: below(community, ""), headers: {} })).text) as Outside;
}

async function name(community: string): Promise<void> {
  try {
    names.set(new Map(names.value).set(community, (await outside(community)).name));
  } catch {
    // it is called by its id
  }
}

const notAfter = 9 * 60_000; // ms that a command may be on its way
const signInAfter = 5 * 60_000;

export interface Made {
  operation: string;
  body: string;
  key: string;
  notAfter: number;
}

/** signed makes the headers of a command: the author's signature first, then those of cosigners over the same bytes. */
async function signed(genesis: string, made: Made, ...signers: Pair[]): Promise<Record<string, string>> {
  const each = await Promise.all(signers.map((s) => signatureOf(genesis, made, signers[0].publicKey, s)));
  return headersOf(made, each.join(", "));
}

/** signatureOf is a signer's over a command of an author's. */
export async function signatureOf(genesis: string, made: Made, author: Uint8Array, signer: Pair): Promise<string> {
  const command = {
    genesis: fromHex(genesis)!,
    operation: made.operation,
    contract: 1,
    idempotencyKey: made.key,
    notAfter: made.notAfter,
    body: made.body,
  };
  const input = signingInput(command, commandId(author, made.key));
  return `${base64url(signer.publicKey)}.${base64url(await sign(signer, input))}`;
}

export const headersOf = (made: Made, signatures: string): Record<string, string> => ({
  "Content-Type": "application/json",
  "Idempotency-Key": made.key,
  "Renlin-Not-After": String(made.notAfter),
  "Renlin-Signature": signatures,
});

/** signIn opens a session with a device's key. A signature opens one session, so that each try has its own. */
export async function signIn(d: Device): Promise<void> {
  const g = edge(d.community);
  const body = JSON.stringify({ member: d.member });
  const made = { operation: "gateway.sign_in", body, key: await newIdempotencyKey(), notAfter: g.now() + signInAfter };
  const headers = { ...(await signed(d.genesis, made, d)), Authorization: "" };
  const answer = await g.send({ method: "POST", path: below(d.community, "sessions"), headers, body }, 1);
  const { token } = JSON.parse(answer.text) as { token: string };
  hold(new Map(sessions.value).set(d.community, { community: d.community, member: d.member, token }));
}

async function keepDevice(d: Device): Promise<void> {
  await keep(d);
  known.set(await devices());
  void name(d.community);
}

async function forgetDevice(id: string): Promise<void> {
  await forget(id);
  known.set(await devices());
}

/** enrol makes this browser a member's device by a one-time code. The key is on this disk before anybody is told of it. */
export async function enrol(i: Invitation): Promise<void> {
  const { genesis } = await outside(i.community);
  const code = codeKey(fromHex(genesis)!, i.member, i.code);
  if (!code) throw new Refusal("code.mistyped", say("enrol.mistyped"), true);
  const id = `${i.community}/${i.member}`;
  const before = deviceOf(i.community, i.member);
  const device: Device = before ?? { id, community: i.community, genesis, member: i.member, ...(await fresh()) };
  await keepDevice(device);
  const body = JSON.stringify({ member: i.member, key: base64(device.publicKey) });
  const g = edge(i.community);
  const made = { operation: "community.enrol_key", body, key: await newIdempotencyKey(), notAfter: g.now() + notAfter };
  const headers = { ...(await signed(genesis, made, device, { publicKey: code.public, key: code.seed })), Authorization: "" };
  try {
    await g.send({ method: "POST", path: below(i.community, `members/${i.member}/keys`), headers, body });
  } catch (e) {
    if (!before && Refusal.of(e).final) await forgetDevice(id);
    throw e;
  }
  await signIn(device);
}

/** Person is one of the example's people in the file that a pilot writes. */
export interface Person {
  community: string;
  genesis: string;
  member: string;
  what: string;
  org?: string;
  seed?: string;
}

/** people reads such a file; undefined if it is none. */
export function people(text: string): Person[] | undefined {
  try {
    const all = JSON.parse(text) as Person[];
    const id = /^[a-z2-7]{26}$/;
    const good = (p: Person) =>
      id.test(p.community) && id.test(p.member) && /^[0-9a-f]{64}$/.test(p.genesis) && /^[0-9a-f]{64}$/.test(p.seed!);
    const usable = Array.isArray(all) ? all.filter((p) => p?.seed && good(p)) : [];
    return usable.length > 0 ? usable : undefined;
  } catch {
    return undefined;
  }
}

export async function takeOver(p: Person): Promise<void> {
  const pair = await fromSeed(fromHex(p.seed!)!);
  const d: Device = { id: `${p.community}/${p.member}`, community: p.community, genesis: p.genesis, member: p.member, ...pair };
  await keepDevice(d);
  await signIn(d);
}

/** signedIn ends sessions and devices. */
export const signedIn = {
  /** end ends the session here and at the gateway. Where nobody answers it ends here all the same. */
  async end(community: string): Promise<void> {
    await edge(community)
      .send({ method: "DELETE", path: below(community, "sessions"), headers: {} }, 1)
      .catch(() => undefined);
    this.drop(community);
  },
  drop(community: string): void {
    const rest = new Map(sessions.value);
    rest.delete(community);
    texts.clear();
    hold(rest);
  },
  /** removeDevice takes the key off this browser. On the record it stands until it is revoked. */
  async removeDevice(d: Device): Promise<void> {
    if (sessions.value.get(d.community)?.member === d.member) await this.end(d.community);
    await forgetDevice(d.id);
  },
};

/** within runs a request in a community's session. A gateway that was restarted has forgotten it: then the device signs in again, once. */
async function within<T>(community: string, run: (g: Gateway) => Promise<T>): Promise<T> {
  try {
    return await run(edge(community));
  } catch (e) {
    const s = sessions.value.get(community);
    const d = s && deviceOf(community, s.member);
    if (!(e instanceof Refused) || e.problem.status !== 401 || !d) throw e;
    try {
      await signIn(d);
    } catch (again) {
      if (again instanceof Refused && Refusal.of(again).final) signedIn.drop(community);
      throw again;
    }
    return run(edge(community));
  }
}

export interface Answered<T> {
  value: T;
  tag: string;
  same: boolean;
}

/** ask reads an address below the community's; same tells that it is still what has the tag. */
export async function ask<T>(community: string, address: string, tag = ""): Promise<Answered<T>> {
  return within(community, async (g) => {
    const headers: Record<string, string> = tag ? { "If-None-Match": tag } : {};
    const a = await g.send({ method: "GET", path: below(community, address), headers });
    if (a.status === 304) return { value: undefined as T, tag, same: true };
    return { value: JSON.parse(a.text) as T, tag: a.headers.etag ?? "", same: false };
  });
}

/** remove is a DELETE, such as of a session. */
export async function remove(community: string, address: string): Promise<void> {
  await within(community, (g) => g.send({ method: "DELETE", path: below(community, address), headers: {} }));
}

export interface Answer {
  index: number;
  position: number;
  changed: string[];
  receipt: string;
  extra?: unknown;
}

const newKey = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

/** once makes a new command's key and time limit. */
export const once = (community: string): Once => ({ key: newKey(), notAfter: edge(community).now() + notAfter });

/** command signs and sends a command, again and again while its outcome is unknown: the same key over the same bytes is one command. */
export async function command(community: string, operation: string, path: string, body: object, as = once(community)): Promise<Answer> {
  return asDevice(community, async (d, post) => {
    const made = { operation, body: JSON.stringify(body), ...as };
    return JSON.parse(await post(path, await signed(d.genesis, made, d), made.body)) as Answer;
  });
}

type Post = (path: string, headers: Record<string, string>, body: string) => Promise<string>;

/** asDevice posts what the session's device has signed. */
export async function asDevice<T>(community: string, run: (d: Device, post: Post) => Promise<T>): Promise<T> {
  const s = sessions.value.get(community);
  const d = s && deviceOf(community, s.member);
  if (!d) throw new Refusal("client.no_device", say("refusal.no_device"), true);
  return within(community, (g) =>
    run(d, async (path, headers, body) => (await g.send({ method: "POST", path: below(community, path), headers, body })).text),
  );
}

/** Text is how a command names sealed words. */
export interface Text {
  ref: string;
  lengthBytes: number;
  commitment: string;
}

/** seal puts words into the vault under a person's key; a command then names them. */
export async function seal(community: string, subject: string, text: string): Promise<Text> {
  const headers = { "Content-Type": "text/plain; charset=utf-8", "Idempotency-Key": newKey() };
  const answer = await within(community, (g) =>
    g.send({ method: "POST", path: below(community, `texts?subject=${subject}`), headers, body: text }),
  );
  const s = JSON.parse(answer.text) as { ref: string; length_bytes: number; commitment: string };
  return { ref: s.ref, lengthBytes: s.length_bytes, commitment: s.commitment };
}

/** Sealed is how a record names them; of some services the commitment is hexadecimal, of some base64. */
export interface Sealed {
  ref: string;
  commitment?: string;
}

const texts = new Map<string, Promise<string>>();

/** read opens sealed words. That they were read, by whom and what for, stands on the record; so each tab asks once, when it is asked to. */
export function read(community: string, text: Sealed, subject: string, namedBy: string, purpose: string): Promise<string> {
  let opened = texts.get(text.ref);
  if (!opened) {
    opened = readOnce(community, text, subject, namedBy, purpose);
    texts.set(text.ref, opened);
    opened.catch(() => texts.delete(text.ref));
  }
  return opened;
}

async function readOnce(community: string, text: Sealed, subject: string, namedBy: string, purpose: string): Promise<string> {
  const pair = nacl.box.keyPair();
  const body = { ref: text.ref, subject, purpose, namedBy, readerKey: base64(pair.publicKey) };
  const answer = await command(community, "vault.read", "readings", body);
  const committed = text.commitment && /^[0-9a-f]{64}$/.test(text.commitment) ? base64(fromHex(text.commitment)!) : text.commitment;
  const opened = openAnswer((answer.extra as { box: string }).box, pair.secretKey, committed);
  if (opened === undefined) throw new Refusal("client.not_the_text", say("refusal.not_the_text"), true);
  return opened;
}

interface Heard {
  open(): void;
  event(id: string): void;
}

/** stream hears what happens in a community until it ends or signal says so. An EventSource sends no token: this reads the lines itself. */
export async function stream(community: string, last: string, signal: AbortSignal, heard: Heard): Promise<void> {
  const answer = await within(community, async (g) => {
    const headers: Record<string, string> = { Authorization: `Bearer ${g.token}`, Accept: "text/event-stream" };
    if (last) headers["Last-Event-ID"] = last;
    const a = await fetch(below(community, "inbox/events"), { headers, signal, credentials: "omit", cache: "no-store" });
    // What is refused here too has the device sign in again.
    if (a.status === 401) await g.send({ method: "GET", path: below(community, "sessions"), headers: {} });
    return a;
  });
  if (!answer.ok || !answer.body) return;
  heard.open();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const id = /^id: ?(.*)$/m.exec(part)?.[1] ?? "";
      if (/^data:/m.test(part)) heard.event(id);
    }
  }
}
