// Who uses this device, and how they are signed in. The device's key is made here and never leaves; a session is opened when it is needed.
import { useEffect, useState } from "react";
import {
  Device, Gateway, enrolByCode, enrolling, findHome, fromHex, keyOf, readJSON, signInAtTheMachine, signInByCode, signInSoon, Unreachable, type Enrolled,
  type Home,
} from "@renlin/client";
import { address, onNetwork, platformCode, store, transport } from "./platform";
import { settings } from "./settings";

/** Person is what is kept of who uses this device. The seed is their key. */
interface Person {
  home: Home;
  member: string;
  /** key: this device's own; account: the platform's; machine: a pilot's own machine, to try things out. */
  way: "key" | "account" | "machine";
  seed?: string;
}

export const gateway = new Gateway({ address, transport, cache: store });

let current: Device | undefined;
const listeners = new Set<(d: Device | undefined) => void>();

const ready = (async () => {
  gateway.language = (await settings()).language;
  const person = await readJSON<Person>(store, "person");
  if (person) use(person);
})();

function use(person: Person): Device {
  const key = person.seed ? keyOf(fromHex(person.seed) as Uint8Array) : undefined;
  const device = new Device({ gateway, store, home: person.home, member: person.member, key });
  device.renew = () => renew(device, person);
  tell(device);
  void device.outbox.flush().catch(() => undefined);
  return device;
}

function tell(device: Device | undefined): void {
  current = device;
  for (const each of Array.from(listeners)) each(device);
}

onNetwork(() => void (current && current.outbox.flush().catch(() => undefined)));

async function renew(device: Device, person: Person): Promise<void> {
  if (person.way === "key") return device.signIn();
  if (person.way === "machine") return void (await signInAtTheMachine(gateway, person.home, person.member));
  const code = await platformCode().catch(() => {
    throw new Unreachable(); // the platform answers no code without a network
  });
  if (code) await signInByCode(gateway, person.home, code.provider, code.code);
}

/** session gives the device of whoever is signed in; undefined for nobody. */
export async function session(): Promise<Device | undefined> {
  await ready;
  return current;
}

/** useSession is undefined while it is not known yet, and null for nobody. */
export function useSession(): Device | null | undefined {
  const [device, set] = useState<Device | null | undefined>(current);
  useEffect(() => {
    const put = (d: Device | undefined): void => set(d || null);
    listeners.add(put);
    void ready.then(() => put(current));
    return () => void listeners.delete(put);
  }, []);
  return device;
}

/** homes lists the communities of this gateway, with their names. */
export async function homes(): Promise<Home[]> {
  const { body } = await gateway.get<{ communities: string[] }>("/v1/communities");
  return Promise.all((body.communities || []).slice(0, 50).map((id) => findHome(gateway, id)));
}

async function keep(person: Person): Promise<Device> {
  await store.set("person", JSON.stringify(person));
  return use(person);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** enrol makes a key on this device and puts it on the record by an officer's code. */
export async function enrol(home: Home, member: string, code: string): Promise<Enrolled> {
  const enrolled = await enrolByCode({ gateway, store, home, member }, code, pause);
  if (enrolled.seed === undefined) return enrolled;
  const kept = await keep({ home, member, way: "key", seed: enrolled.seed });
  await store.remove(enrolling);
  await signInSoon(kept, pause);
  return enrolled;
}

/** restore takes a key that this person has kept elsewhere, such as an example's. */
export async function restore(home: Home, member: string, seed: string): Promise<void> {
  const raw = fromHex(seed.trim());
  if (!raw || raw.length !== 32) throw new RangeError("seed");
  const device = new Device({ gateway, store, home, member, key: keyOf(raw) });
  await device.signIn();
  await keep({ home, member, way: "key", seed: seed.trim() });
}

/** tryOut signs in at a pilot's own machine. */
export async function tryOut(home: Home, member: string): Promise<void> {
  await signInAtTheMachine(gateway, home, member);
  await keep({ home, member, way: "machine" });
}

/** byAccount signs in by the platform's account; a ticket if it is not bound to a member yet. */
export async function byAccount(home: Home): Promise<string | undefined> {
  const code = await platformCode();
  if (!code) return undefined;
  const opened = await signInByCode(gateway, home, code.provider, code.code);
  if ("ticket" in opened) return opened.ticket;
  await keep({ home, member: opened.member, way: "account" });
  return undefined;
}

/** leave signs out and forgets who was here: key, receipts, and what was read. What still waits to be sent is lost, so ask first. */
export async function leave(): Promise<void> {
  const device = current;
  if (device) await device.outbox.close();
  if (device) await device.signOut().catch(() => undefined);
  for (const key of ["person", enrolling, "outbox", "receipts", "texts", "draft/topic", "aid/file", "rounds/buildings", "acts/seen"]) await store.remove(key);
  tell(undefined);
}
