// Becoming a member's device by an officer's code. A code can be used once, so the key is kept before it is sent: whoever tries again, because no
// answer came or the program ended, does so with the key that may be on the record already.
import { hex, fromHex } from "./bytes";
import { Device, type DeviceOptions, type Home } from "./device";
import type { Outcome } from "./outbox";
import { Refused } from "./problem";
import { newKey, keyOf } from "./signing";
import { readJSON } from "./store";
import { Unreachable } from "./transport";

/** enrolling is where the key lies until its owner is kept. Whoever keeps them takes it away. */
export const enrolling = "enrolling";

interface Enrolling {
  home: Home;
  member: string;
  seed: string;
}

/** Enrolled is what became of it; the outcome is false if the code was not typed as it was given. */
export interface Enrolled {
  outcome: Outcome | false;
  /** The key, once it is on the record: to be kept, and then what lies under enrolling may go. */
  seed?: string;
}

type Pause = (ms: number) => Promise<void>;

/** enrolByCode puts a key of this device on the record. An earlier try's key is used again, and counts as enrolled if it opens a session. */
export async function enrolByCode(options: Omit<DeviceOptions, "key">, code: string, pause: Pause): Promise<Enrolled> {
  const { home, member, store } = options;
  const before = await readJSON<Enrolling>(store, enrolling);
  const same = before !== undefined && before.home.id === home.id && before.member === member;
  const seed = same ? before.seed : hex((await newKey(options.random)).seed);
  await store.set(enrolling, JSON.stringify({ home, member, seed }));
  const device = new Device({ ...options, key: keyOf(fromHex(seed) as Uint8Array) });
  const outcome = await device.enrol(code);
  for (const entry of await device.outbox.list()) {
    // It is told here, and nobody is signed in who could see it there.
    if (entry.operation === "community.enrol_key" && entry.refused !== undefined) await device.outbox.dismiss(entry.id);
  }
  if (!outcome || outcome.state === "waiting") return { outcome };
  if (outcome.state === "done") return { outcome, seed };
  try {
    if (same) {
      await signInSoon(device, pause);
      return { outcome, seed };
    }
  } catch (error) {
    if (error instanceof Unreachable || (error instanceof Refused && error.temporary)) return { outcome: { state: "waiting" } };
    if (!(error instanceof Refused)) throw error;
  }
  await store.remove(enrolling);
  return { outcome };
}

/** signInSoon signs in with a new key, which services learn of a moment after it is on the record. */
export async function signInSoon(device: Device, wait: Pause): Promise<void> {
  for (let pause = 100; ; pause *= 2) {
    try {
      return await device.signIn();
    } catch (error) {
      if (pause > 3000) throw error;
      await wait(pause);
    }
  }
}
