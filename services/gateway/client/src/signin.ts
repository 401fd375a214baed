// Ways in that need no key on this device; the third way, by the device's key, is Device.signIn.
import type { Gateway } from "./gateway";
import { Refused } from "./problem";
import type { Home } from "./device";
import { answered } from "./transport";
import type { components } from "./schema";

export type Opened = components["schemas"]["gateway.openedSession"];

/** findHome asks a gateway about a community. What it answers is what receipts are checked against from then on: keep it. */
export async function findHome(gateway: Gateway, community: string): Promise<Home> {
  const { body } = await gateway.get<components["schemas"]["gateway.communityAnswer"]>(`/v1/communities/${encodeURIComponent(community)}`);
  return { id: body.id, name: body.name, genesis: body.genesis, epoch_key: body.epoch_key };
}

async function open(gateway: Gateway, home: Home, form: object): Promise<Opened> {
  const headers = { "Content-Type": "application/json", Authorization: "" };
  const answer = await gateway.send({ method: "POST", path: `/v1/communities/${home.id}/sessions`, headers, body: JSON.stringify(form) }, 1);
  const opened = answered<Opened>(answer);
  gateway.token = opened.token;
  return opened;
}

/** Unbound says that the platform's account belongs to no member yet, with a ticket to bind it by (docs/SIGN-IN.md). */
export interface Unbound {
  ticket: string;
}

/** signInByCode signs in with the one-time code of a platform, as wx.login gives it. */
export async function signInByCode(gateway: Gateway, home: Home, provider: string, code: string): Promise<Opened | Unbound> {
  try {
    return await open(gateway, home, { provider, code });
  } catch (error) {
    const ticket = error instanceof Refused && error.problem.params ? error.problem.params.ticket : undefined;
    if (ticket === undefined) throw error;
    return { ticket };
  }
}

/** signInAtTheMachine is the development's sign-in: from a pilot's own machine, and for nobody else. */
export const signInAtTheMachine = (gateway: Gateway, home: Home, member: string): Promise<Opened> => open(gateway, home, { member });
