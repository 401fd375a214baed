// The board of cases and their clocks: what the reader's organisations have to do, the nearest time first. It names nobody: whose a case
// is, the case itself says to whom it names.
import { useAsk } from "../asking";
import { board, type Row, type Shown } from "../models/cases";
import { count } from "../models/money";
import { repeatsOf } from "../models/repeats";
import { CommandForm, useDoing } from "../parts/doing";
import { Due, useNow } from "../parts/due";
import { Steps } from "../parts/figures";
import { Figures, Stage, Wait } from "../parts/show";
import { go, to } from "../place";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { named, useWords } from "../words";
import { CallBacks } from "./call-backs";
import { Running } from "./repeats";

export function Cases({ community }: ViewProps) {
  const say = useWords();
  const now = useNow();
  const answer = useAsk<{ cases: Row[]; more: number }>(community, "aid-board");
  const { nameOf } = useOrgs(community);
  const { member, roles } = useStanding(community);
  return (
    <>
      <p class="quiet">{say("cases.about")}</p>
      <Wait of={answer}>
        {({ cases, more }) => {
          const b = board(cases, now);
          return (
            <>
              <Figures
                of={[
                  ["cases.count", count(b.cases.length + more)],
                  ["cases.late", count(b.late)],
                  ["cases.soon", count(b.soon)],
                  ["cases.nobodys", count(b.nobodys)],
                  ["call_backs.title", count(b.calls.length)],
                ]}
              />
              {b.cases.length === 0 && <p class="quiet">{say("cases.none")}</p>}
              <ul class="cards" id="cases">
                {b.cases.map((c) => (
                  <li key={c.case}>
                    <Card community={community} one={c} nameOf={nameOf} member={member} />
                  </li>
                ))}
              </ul>
              {more > 0 && <p class="quiet">{say("cases.more", { more: count(more) })}</p>}
              <Repeats community={community} cases={b.cases} />
              {roles.has(Role.Officer) && <CallBacks community={community} rows={b.calls} now={now} />}
            </>
          );
        }}
      </Wait>
    </>
  );
}

/** Repeats is what is done again and again, that first at which nobody came. */
function Repeats({ community, cases }: { community: string; cases: Shown[] }) {
  const say = useWords();
  const rows = repeatsOf(cases);
  return (
    <section aria-labelledby="repeats">
      <h2 id="repeats">{say("repeats.title")}</h2>
      {rows.length === 0 && <p class="quiet">{say("repeats.none")}</p>}
      <ul class="cards">
        {rows.map(({ of, repeat }) => (
          <li key={repeat.order}>
            <h3>
              <a href={to(community, "cases", of.case)}>{`${named("category", of.category)} · ${of.name}`}</a>
            </h3>
            <Running of={repeat} unit={of.unit} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface CardProps {
  community: string;
  one: Shown;
  nameOf(org: string): string;
  member: string;
}

function Card({ community, one, nameOf, member }: CardProps) {
  const say = useWords();
  const title = `${named("category", one.category)} · ${one.name}`;
  return (
    <>
      <h2>{one.why === "nobodys" ? title : <a href={to(community, "cases", one.case)}>{title}</a>}</h2>
      <p class="row">
        <Stage prefix="case" of={one.state} />
        <span class={one.urgency === 1 ? "bad" : "quiet"}>{named("urgency", one.urgency)}</span>
        <span class="quiet">
          {named("why", one.why)}
          {one.org && one.why !== "ours" ? ` · ${nameOf(one.org)}` : ""}
        </span>
      </p>
      <p>
        {one.clock > 0 && <>{named("clock", one.clock)} </>}
        <Due left={one.left} at={one.due} />
      </p>
      {one.late > 0 && <p class="bad">{say("cases.missed", { times: one.late })}</p>}
      <Steps
        steps={one.steps.map((s) => ({
          name: say(`cases.${s.key}`),
          amount: `${count(s.amount)} ${named("unit", one.unit)}`,
          part: s.part,
        }))}
      />
      {one.why === "nobodys" && <TakeOn community={community} id={one.case} member={member} />}
    </>
  );
}

/** TakeOn is for what nobody has yet: whose a case is, stands open only to whoever has taken it on. */
function TakeOn({ community, id, member }: { community: string; id: string; member: string }) {
  const say = useWords();
  const doing = useDoing(community);
  return (
    <CommandForm
      doing={doing}
      label={say("step.assign")}
      onDone={() => go(to(community, "cases", id))}
      order={() => ({ operation: "aid.assign", path: `aid-cases/${id}/assignment`, body: { case: id, worker: member } })}
    />
  );
}
