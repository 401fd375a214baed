// The ledger: what there is, what waits for a second hand, and who may be that.
import { ascending, idOf, sum, type Kept } from "./record";

export interface Account {
  kind: string;
  currency: string;
  name?: string;
  owner?: string;
  owner_kind?: string;
  fund?: string;
  from?: number;
  until?: number;
  balance: number;
  held: number;
  in: number;
  out: number;
  suspending?: string[];
}

export interface Approval {
  by: string;
  org: string;
  at: number;
}

export interface Words {
  ref: string;
  length_bytes: number;
  commitment: string;
}

export interface Transfer {
  lines: { from: string; to: string; amount: number; posted: number; corrected: number }[];
  purpose: Words;
  beneficiary?: string;
  household?: string;
  post_when_approved?: boolean;
  emergency?: boolean;
  corrects?: string;
  proposed_by: string;
  org: string;
  proposed_at: number;
  expires_at?: number;
  confirm_by?: number;
  checkers: number;
  approvals?: Approval[];
  state: "held" | "posted" | "voided" | "lapsed";
  ended_at?: number;
  ended_by?: string;
  missed?: boolean;
}

/** Hand is who looks: a member, and the organisation for which they are an officer, if they are one. */
export interface Hand {
  member: string;
  officer?: string;
}

/** Why somebody cannot be the second hand of a transfer, as far as the record on the screen tells; the rules say the rest. */
export type Barred = "not_officer" | "maker" | "same_org" | "given" | "enough" | "ended";

/** barred says why somebody cannot give their word to a transfer; null where nothing on the screen speaks against it. */
export function barred(t: Transfer, me: Hand): Barred | null {
  const approvals = t.approvals ?? [];
  if (approvals.some((a) => a.by === me.member)) return "given";
  if (t.state === "voided" || t.state === "lapsed" || (t.state === "posted" && !t.emergency)) return "ended";
  if (approvals.length >= t.checkers) return "enough";
  if (!me.officer) return "not_officer";
  if (t.proposed_by === me.member) return "maker";
  if (t.org === me.officer || approvals.some((a) => a.org === me.officer)) return "same_org";
  return null;
}

/** correctable are the lines of a transfer of which something can be taken back: what was carried out, less what was taken back already. */
export const correctable = (t: Transfer): { key: string; from: string; to: string; left: number }[] =>
  t.state !== "posted"
    ? []
    : t.lines
        .map((l, i) => ({ key: `line-${i}`, from: l.from, to: l.to, left: l.posted - l.corrected }))
        .filter((l) => l.left > 0 && !t.corrects);

export interface Shown {
  id: string;
  transfer: Transfer;
  amount: number;
  from: string;
  to: string[];
  given: number;
  missing: number;
  barred: Barred | null;
  /** May be carried out now, by an officer: everybody who must has agreed. */
  ready: boolean;
}

export interface Sorted {
  yours: Shown[];
  waiting: Shown[];
  ended: Shown[];
}

/** transfers sorts them by what is to be done: those that wait for this very reader first. */
export function transfers(records: Kept<Transfer>[], accounts: Map<string, Account>, me: Hand): Sorted {
  const out: Sorted = { yours: [], waiting: [], ended: [] };
  for (const r of records) {
    const one = shown(idOf(r.path), r.state, accounts, me);
    const open = r.state.state === "held" || (r.state.emergency && one.missing > 0 && r.state.state === "posted");
    if (!open) out.ended.push(one);
    else if (!one.barred || (one.ready && me.officer)) out.yours.push(one);
    else out.waiting.push(one);
  }
  for (const list of [out.yours, out.waiting])
    list.sort(
      ascending(
        (s) => s.transfer.expires_at ?? s.transfer.confirm_by ?? 0,
        (s) => s.id,
      ),
    );
  out.ended.sort(
    ascending(
      (s) => -(s.transfer.ended_at ?? 0),
      (s) => s.id,
    ),
  );
  return out;
}

function shown(id: string, t: Transfer, accounts: Map<string, Account>, me: Hand): Shown {
  const given = t.approvals?.length ?? 0;
  return {
    id,
    transfer: t,
    amount: sum(t.lines, (l) => (t.state === "posted" ? l.posted : l.amount)),
    from: nameOf(t.lines[0]?.from ?? "", accounts),
    to: [...new Set(t.lines.map((l) => nameOf(l.to, accounts)))],
    given,
    missing: Math.max(0, t.checkers - given),
    barred: barred(t, me),
    ready: t.state === "held" && given >= t.checkers,
  };
}

/** nameOf is what an account is called: its name, or whose it is, or so much of its id as tells it apart. */
export function nameOf(id: string, accounts: Map<string, Account>): string {
  const a = accounts.get(id);
  return a?.name || (a?.owner ? a.owner.slice(0, 8) : id.slice(0, 8));
}

export interface Fund {
  id: string;
  account: Account;
  free: number;
  spent: number; // of what came, in thousandths
  budgets: Fund[];
}

/** funds gives the money: sources apart, and each fund with its budgets. Accounts of people are no part of it. */
export function funds(records: Kept<Account>[]): { sources: Fund[]; funds: Fund[] } {
  const all = records
    .filter((r) => r.state.currency === "fen")
    .map((r) => fund(idOf(r.path), r.state))
    .sort(
      ascending(
        (f) => f.account.name ?? "",
        (f) => f.id,
      ),
    );
  const of = (kind: string) => all.filter((f) => f.account.kind === kind);
  for (const f of of("fund")) f.budgets = of("envelope").filter((b) => b.account.fund === f.id);
  return { sources: of("source"), funds: of("fund") };
}

function fund(id: string, account: Account): Fund {
  const spent = account.in > 0 ? Math.round((account.out * 1000) / account.in) : 0;
  return { id, account, free: account.balance - account.held, spent, budgets: [] };
}

export interface Holding {
  kind: string;
  name: string;
  papers: Words;
  org: string;
  registered_at: number;
  condition?: string;
  leased_until?: number;
  income_fen: number;
  disposed_at?: number;
  reports?: { kind: string; evidence: Words; transfer?: string; org: string; at: number; position: number }[];
}

/** holdings gives what the community owns now, broken and newest first, and what it gave up. */
export function holdings(records: Kept<Holding>[]): {
  owned: { id: string; holding: Holding }[];
  gone: { id: string; holding: Holding }[];
} {
  const all = records
    .map((r) => ({ id: idOf(r.path), holding: r.state }))
    .sort(
      ascending(
        (h) => (h.holding.condition === "broken" ? 0 : 1),
        (h) => -h.holding.registered_at,
        (h) => h.id,
      ),
    );
  return { owned: all.filter((h) => !h.holding.disposed_at), gone: all.filter((h) => h.holding.disposed_at) };
}
