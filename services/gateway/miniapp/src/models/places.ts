// Where things are: the main places, and what the home screen leads to. A further screen that people shall find is a name in tiles.
import type { ScreenName } from "@/screens";

/** tabs are always in sight: fewer in elder mode. */
export const tabs = (elder: boolean): ScreenName[] => (elder ? ["today", "me"] : ["today", "topics", "polls", "me"]);

/** tiles are what the home screen leads to, the most wanted first; in elder mode these alone, each large. */
export const tiles = (elder: boolean): ScreenName[] => (elder ? ["polls", "inbox", "topics"] : ["inbox", "topics", "polls"]);
