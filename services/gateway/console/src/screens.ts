// All screens, in the order of the navigation. A further one is a file below screens/, a row here, and its words: ID.title, and
// whatever else it says, in both languages. The build makes a file of its own of each. See docs/FACES.md.
import type { ComponentType } from "preact";
import { Role, type RoleNumber } from "./standing";

export interface ViewProps {
  community: string;
  /** What stands in the place of ":name" parts of the path. */
  params: Record<string, string>;
}

export interface Screen {
  /** Its words are those that begin with it: ID.title is what navigation and heading say. */
  id: string;
  /** Behind #/COMMUNITY/. */
  path: string;
  /** The group of the navigation; without one the screen is reached from another one, under which it stands. */
  group?: "decide" | "people" | "serve" | "money" | "watch" | "own";
  under?: string;
  /** Who has a use for it: any of these roles. Without them, everybody. */
  roles?: RoleNumber[];
  /** Fetched when it is first opened: what nobody opens nobody waits for. */
  view: View;
}

type View = () => Promise<ComponentType<ViewProps>>;

/** of is a part of a file of screens. The import stands in each row, because the build follows only what is written out. */
const of =
  <Name extends string>(file: () => Promise<Record<Name, ComponentType<ViewProps>>>, name: Name): View =>
  async () =>
    (await file())[name];

const officers = [Role.Officer];
const workers = [Role.GridWorker, Role.Officer];

/** Row is a screen whose path is its id, unless it says otherwise. */
type Row = Omit<Screen, "path"> & { path?: string };

const rows: Row[] = [
  { id: "today", path: "", group: "decide", view: of(() => import("./screens/today"), "Today") },
  { id: "topics", group: "decide", view: of(() => import("./screens/topics"), "Topics") },
  { id: "deliberations", group: "decide", view: of(() => import("./screens/deliberations"), "Deliberations") },
  {
    id: "deliberation", path: "deliberations/:deliberation", under: "deliberations",
    view: of(() => import("./screens/deliberations"), "DeliberationView"),
  },
  { id: "polls", group: "decide", view: of(() => import("./screens/polls"), "Polls") },
  { id: "poll_new", path: "polls/new", under: "polls", view: of(() => import("./screens/poll-new"), "PollNew") },
  { id: "keepers", path: "polls/keepers", under: "polls", view: of(() => import("./screens/keepers"), "Keepers") },
  { id: "poll", path: "polls/:poll", under: "polls", view: of(() => import("./screens/polls"), "PollView") },
  { id: "motions", group: "decide", view: of(() => import("./screens/motions"), "Motions") },
  { id: "motion", path: "motions/:motion", under: "motions", view: of(() => import("./screens/motions"), "MotionView") },
  { id: "rules", group: "decide", view: of(() => import("./screens/rules"), "RulesView") },
  { id: "rulebook", path: "rules/amend", under: "rules", view: of(() => import("./screens/rulebook"), "RulebookView") },
  { id: "rules_history", path: "rules/history", under: "rules", view: of(() => import("./screens/rules-history"), "RulesHistory") },
  { id: "cosignings", group: "decide", roles: officers, view: of(() => import("./screens/cosignings"), "CosigningsView") },
  { id: "members", group: "people", view: of(() => import("./screens/members"), "Members") },
  { id: "member", path: "members/:member", under: "members", view: of(() => import("./screens/members"), "MemberView") },
  { id: "invites", group: "people", roles: officers, view: of(() => import("./screens/invites"), "Invites") },
  { id: "mandates", group: "people", view: of(() => import("./screens/mandates"), "Mandates") },
  { id: "cases", group: "serve", roles: workers, view: of(() => import("./screens/cases"), "Cases") },
  { id: "case", path: "cases/:case", under: "cases", view: of(() => import("./screens/case"), "CaseScreen") },
  { id: "signals", group: "serve", roles: workers, view: of(() => import("./screens/signals"), "Signals") },
  { id: "notices", group: "serve", view: of(() => import("./screens/notices"), "Notices") },
  { id: "supplies", group: "serve", view: of(() => import("./screens/supplies"), "Supplies") },
  { id: "matching", group: "serve", roles: workers, view: of(() => import("./screens/matching"), "Matching") },
  { id: "assignment", path: "matching/:assignment", under: "matching", view: of(() => import("./screens/assignment"), "AssignmentScreen") },
  { id: "need", path: "matching/need/:need", under: "matching", view: of(() => import("./screens/need"), "NeedScreen") },
  { id: "ledger", group: "money", view: of(() => import("./screens/ledger"), "Ledger") },
  { id: "transfer", path: "ledger/:transfer", under: "ledger", view: of(() => import("./screens/transfer"), "TransferScreen") },
  { id: "holdings", group: "money", view: of(() => import("./screens/holdings"), "Holdings") },
  { id: "disclosure", group: "money", view: of(() => import("./screens/disclosure"), "Disclosure") },
  { id: "indicators", group: "watch", view: of(() => import("./screens/indicators"), "Indicators") },
  { id: "inquiries", group: "watch", roles: [Role.Officer, Role.Auditor], view: of(() => import("./screens/inquiries"), "Inquiries") },
  { id: "sessions", group: "own", view: of(() => import("./screens/sessions"), "Sessions") },
];

export const screens: Screen[] = rows.map((row) => ({ path: row.id, ...row }));

export const groups = ["decide", "people", "serve", "money", "watch", "own"] as const;
