// All screens. A further one is a component in a file here, a line below, its words NAME.title in both languages, and, if people shall find it
// from home, its name in models/places.ts. What it shows is worked out by a pure function in models, which node --test can hold.
import type { ComponentType } from "react";
import type { Device } from "@renlin/client";
import type { Params } from "@/core/go";
import { Today } from "./today";
import { Welcome } from "./welcome";
import { Settings } from "./settings";
import { Me } from "./me";
import { Inbox } from "./inbox";
import { Topics } from "./topics";
import { Polls } from "./polls";

/** Shown is what a screen is given: the device of whoever is signed in, and its address's parameters. */
export interface Shown {
  device: Device;
  params: Params;
}

/** screens by name. Those of open need nobody to be signed in. */
export const screens = {
  today: Today,
  inbox: Inbox,
  topics: Topics,
  polls: Polls,
  me: Me,
  settings: Settings,
} satisfies Record<string, ComponentType<Shown>>;

export const open = { welcome: Welcome } satisfies Record<string, ComponentType<{ params: Params }>>;

export type ScreenName = keyof typeof screens | keyof typeof open;
