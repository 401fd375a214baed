// Notices of policies that wait for somebody's word that they came.
import type { components, Device } from "@renlin/client";

export type Notice = components["schemas"]["gateway.ownPolicyNotice"];

/** policies are one's own and of those for whom one speaks, or those of whom one helps. */
export const policies = async (d: Device, principal?: string): Promise<Notice[]> =>
  (await d.read("gateway.own_policy_notices", {}, { principal })).body as Notice[];

export interface Told {
  kind: string;
  scope: number;
  count: number;
  root?: string;
  title: string;
  text: string;
  published_at: number;
  reach_by: number;
}

/** A notice of this kind asks whether one is safe: whoever says that it came says that they are. */
export const rollCall = "roll-call";

export type Waiting = Notice & { told?: Told };

/** waitingPolicies are policies with what they say. */
export const waitingPolicies = async (d: Device, principal?: string): Promise<Waiting[]> =>
  Promise.all((await policies(d, principal)).slice(0, 30).map(async (n) => ({ ...n, told: (await d.record<Told>(`policy-notice/${n.notice}`))?.body })));
