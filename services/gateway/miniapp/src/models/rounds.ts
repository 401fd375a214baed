// A grid worker's day: what is to be brought, building by building, and the forms of visits, which are filled in without a network too.
import type { components } from "@renlin/client";

type S = components["schemas"];
export type Order = S["aid.casework.Order"];

/** Task is one order that this member has taken on, or is asked to. */
export interface Task {
  order: string;
  case: string;
  beneficiary: string;
  category: string;
  unit: string;
  left: number;
  due: number;
  part: "asked" | "accepted" | "over";
  building: string;
}

type Asked = Pick<Order, "case" | "beneficiary" | "quantity" | "delivered" | "due" | "accepted" | "ended" | "lapsed">;

export function taskOf(id: string, o: Asked, about: { category: string; unit: string }, building: string): Task {
  const over = o.ended === true || o.lapsed === true || o.delivered >= o.quantity;
  return {
    order: id, case: o.case, beneficiary: o.beneficiary, category: about.category, unit: about.unit, left: o.quantity - o.delivered, due: o.due,
    part: over ? "over" : o.accepted ? "accepted" : "asked", building,
  };
}

/** buildingIn finds the building in an address: 3号楼, 12栋, Building 7; nothing where none is named. */
export function buildingIn(address: string): string {
  const zh = /(\d{1,4}|[A-Za-z]\d{0,3})\s*(?:号楼|栋|幢|座)/.exec(address);
  if (zh) return zh[1].toUpperCase();
  const en = /\b(?:building|block)\s+([A-Za-z]?\d{1,4}|[A-Za-z])\b/i.exec(address);
  return en ? en[1].toUpperCase() : "";
}

export interface Group {
  building: string;
  tasks: Task[];
}

/** byBuilding groups what is not over: buildings in order of their numbers, what is due first within each, and last what nobody has placed. */
export function byBuilding(tasks: Task[]): Group[] {
  const groups: Group[] = [];
  for (const t of tasks.filter((x) => x.part !== "over")) {
    const found = groups.find((g) => g.building === t.building);
    if (found) found.tasks.push(t);
    else groups.push({ building: t.building, tasks: [t] });
  }
  const rank = (b: string): [number, number, string] => [b === "" ? 1 : 0, /^\d+$/.test(b) ? Number(b) : 10_000, b];
  const order = (a: Group, b: Group): number => {
    const [x, y] = [rank(a.building), rank(b.building)];
    return x[0] - y[0] || x[1] - y[1] || (x[2] < y[2] ? -1 : 1);
  };
  for (const g of groups) g.tasks.sort((a, b) => a.due - b.due || (a.order < b.order ? -1 : 1));
  return groups.sort(order);
}

/** Form is what is said of one visit. */
export interface Form {
  outcome: "DELIVERED" | "ABSENT" | "DECLINED";
  quantity: number;
  said: string;
}

/** visitBody is the command of a form, its words apart: they are sealed under the person's key when there is a network. */
export function visitBody(order: string, f: Form): { order: string; outcome: string; quantity?: string } {
  const body = { order, outcome: `VISIT_OUTCOME_${f.outcome}` };
  return f.outcome === "DELIVERED" ? { ...body, quantity: String(f.quantity) } : body;
}

/** wrongIn is what keeps a form from being sent, if anything does. */
export function wrongIn(f: Form, left: number): "said" | "quantity" | undefined {
  if (f.said.trim() === "") return "said";
  return f.outcome === "DELIVERED" && !(f.quantity >= 1 && f.quantity <= left) ? "quantity" : undefined;
}

/** scanned finds a task by what a code says: an id of the order, the case or the person, alone or at the end of an address. */
export function scanned(text: string, tasks: Task[]): Task | undefined {
  const ids = text.toLowerCase().match(/[a-z2-7]{26}/g) || [];
  return tasks.find((t) => t.part !== "over" && ids.some((id) => id === t.order || id === t.case || id === t.beneficiary));
}
