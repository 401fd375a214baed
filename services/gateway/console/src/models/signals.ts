// What somebody has to look at: alerts and suggestions, what is nearest first.
import { ascending, type Kept } from "./record";

export interface Alert {
  beneficiary: string;
  kind: number;
  level: number;
  org?: string;
  raised_at: number;
  triage_by: number;
  repeats?: number;
  missed?: boolean;
  outcome: number;
  case?: string;
}

export interface Suggestion {
  sign: number;
  member?: string;
  file?: string;
  at: number;
  until: number;
  fate: string;
}

/** alertsOf parts those that nobody has looked at, an alarm before a warning, from the others, the newest first. */
export function alertsOf(all: Kept<Alert>[]): { open: Kept<Alert>[]; looked: Kept<Alert>[] } {
  const open = all.filter((a) => !a.state.outcome);
  const looked = all.filter((a) => a.state.outcome);
  return {
    open: open.sort(ascending((a) => -a.state.level, (a) => a.state.triage_by, (a) => a.path)),
    looked: looked.sort(ascending((a) => -a.state.raised_at, (a) => a.path)),
  };
}

/** suggestionsOf parts those that somebody must still decide from the others. */
export function suggestionsOf(all: Kept<Suggestion>[]): { open: Kept<Suggestion>[]; closed: Kept<Suggestion>[] } {
  const waits = (s: Kept<Suggestion>) => s.state.fate === "suggested" || s.state.fate === "overdue";
  return { open: all.filter(waits).sort(ascending((s) => s.state.until, (s) => s.path)), closed: all.filter((s) => !waits(s)) };
}
