// All screens, in the order of the navigation. A further one is a file below screens/, a line here, and its words: ID.title, and
// whatever else it says, in both languages. See docs/FACES.md.
import type { ComponentType } from "preact";
import { Role, type RoleNumber } from "./standing";
import { Deliberations, DeliberationView } from "./screens/deliberations";
import { Invites } from "./screens/invites";
import { Mandates } from "./screens/mandates";
import { Members, MemberView } from "./screens/members";
import { Motions, MotionView } from "./screens/motions";
import { PollNew } from "./screens/poll-new";
import { Polls, PollView } from "./screens/polls";
import { RulesView } from "./screens/rules";
import { AssignmentScreen } from "./screens/assignment";
import { CaseScreen } from "./screens/case";
import { Cases } from "./screens/cases";
import { Disclosure } from "./screens/disclosure";
import { Holdings } from "./screens/holdings";
import { Indicators } from "./screens/indicators";
import { Inquiries } from "./screens/inquiries";
import { Ledger } from "./screens/ledger";
import { Matching } from "./screens/matching";
import { NeedScreen } from "./screens/need";
import { TransferScreen } from "./screens/transfer";
import { Sessions } from "./screens/sessions";
import { Today } from "./screens/today";
import { Topics } from "./screens/topics";

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
  view: ComponentType<ViewProps>;
}

export const screens: Screen[] = [
  { id: "today", path: "", group: "decide", view: Today },
  { id: "topics", path: "topics", group: "decide", view: Topics },
  { id: "deliberations", path: "deliberations", group: "decide", view: Deliberations },
  { id: "deliberation", path: "deliberations/:deliberation", under: "deliberations", view: DeliberationView },
  { id: "polls", path: "polls", group: "decide", view: Polls },
  { id: "poll_new", path: "polls/new", under: "polls", view: PollNew },
  { id: "poll", path: "polls/:poll", under: "polls", view: PollView },
  { id: "motions", path: "motions", group: "decide", view: Motions },
  { id: "motion", path: "motions/:motion", under: "motions", view: MotionView },
  { id: "rules", path: "rules", group: "decide", view: RulesView },
  { id: "members", path: "members", group: "people", view: Members },
  { id: "member", path: "members/:member", under: "members", view: MemberView },
  { id: "invites", path: "invites", group: "people", roles: [Role.Officer], view: Invites },
  { id: "mandates", path: "mandates", group: "people", view: Mandates },
  { id: "cases", path: "cases", group: "serve", roles: [Role.GridWorker, Role.Officer], view: Cases },
  { id: "case", path: "cases/:case", under: "cases", view: CaseScreen },
  { id: "matching", path: "matching", group: "serve", roles: [Role.GridWorker, Role.Officer], view: Matching },
  { id: "assignment", path: "matching/:assignment", under: "matching", view: AssignmentScreen },
  { id: "need", path: "matching/need/:need", under: "matching", view: NeedScreen },
  { id: "ledger", path: "ledger", group: "money", view: Ledger },
  { id: "transfer", path: "ledger/:transfer", under: "ledger", view: TransferScreen },
  { id: "holdings", path: "holdings", group: "money", view: Holdings },
  { id: "disclosure", path: "disclosure", group: "money", view: Disclosure },
  { id: "indicators", path: "indicators", group: "watch", view: Indicators },
  { id: "inquiries", path: "inquiries", group: "watch", roles: [Role.Officer, Role.Auditor], view: Inquiries },
  { id: "sessions", path: "sessions", group: "own", view: Sessions },
];

export const groups = ["decide", "people", "serve", "money", "watch", "own"] as const;
