// All screens, in the order of the navigation. A further one is a file below screens/, a line here, and its words: ID.title, and
// whatever else it says, in both languages. See docs/FACES.md.
import type { ComponentType } from "preact";
import { Role, type RoleNumber } from "./standing";
import { Sessions } from "./screens/sessions";
import { Today } from "./screens/today";

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
  { id: "sessions", path: "sessions", group: "own", view: Sessions },
];

export const groups = ["decide", "people", "serve", "money", "watch", "own"] as const;

export { Role };
