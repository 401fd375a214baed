// What waits in a community, in a few numbers: a street office has one of these beside another on the first page. They are read as the
// member who is signed in there, and count what is open, never votes.
import { useAsk, type Kept } from "../asking";
import { Figures, Refused } from "../parts/show";
import type { Deliberation, Motion, Poll } from "../records";

interface Inbox {
  deliberation: Kept<Deliberation>[] | null;
  motion: Kept<Motion>[] | null;
  poll: Kept<Poll>[] | null;
  next?: string;
}

export function Overview({ community }: { community: string }) {
  const inbox = useAsk<Inbox>(community, "inbox");
  if (!inbox.value) return <Refused why={inbox.refusal} />;
  const { deliberation, motion, poll, next } = inbox.value;
  const more = next ? "+" : "";
  const count = <T,>(all: Kept<T>[] | null, is: (s: T) => boolean) => (all ?? []).filter((k) => is(k.state)).length + more;
  return (
    <Figures
      of={[
        ["overview.deliberations", count(deliberation, (d) => d.state === "open")],
        ["overview.overdue", count(deliberation, (d) => d.state === "open" && !!d.overdue)],
        ["overview.polls", count(poll, (p) => !p.certified && !p.lapsed)],
        ["overview.motions", count(motion, (m) => m.state === "in_force")],
      ]}
    />
  );
}
