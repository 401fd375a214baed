// What waits in a community, in a few numbers: a street office has one of these beside another on the first page. They are read as the
// member who is signed in there, and count what is open, never votes. What somebody has no right to see is not counted for them.
import { useAsk, useRecords, type Kept } from "../asking";
import { useCosignings } from "../cosigning";
import { board, type Row } from "../models/cases";
import { alertsOf, type Alert } from "../models/signals";
import { short, type Stock } from "../models/supplies";
import { useNow } from "../parts/due";
import { Figures, Refused } from "../parts/show";
import { to } from "../place";
import type { Deliberation, Motion, Poll } from "../records";
import { Role, useStanding } from "../standing";
import { useWords } from "../words";

interface Inbox {
  deliberation: Kept<Deliberation>[] | null;
  motion: Kept<Motion>[] | null;
  poll: Kept<Poll>[] | null;
  next?: string;
}

export function Overview({ community }: { community: string }) {
  const inbox = useAsk<Inbox>(community, "inbox");
  const me = useStanding(community);
  if (!inbox.value) return <Refused why={inbox.refusal} />;
  const { deliberation, motion, poll, next } = inbox.value;
  const more = next ? "+" : "";
  const count = <T,>(all: Kept<T>[] | null, is: (s: T) => boolean) => (all ?? []).filter((k) => is(k.state)).length + more;
  return (
    <>
      <Figures
        of={[
          ["overview.deliberations", count(deliberation, (d) => d.state === "open")],
          ["overview.overdue", count(deliberation, (d) => d.state === "open" && !!d.overdue)],
          ["overview.polls", count(poll, (p) => !p.certified && !p.lapsed)],
          ["overview.motions", count(motion, (m) => m.state === "in_force")],
        ]}
      />
      {(me.roles.has(Role.Officer) || me.roles.has(Role.GridWorker)) && <Help community={community} officer={me.roles.has(Role.Officer)} />}
    </>
  );
}

/** Help is what a street office asks of each of its communities: whose clock has run out, what is short, what waits for its hand. */
function Help({ community, officer }: { community: string; officer: boolean }) {
  const say = useWords();
  const now = useNow();
  const cases = useAsk<{ cases: Row[]; more: number }>(community, "aid-board");
  const alerts = useRecords<Alert>(community, "alert");
  const stocks = useRecords<Stock>(community, "stock");
  const waiting = useAsk<{ needs: { waiting: number; priority: number }[] | null }>(community, "matching/board");
  const both = useCosignings(community, officer);
  const late = cases.value && board(cases.value.cases, now).late;
  const lacks = short(stocks.value ?? []).length;
  const unmet = (waiting.value?.needs ?? []).filter((n) => n.waiting > 0).length;
  return (
    <>
      <Figures
        of={[
          ["overview.cases", cases.value ? cases.value.cases.length + cases.value.more : "–"],
          ["overview.cases_late", <span class={late ? "bad" : undefined}>{late ?? "–"}</span>],
          ["overview.alerts", alerts.value ? alertsOf(alerts.value).open.length : "–"],
          ["overview.unmet", waiting.value ? unmet : "–"],
          ["overview.short", <span class={lacks ? "bad" : undefined}>{stocks.value ? lacks : "–"}</span>],
          ["overview.cosignings", both.value?.cosignings.length ?? "–"],
        ]}
      />
      <p class="row">
        <a href={to(community, "cases")}>{say("cases.title")}</a>
        <a href={to(community, "signals")}>{say("signals.title")}</a>
        <a href={to(community, "supplies")}>{say("supplies.title")}</a>
      </p>
    </>
  );
}
