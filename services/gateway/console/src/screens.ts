// All screens, in the order of the navigation. A further one is a file below screens/, two lines here, and its words: ID.title, and
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

const assignmentScreen: View = async () => (await import("./screens/assignment")).AssignmentScreen;
const caseScreen: View = async () => (await import("./screens/case")).CaseScreen;
const cases: View = async () => (await import("./screens/cases")).Cases;
const deliberationView: View = async () => (await import("./screens/deliberations")).DeliberationView;
const cosignings: View = async () => (await import("./screens/cosignings")).CosigningsView;
const deliberations: View = async () => (await import("./screens/deliberations")).Deliberations;
const disclosure: View = async () => (await import("./screens/disclosure")).Disclosure;
const holdings: View = async () => (await import("./screens/holdings")).Holdings;
const indicators: View = async () => (await import("./screens/indicators")).Indicators;
const inquiries: View = async () => (await import("./screens/inquiries")).Inquiries;
const invites: View = async () => (await import("./screens/invites")).Invites;
const ledger: View = async () => (await import("./screens/ledger")).Ledger;
const mandates: View = async () => (await import("./screens/mandates")).Mandates;
const matching: View = async () => (await import("./screens/matching")).Matching;
const memberView: View = async () => (await import("./screens/members")).MemberView;
const members: View = async () => (await import("./screens/members")).Members;
const motionView: View = async () => (await import("./screens/motions")).MotionView;
const motions: View = async () => (await import("./screens/motions")).Motions;
const needScreen: View = async () => (await import("./screens/need")).NeedScreen;
const notices: View = async () => (await import("./screens/notices")).Notices;
const pollNew: View = async () => (await import("./screens/poll-new")).PollNew;
const pollView: View = async () => (await import("./screens/polls")).PollView;
const polls: View = async () => (await import("./screens/polls")).Polls;
const rulebookView: View = async () => (await import("./screens/rulebook")).RulebookView;
const rulesHistory: View = async () => (await import("./screens/rules-history")).RulesHistory;
const rulesView: View = async () => (await import("./screens/rules")).RulesView;
const sessions: View = async () => (await import("./screens/sessions")).Sessions;
const signals: View = async () => (await import("./screens/signals")).Signals;
const supplies: View = async () => (await import("./screens/supplies")).Supplies;
const today: View = async () => (await import("./screens/today")).Today;
const topics: View = async () => (await import("./screens/topics")).Topics;
const transferScreen: View = async () => (await import("./screens/transfer")).TransferScreen;

export const screens: Screen[] = [
  { id: "today", path: "", group: "decide", view: today },
  { id: "topics", path: "topics", group: "decide", view: topics },
  { id: "deliberations", path: "deliberations", group: "decide", view: deliberations },
  { id: "deliberation", path: "deliberations/:deliberation", under: "deliberations", view: deliberationView },
  { id: "polls", path: "polls", group: "decide", view: polls },
  { id: "poll_new", path: "polls/new", under: "polls", view: pollNew },
  { id: "poll", path: "polls/:poll", under: "polls", view: pollView },
  { id: "motions", path: "motions", group: "decide", view: motions },
  { id: "motion", path: "motions/:motion", under: "motions", view: motionView },
  { id: "rules", path: "rules", group: "decide", view: rulesView },
  { id: "rulebook", path: "rules/amend", under: "rules", view: rulebookView },
  { id: "rules_history", path: "rules/history", under: "rules", view: rulesHistory },
  { id: "cosignings", path: "cosignings", group: "decide", roles: [Role.Officer], view: cosignings },
  { id: "members", path: "members", group: "people", view: members },
  { id: "member", path: "members/:member", under: "members", view: memberView },
  { id: "invites", path: "invites", group: "people", roles: [Role.Officer], view: invites },
  { id: "mandates", path: "mandates", group: "people", view: mandates },
  { id: "cases", path: "cases", group: "serve", roles: [Role.GridWorker, Role.Officer], view: cases },
  { id: "case", path: "cases/:case", under: "cases", view: caseScreen },
  { id: "signals", path: "signals", group: "serve", roles: [Role.GridWorker, Role.Officer], view: signals },
  { id: "notices", path: "notices", group: "serve", view: notices },
  { id: "supplies", path: "supplies", group: "serve", view: supplies },
  { id: "matching", path: "matching", group: "serve", roles: [Role.GridWorker, Role.Officer], view: matching },
  { id: "assignment", path: "matching/:assignment", under: "matching", view: assignmentScreen },
  { id: "need", path: "matching/need/:need", under: "matching", view: needScreen },
  { id: "ledger", path: "ledger", group: "money", view: ledger },
  { id: "transfer", path: "ledger/:transfer", under: "ledger", view: transferScreen },
  { id: "holdings", path: "holdings", group: "money", view: holdings },
  { id: "disclosure", path: "disclosure", group: "money", view: disclosure },
  { id: "indicators", path: "indicators", group: "watch", view: indicators },
  { id: "inquiries", path: "inquiries", group: "watch", roles: [Role.Officer, Role.Auditor], view: inquiries },
  { id: "sessions", path: "sessions", group: "own", view: sessions },
];

export const groups = ["decide", "people", "serve", "money", "watch", "own"] as const;
