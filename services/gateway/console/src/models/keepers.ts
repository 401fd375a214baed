// Who holds the parts of secret polls' keys, and who lists the voters' credentials: what the rules would say of a list before two sign it.
export interface Trustee {
  member: string;
  org: string;
  trustee_key: string;
}

export interface Registrar {
  member: string;
  org: string;
  key: string;
  box_key: string;
}

const [least, most] = [2, 9];

/** Why the rules would refuse a list of trustees; "" where nothing on the screen speaks against it. */
export type Unfit = "number" | "orgs" | "twice" | "registrar" | "same" | "";

export function unfit(list: Trustee[], now: Trustee[], registrar: string): Unfit {
  const all = (of: (t: Trustee) => string) => new Set(list.map(of)).size;
  if (list.length < least || list.length > most) return "number";
  if (all((t) => t.org) < 2) return "orgs";
  if (all((t) => t.member) < list.length || all((t) => t.trustee_key) < list.length) return "twice";
  if (list.some((t) => t.member === registrar)) return "registrar";
  const same = list.length === now.length && list.every((t) => now.some((n) => n.member === t.member && n.trustee_key === t.trustee_key));
  return same ? "same" : "";
}

/** changed says who comes and who goes. */
export function changed<T extends { member: string }>(now: T[], then: T[]): { stay: T[]; come: T[]; go: T[] } {
  const among = (list: T[]) => (t: T) => list.some((o) => o.member === t.member);
  return { stay: then.filter(among(now)), come: then.filter((t) => !among(now)(t)), go: now.filter((t) => !among(then)(t)) };
}
