// What secret ballots are made with. It is loaded when somebody opens the booth on a device that can use it, and never otherwise.
import { randomBytes, secretBallots, Unreachable, type Device } from "@renlin/client";
import type * as Secret from "@renlin/client/secret";
import { credentials } from "@/core/credentials";
import { address, transport } from "@/core/platform";

export type Arithmetic = typeof Secret;
export type Voter = Secret.Voter;
export type Booth = Secret.Booth;
export type Kept = Secret.Kept;

/** arithmetic loads it; where there is no network for that, it says so as for any reading. */
export const arithmetic = (): Promise<Arithmetic> => secretBallots(async () => {
  try {
    return await import(/* webpackChunkName: "secret" */ "@renlin/client/secret");
  } catch {
    throw new Unreachable();
  }
});

/** voterOf is this device's member, or the principal for whom they vote as a helper. */
export const voterOf = (secret: Arithmetic, device: Device, poll: string, whose?: string): Voter =>
  new secret.Voter(device, credentials, randomBytes, poll, whose);

/** boothOf opens a booth for the credential that this device keeps: it has no session, and is told no name. */
export async function boothOf(secret: Arithmetic, device: Device, voter: Voter): Promise<Booth> {
  const credential = await voter.credential();
  if (!credential) throw new secret.Refusal("credential.malformed");
  return new secret.Booth({ address, transport, home: device.home, random: randomBytes }, credential);
}
