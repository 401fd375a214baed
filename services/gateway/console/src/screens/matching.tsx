// The matching board: what waits, who is asked and who serves, on a map and as lists; it is asked for again every second, so that a
// substitute is seen as soon as the rule has called them. Below it the plan that a program proposes, with the reasons, to be signed by a
// person.
import { useCallback, useState } from "preact/hooks";
import { useAsk } from "../asking";
import { board, grid, type Answer, type Board, type Candidate, type Served } from "../models/matching";
import { count } from "../models/money";
import { Due, inWords, useEvery, useNow } from "../parts/due";
import { List } from "../parts/list";
import { useSkills } from "../parts/skills";
import { Squares } from "../parts/squares";
import { Figures, Id, Stage, Wait } from "../parts/show";
import { to } from "../place";
import type { ViewProps } from "../screens";
import { useOrgs } from "../standing";
import { named, useWords } from "../words";
import { Mode } from "./mode";
import { Proposal } from "./proposal";

const again = 1000; // ms

export function Matching({ community }: ViewProps) {
  const say = useWords();
  const now = useNow();
  const answer = useAsk<Answer>(community, "matching/board");
  const [square, choose] = useState("");
  useEvery(again, answer.again);
  const inside = useCallback((cell: { east: number; north: number }) => !square || square === `${cell.east},${cell.north}`, [square]);
  return (
    <Wait of={answer}>
      {(all) => {
        const there = board(all, now);
        const needs = new Map((all.needs ?? []).map((n) => [n.need, n]));
        const here = (s: Served) => !square || (needs.has(s.assignment.need) && inside(needs.get(s.assignment.need)!.cell));
        const shown: Board = {
          waiting: there.waiting.filter((w) => inside(w.need.cell)),
          asked: there.asked.filter(here),
          serving: there.serving.filter(here),
          confirm: there.confirm.filter(here),
        };
        return (
          <>
            <Mode community={community} mode={all.mode} now={now} />
            <Figures
              of={[
                ["matching.waiting", count(there.waiting.length)],
                ["matching.asked", count(there.asked.length)],
                ["matching.serving", count(there.serving.length)],
                ["matching.confirm", count(there.confirm.length)],
              ]}
            />
            <Squares
              grid={grid(all)}
              chosen={square}
              choose={choose}
              title={say("map.title")}
              empty={say("map.empty")}
              urgent={say("map.urgent")}
              legend={say("map.legend")}
              head={[say("map.square"), say("map.waiting"), say("map.held"), say("map.providers")]}
              square={(s) => say("map.name", { east: s.east, north: s.north })}
            />
            <p class="quiet" role="status">
              {square && say("map.only", { square })}
            </p>
            <Waiting community={community} rows={shown.waiting} />
            <Assignments community={community} id="asked" title={say("matching.asked")} rows={shown.asked} />
            <Assignments community={community} id="serving" title={say("matching.serving")} rows={shown.serving} />
            <Assignments community={community} id="confirm" title={say("matching.confirm")} rows={shown.confirm} />
            {all.more_needs + all.more_assignments > 0 && (
              <p class="quiet">{say("matching.more", { needs: all.more_needs, assignments: all.more_assignments })}</p>
            )}
            <Proposal community={community} answer={all} />
          </>
        );
      }}
    </Wait>
  );
}

function Waiting({ community, rows }: { community: string; rows: Board["waiting"] }) {
  const say = useWords();
  const skillOf = useSkills(community);
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">{say("matching.waiting")}</h2>
      <List
        caption={say("matching.waiting")}
        rows={rows}
        id={(w) => w.need.need}
        empty={say("matching.none_waiting")}
        columns={[
          {
            head: say("matching.need"),
            cell: (w) => (
              <a href={to(community, "matching", "need", w.need.need)}>
                {skillOf(w.need.skill)} · {w.name}
              </a>
            ),
          },
          { head: say("matching.units"), number: true, cell: (w) => count(w.need.waiting) },
          {
            head: say("matching.priority"),
            cell: (w) => (
              <>
                {w.need.priority}
                {w.need.vulnerable ? ` · ${say("matching.vulnerable")}` : ""}
                {w.need.assessed ? "" : ` · ${say("matching.unassessed")}`}
              </>
            ),
          },
          { head: say("matching.waits"), cell: (w) => inWords(spanOf(w.minutes)) },
          { head: say("matching.shortage"), cell: (w) => named("shortage", w.need.shortage ?? 0) },
        ]}
      />
    </section>
  );
}

function spanOf(minutes: number) {
  return { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 };
}

interface AssignmentsProps {
  community: string;
  id: string;
  title: string;
  rows: Served[];
}

function Assignments({ community, id, title, rows }: AssignmentsProps) {
  const say = useWords();
  const skillOf = useSkills(community);
  const { nameOf } = useOrgs(community);
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <List
        caption={title}
        rows={rows}
        id={(s) => s.assignment.assignment}
        empty={say("matching.none")}
        columns={[
          {
            head: say("matching.assignment"),
            cell: (s) => (
              <a href={to(community, "matching", s.assignment.assignment)}>
                {skillOf(s.assignment.skill)} × {s.assignment.quantity} · {s.name}
              </a>
            ),
          },
          {
            head: say("matching.holder"),
            cell: (s) => <Holders nameOf={nameOf} of={s.holders} past={s.assignment.state === "done"} all={s.past} />,
          },
          {
            head: say("matching.standbys"),
            cell: (s) =>
              s.standbys.length ? (
                <Holders nameOf={nameOf} of={s.standbys} />
              ) : (
                <span class="bad">{say("matching.no_standby")}</span>
              ),
          },
          { head: say("matching.due"), cell: (s) => <Due left={s.left} /> },
          {
            head: say("matching.changed"),
            cell: (s) => (
              <>
                {s.changed && s.last ? <strong>{named("cause", s.last.cause)}</strong> : s.assignment.preferred ? "" : "–"}
                {s.assignment.preferred && (
                  <span>
                    {" "}
                    {say("matching.preferred", {
                      reason: named("reason", s.assignment.preferred.reason),
                      metres: count(s.assignment.preferred.more_metres),
                    })}
                  </span>
                )}
              </>
            ),
          },
        ]}
      />
    </section>
  );
}

interface HoldersProps {
  nameOf(org: string): string;
  of: Candidate[];
  past?: boolean;
  all?: Candidate[];
}

function Holders({ nameOf, of, past = false, all = [] }: HoldersProps) {
  const shown = past ? all.filter((c) => c.part === "finished") : of;
  return (
    <>
      {shown.map((c) => (
        <span key={c.provider} class="row">
          <Id of={c.provider} /> {c.org !== c.provider && nameOf(c.org)} <Stage prefix="part" of={c.part} />
        </span>
      ))}
    </>
  );
}
