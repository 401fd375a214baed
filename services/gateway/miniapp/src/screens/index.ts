// All screens. A further one is a component in a file here, a line below, its words NAME.title in both languages, and, if people shall find it
// from home, its name in models/places.ts. What it shows is worked out by a pure function in models, which node --test can hold.
import type { ComponentType } from "react";
import type { Device } from "@renlin/client";
import type { Params } from "@/core/go";
import { Data } from "./data";
import { Deliberation } from "./deliberation";
import { Inbox } from "./inbox";
import { Me } from "./me";
import { Outbox } from "./outbox";
import { Poll } from "./poll";
import { Polls } from "./polls";
import { Profile } from "./profile";
import { Raise } from "./raise";
import { Receipts } from "./receipts";
import { Settings } from "./settings";
import { Aid } from "./aid";
import { Answer } from "./answer";
import { Ask } from "./ask";
import { BooksScreen } from "./books";
import { CaseScreen } from "./case";
import { Credits } from "./credits";
import { Duty } from "./duty";
import { Helpers } from "./helpers";
import { Intake } from "./intake";
import { JobScreen } from "./job";
import { NeedScreen } from "./need";
import { Needs } from "./needs";
import { Offer } from "./offer";
import { RollCallScreen } from "./rollcall";
import { Rounds } from "./rounds";
import { Safe } from "./safe";
import { Visit } from "./visit";
import { Today } from "./today";
import { Topic } from "./topic";
import { Topics } from "./topics";
import { Welcome } from "./welcome";

/** Shown is what a screen is given: the device of whoever is signed in, and its address's parameters. */
export interface Shown {
  device: Device;
  params: Params;
}

/** screens by name. Those of open need nobody to be signed in. */
export const screens = {
  aid: Aid,
  answer: Answer,
  ask: Ask,
  books: BooksScreen,
  case: CaseScreen,
  credits: Credits,
  duty: Duty,
  helpers: Helpers,
  intake: Intake,
  job: JobScreen,
  need: NeedScreen,
  needs: Needs,
  offer: Offer,
  rollcall: RollCallScreen,
  rounds: Rounds,
  safe: Safe,
  visit: Visit,
  today: Today,
  inbox: Inbox,
  topics: Topics,
  topic: Topic,
  raise: Raise,
  deliberation: Deliberation,
  polls: Polls,
  poll: Poll,
  receipts: Receipts,
  outbox: Outbox,
  me: Me,
  profile: Profile,
  data: Data,
  settings: Settings,
} satisfies Record<string, ComponentType<Shown>>;

export const open = { welcome: Welcome } satisfies Record<string, ComponentType<{ params: Params }>>;

/** The booth of secret ballots is a page of its own: src/secret. */
export type ScreenName = keyof typeof screens | keyof typeof open | "booth";
