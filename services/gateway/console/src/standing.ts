// Who the reader is in a community, as its record has it: what the navigation offers follows from it. What somebody may do is for the
// services to say; a screen that offers less is a convenience, not a lock.
import { useMemo } from "preact/hooks";
import { useRecord, useRecords, idOf } from "./asking";
import { sessions } from "./connection";
import { useStore } from "./store";
import { bothOf } from "./words";

/** Roles are those of the contract (renlin.community.v1.Role), by number as records have them. */
export const Role = {
  Member: 1,
  Owner: 2,
  GridWorker: 3,
  Officer: 4,
  Convener: 5,
  Guardian: 6,
  Auditor: 7,
  KeyHolder: 8,
  Operator: 9,
} as const;
export type RoleNumber = (typeof Role)[keyof typeof Role];

interface Member {
  roles: Record<string, string> | null;
}

interface Org {
  name: string;
  kind: number;
}

export interface Standing {
  member: string;
  roles: Set<number>;
  /** orgOf is the organisation in which a role is held; empty for none. */
  orgOf(role: RoleNumber): string;
  known: boolean;
}

export function useStanding(community: string): Standing {
  const member = useStore(sessions).get(community)?.member ?? "";
  const record = useRecord<Member>(community, member && `member/${member}`);
  return useMemo(() => {
    const roles = record.value?.state.roles ?? {};
    return {
      member,
      roles: new Set([Role.Member, ...Object.keys(roles).map(Number)]),
      orgOf: (role) => roles[role] ?? "",
      known: record.value !== undefined,
    };
  }, [member, record.value]);
}

/** useOrgs gives the names of the organisations by their ids, and the list of them. */
export function useOrgs(community: string): { nameOf(id: string): string; all: { id: string; name: string; kind: number }[] } {
  const list = useRecords<Org>(community, "org", 1000);
  const all = (list.value ?? []).map((k) => ({ id: idOf(k), name: bothOf(k.state.name), kind: k.state.kind }));
  return { all, nameOf: (id) => all.find((o) => o.id === id)?.name ?? id.slice(0, 8) };
}
