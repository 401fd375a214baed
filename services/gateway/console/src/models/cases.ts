// The board of cases and their clocks, and which parts of a file stand open to whom.
import { brief, sum, type Kept } from "./record";
import { remaining, type Remaining } from "./clock";
import type { Repeat } from "./repeats";

/** Row is a case as gateway.aid_board shows it: without whose it is. */
export interface Row {
  case: string;
  why: "ours" | "to_us" | "nobodys" | "appeal" | "call_back" | "above";
  state: string;
  category: string;
  unit: string;
  urgency: number;
  org?: string;
  worker?: string;
  asked: number;
  approved: number;
  delivered: number;
  acknowledged: number;
  requested_at: number;
  clock: number;
  due: number;
  missed?: { clock: number; deadline: number }[];
  /** What is done again and again, of cases of the reader's organisations. */
  repeats?: Repeat[];
  /** Where why is call_back: the pseudonym, and the words by which the person is reached, if somebody has written them down. */
  call?: { beneficiary: string; contact?: Words };
}

export interface Shown extends Row {
  name: string;
  left: Remaining;
  late: number;
  /** How far it has come, of four: asked, approved, delivered, acknowledged. */
  steps: { key: "asked" | "approved" | "delivered" | "acknowledged"; amount: number; part: number }[];
}

/** board puts what somebody must do first before what has time, and counts. What waits for a call-back is a list of its own. */
export function board(rows: Row[], now: number): { cases: Shown[]; calls: Shown[]; late: number; soon: number; nobodys: number } {
  const all = rows.map((row) => shown(row, now));
  const cases = all.filter((c) => c.why !== "call_back");
  const late = cases.filter((c) => c.late > 0 || c.left.nearness === "late").length;
  return {
    cases,
    calls: all.filter((c) => c.why === "call_back"),
    late,
    soon: cases.filter((c) => c.left.nearness === "soon").length,
    nobodys: cases.filter((c) => c.why === "nobodys").length,
  };
}

function shown(row: Row, now: number): Shown {
  const whole = Math.max(row.asked, row.approved, row.delivered, row.acknowledged, 1);
  const step = (key: "asked" | "approved" | "delivered" | "acknowledged") => ({
    key,
    amount: row[key],
    part: Math.round((row[key] * 1000) / whole),
  });
  return {
    ...row,
    name: brief(row.case),
    left: remaining(row.due, now),
    late: row.missed?.length ?? 0,
    steps: [step("asked"), step("approved"), step("delivered"), step("acknowledged")],
  };
}

export interface Words {
  ref: string;
  length_bytes: number;
  commitment: string;
}

/** Case is a case's record, shown to whom it names. */
export interface Case extends Omit<Row, "case" | "why" | "clock" | "due" | "repeats" | "call"> {
  beneficiary: string;
  channel: number;
  by: string;
  texts: Words[] | null;
  orgs?: string[];
  hands?: string[];
  approved_by?: string;
  referred_to?: string;
  works?: { order: string; quantity: number; delivered: number; ended?: boolean }[];
  without_consent?: boolean;
  settled?: boolean;
  answer_by: number;
  resolve_by: number;
  confirm_by?: number;
  decide_by?: number;
  appealed_at?: number;
  ended_at?: number;
  involved: string[];
  involved_orgs: string[];
}

/** File is somebody's file, shown to whom it names. */
export interface File {
  /** Whose it is, and who speaks for them; without a member nobody can tell who lives with them. */
  member?: string;
  proxy?: string;
  files?: { field: number; text: Words }[];
  consents?: { purpose: number; given_at: number }[];
  openings?: { for: string; reader?: string; fields: number[] }[];
}

/** Field is one part of a file for one reader. */
export interface Field {
  field: number;
  text?: Words;
  /** open: it may be read; closed: it does not stand open to this reader; empty: nothing is in it. */
  access: "open" | "closed" | "empty";
}

/**
 * fieldsFor says of each part of a file whether it stands open to a reader for a case. What opens it is on the record, and so is
 * each read.
 */
export function fieldsFor(file: File, caseId: string, reader: string): Field[] {
  const open = new Set(
    (file.openings ?? []).filter((o) => o.for === caseId && (o.reader === reader || !o.reader)).flatMap((o) => o.fields),
  );
  return [1, 2, 3, 4, 5].map((field) => {
    const text = (file.files ?? []).find((f) => f.field === field)?.text;
    return { field, text, access: !text ? "empty" : open.has(field) ? "open" : "closed" };
  });
}

/** Step is something that can be done about a case by somebody with an office. */
export type Step =
  | "assign"
  | "assess"
  | "plan"
  | "approve"
  | "approve_anew"
  | "refuse"
  | "order"
  | "refer"
  | "answer_referral"
  | "decide_appeal"
  | "close"
  | "reopen";

/** stepsOf gives what the state of a case lets somebody do. Whether they may, the rules say when they do it. */
export function stepsOf(c: Case, me: { member: string; officer?: string; orgs: string[] }): Step[] {
  const mine = c.worker === me.member;
  const office = me.officer !== undefined;
  if (c.appealed_at) return office && !me.orgs.some((o) => (c.orgs ?? []).includes(o)) ? ["decide_appeal"] : [];
  const more: Step[] = mine && c.approved > committed(c) ? ["order"] : [];
  const on: Step[] = mine ? ["refer"] : [];
  const anew: Step[] = office && !mine && me.officer === c.org ? ["approve_anew"] : [];
  switch (c.state) {
    case "requested":
      if (!c.worker) return office ? ["assign", "refuse"] : ["assign"];
      return mine ? ["assess", ...on] : office ? ["refuse"] : [];
    case "referred":
      return office && me.orgs.includes(c.referred_to ?? "") ? ["answer_referral"] : [];
    case "assessed":
      return mine ? ["plan", ...on] : office ? ["refuse"] : [];
    case "planned":
      return mine ? [...more, ...on] : office ? [c.approved ? "approve_anew" : "approve", "refuse"] : [];
    case "ordered":
    case "visited":
      return [...more, ...anew];
    case "acknowledged":
      return c.settled ? ["close"] : [...more, ...anew];
    case "closed":
    case "refused":
      return office ? ["reopen"] : [];
  }
  return [];
}

/** committed is what is ordered or brought: of an order that ended only what it brought. Less than that cannot be approved any more. */
export function committed(c: Case): number {
  return sum(c.works ?? [], (w) => (w.ended ? w.delivered : w.quantity));
}

/** Reading is one read of a text, as the record keeps it. */
export interface Reading {
  ref: string;
  subject: string;
  reader: string;
  purpose: string;
  named_by?: string;
  read_at: number;
}

/** readsOf gives the reads of somebody's texts, the newest first. */
export function readsOf(readings: Kept<Reading>[], subject: string): Reading[] {
  return readings
    .map((r) => r.state)
    .filter((r) => r.subject === subject)
    .sort((a, b) => b.read_at - a.read_at);
}
