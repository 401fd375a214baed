// Notices of policies that wait for somebody's word that they came.
import type { components, Device } from "@renlin/client";

export type Notice = components["schemas"]["gateway.ownPolicyNotice"];

/** policies are one's own and of those for whom one speaks, or those of whom one helps. */
export const policies = async (d: Device, principal?: string): Promise<Notice[]> =>
  (await d.read("gateway.own_policy_notices", {}, { principal })).body as Notice[];
