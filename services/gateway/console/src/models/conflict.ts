// Conflicts of interest, as the rules know them and as far as the record tells: who lives with whom, and who has a role in what. Each is
// named by the code of the refusal that would follow, whose words are the rule's own (TestConflictsSayTheRules).
import type { Case, Step } from "./cases";
import type { Account, Transfer } from "./ledger";

export interface Household {
  members: string[] | null;
}

/** together tells whether somebody is, or lives with, one of some people. */
export function together(households: Household[], who: string, people: string[]): boolean {
  if (people.includes(who)) return true;
  return households.some((h) => (h.members ?? []).includes(who) && people.some((p) => (h.members ?? []).includes(p)));
}

/** Somebody whose hand may be in the way: a member with the organisations in which they have any role. */
export interface Person {
  member: string;
  orgs: string[];
}

/** concerned are whom a transfer's money goes to: members, organisations and pseudonyms by their ids. */
export function concerned(t: Transfer, accounts: Map<string, Account>): string[] {
  const owners = t.lines.flatMap((l) => [l.from, l.to]).map((id) => accounts.get(id));
  return [...owners.flatMap((a) => (a?.kind === "payee" && a.owner ? [a.owner] : [])), ...(t.beneficiary ? [t.beneficiary] : [])];
}

export type PaymentConflict = "transfer.own_org" | "transfer.related" | "transfer.hands_together";

/** ofPayee says why somebody keeps their hands off a payment to these; null where nothing on the record speaks against it. */
export function ofPayee(who: Person, payees: string[], households: Household[]): PaymentConflict | null {
  if (who.orgs.some((o) => payees.includes(o))) return "transfer.own_org";
  if (payees.length > 0 && together(households, who.member, payees)) return "transfer.related";
  return null;
}

/** ofChecker says the same of whoever would check a payment, who must not live with another hand of it either. */
export function ofChecker(who: Person, t: Transfer, accounts: Map<string, Account>, households: Household[]): PaymentConflict | null {
  const hands = [t.proposed_by, ...(t.approvals ?? []).map((a) => a.by)].filter((id) => id !== who.member);
  const why = ofPayee(who, concerned(t, accounts), households);
  return why ?? (together(households, who.member, hands) ? "transfer.hands_together" : null);
}

/** Whose a case is, as far as their file stands open to the reader. */
export interface Whose {
  member?: string;
  proxy?: string;
}

export type CaseConflict =
  | "aid_case.oneself"
  | "aid_case.household"
  | "aid_case.not_supervisor"
  | "appeal.not_independent";

/** ofStep says why somebody keeps away from one step of a case; without the file only what the case itself tells. */
export function ofStep(step: Step, who: Person, c: Case, file: Whose | undefined, households: Household[]): CaseConflict | null {
  const speaks = file !== undefined && (file.member === who.member || file.proxy === who.member);
  const near = !!file?.member && together(households, who.member, [file.member]);
  if (step === "decide_appeal") {
    const office = who.orgs.some((o) => (c.orgs ?? []).includes(o) || o === c.org);
    const hand = office || c.by === who.member || (c.hands ?? []).includes(who.member);
    if (hand || speaks) return "appeal.not_independent";
    return near ? "aid_case.household" : null;
  }
  if (step === "assign") return speaks ? "aid_case.oneself" : null;
  if (step !== "approve" && step !== "approve_anew" && step !== "refuse") return null;
  if (c.by === who.member || c.worker === who.member) return "aid_case.not_supervisor";
  if (speaks) return "aid_case.oneself";
  return near ? "aid_case.household" : null;
}

/** ofWork tells whether somebody would overrule what they or their organisation serve; whoever was passed over has no hand in it. */
export function ofWork(orgs: string[], providers: string[], candidates: { provider: string; org: string; part: string }[]): boolean {
  return candidates.some((c) => c.part !== "skipped" && (providers.includes(c.provider) || orgs.includes(c.org)));
}
