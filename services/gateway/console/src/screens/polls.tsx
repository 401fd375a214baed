// Polls: their rules in words, how the notice came to the voters, and after the count the certificate with every inequality written out.
// Before the close nobody, here or anywhere, sees how it stands: the record holds no count, and this page makes none of the ballots.
import type { components } from "@renlin/client/schema";
import { idOf, useRecord, useRecords } from "../asking";
import { Figures, Pages, squareMetres, Stage, Table, Time, Wait } from "../parts/show";
import { reachedBy, type Delivery } from "../models/polls";
import { Organiser } from "../parts/conflict";
import { Rules } from "../parts/rules";
import { Came, Extended, Planned, Reached, Taking, Ways } from "../parts/turnout";
import { to } from "../place";
import { stageOfPoll, type Poll } from "../records";
import type { ViewProps } from "../screens";
import { Role, useStanding } from "../standing";
import { useRules } from "../told";
import { named, useWords, type Key } from "../words";

export function Polls({ community }: ViewProps) {
  const say = useWords();
  const list = useRecords<Poll>(community, "poll", 100);
  const rules = useRules(community);
  const { orgOf } = useStanding(community);
  const own = orgOf(Role.Convener);
  const mayCall = !!own && (rules.value?.matters ?? []).some((m) => m.direct_convener === own);
  return (
    <>
      {mayCall && (
        <p>
          <a class="button" href={to(community, "polls", "new")}>
            {say("poll_new.title")}
          </a>
        </p>
      )}
      <p>
        <a href={to(community, "polls", "keepers")}>{say("keepers.title")}</a>
      </p>
      <Wait of={list}>
        {(all) => (
          <>
            {all.length === 0 && <p class="quiet">{say("polls.none")}</p>}
            <ul class="cards">
              {all.map((p) => (
                <li key={p.path}>
                  <h2>
                    <a href={to(community, "polls", idOf(p))}>{p.state.question?.title || p.state.matter}</a>
                  </h2>
                  <p>
                    <Stage prefix="stage" of={stageOfPoll(p.state)} />
                  </p>
                  {p.state.closes_at ? (
                    <p class="quiet">
                      {say("today.until")} <Time ms={p.state.closes_at} />
                    </p>
                  ) : null}
                </li>
              ))}
            </ul>
            <Pages of={list} />
          </>
        )}
      </Wait>
    </>
  );
}

export function PollView({ community, params }: ViewProps) {
  const say = useWords();
  const record = useRecord<Poll>(community, `poll/${params.poll}`);
  const rules = useRules(community, params.poll);
  const me = useStanding(community).member;
  return (
    <Wait of={record}>
      {({ state: p }) => (
        <>
          <h2>{p.question?.title || p.matter}</h2>
          <p>
            <Stage prefix="stage" of={stageOfPoll(p)} />
          </p>
          <p class="words">{p.question?.text}</p>
          {(p.question?.options ?? []).length > 0 && (
            <ol>
              {p.question!.options!.map((o) => (
                <li key={o!.code}>{o!.title}</li>
              ))}
            </ol>
          )}
          <Figures
            of={[
              ["polls.opened", <Time ms={p.opened_at} />],
              ["polls.closes", <Time ms={p.closes_at} />],
              ["polls.voters", p.roll?.voters ?? "–"],
            ]}
          />
          {p.lapsed && (
            <p class="notice bad">
              {say("polls.lapsed")} <span class="mono code">{p.lapsed}</span>
            </p>
          )}
          {p.key_missing && <p class="notice bad">{say("polls.key_missing")}</p>}
          {p.convener && p.convener === me && <Organiser />}
          {(p.rounds ?? 0) > 0 || p.late ? <Extended of={p} /> : null}
          {p.tally ? <Certificate of={p} /> : <p class="notice">{say("polls.not_counted")}</p>}
          {p.tally ? <Came of={p.tally} /> : p.opened_at ? <Taking community={community} id={params.poll} of={p} /> : null}
          {p.notice && <Told community={community} id={params.poll} of={p} />}
          <h2>{say("polls.rules")}</h2>
          <Wait of={rules}>{({ matters }) => <Rules of={matters[0]} />}</Wait>
          <p>
            <a href={`/c/${community}/decisions/${params.poll}`}>{say("polls.public")}</a>
          </p>
        </>
      )}
    </Wait>
  );
}

const answers = ["answer.yes", "answer.no", "answer.abstain"] as const;

type OptionTotal = components["schemas"]["voting.v1.OptionTotal"];

/** shown are the measures besides heads; a table has a column for each that a poll counts by. */
const shown: { title: Key; has(o: OptionTotal): boolean; of(o: OptionTotal): string }[] = [
  { title: "polls.score", has: (o) => !!o.score, of: (o) => String(o.score ?? 0) },
  { title: "polls.area", has: (o) => !!o.area_centi_m2, of: (o) => squareMetres(o.area_centi_m2 ?? 0) },
];

function Certificate({ of: p }: { of: Poll }) {
  const say = useWords();
  const t = p.tally!;
  const totals = t.totals ?? [];
  const measures = shown.filter((m) => totals.some((o) => m.has(o!)));
  const title = (i: number) => p.question?.options?.[i]?.title ?? say(answers[Math.min(i, 2)]);
  return (
    <section aria-labelledby="certificate">
      <h2 id="certificate">{say(p.certified ? "polls.certificate" : "polls.count")}</h2>
      <p class="notice">
        <strong>{named("result", t.result ?? 0)}</strong>
      </p>
      <p>{say("polls.ballots", { ballots: t.ballots ?? 0, valid: t.valid ?? 0, replaced: t.replaced ?? 0 })}</p>
      <Table caption={say("polls.count")} head={[say("polls.option"), say("polls.heads"), ...measures.map((m) => say(m.title))]}>
        {totals.map((o) => (
          <tr key={o!.option ?? 0}>
            <th scope="row">
              {title(o!.option ?? 0)}
              {(t.winners ?? []).includes(o!.option ?? 0) && <span class="good"> · {say("polls.won")}</span>}
            </th>
            <td class="number">{o!.heads ?? 0}</td>
            {measures.map((m) => (
              <td class="number">{m.of(o!)}</td>
            ))}
          </tr>
        ))}
      </Table>
      {(t.inequalities ?? []).length > 0 && <h3>{say("polls.inequalities")}</h3>}
      <ul class="ways">
        {(t.inequalities ?? []).map((q) => (
          <li key={q!.left! + q!.right}>
            <span class="mono">
              {q!.left} {q!.sign} {q!.right}
            </span>{" "}
            <strong class={q!.holds ? "good" : "bad"}>{say(q!.holds ? "polls.holds" : "polls.fails")}</strong>
          </li>
        ))}
      </ul>
      {p.objections_until && !p.certified ? (
        <p>
          {say("polls.objections_until")} <Time ms={p.objections_until} />
        </p>
      ) : null}
      {p.certified && (
        <p class="row">
          <button type="button" class="plain" onClick={() => print()}>
            {say("print")}
          </button>
        </p>
      )}
    </section>
  );
}

/** Told is how the notice came to the voters. It says who was reached, which is not who has voted. */
function Told({ community, id, of: p }: { community: string; id: string; of: Poll }) {
  const say = useWords();
  const { roles } = useStanding(community);
  const n = p.notice!;
  return (
    <section aria-labelledby="notice">
      <h2 id="notice">{say("polls.notice")}</h2>
      <Figures
        of={[
          ["polls.issued", <Time ms={n.issued_at} />],
          ["polls.reminders", n.reminders ?? 0],
          ["polls.reminded", <Time ms={n.reminded} />],
        ]}
      />
      <Planned of={p} />
      {n.warning && <p class="notice">{n.warning}</p>}
      {p.tally?.notice ? (
        <Reached of={p.tally.notice} />
      ) : (
        roles.has(Role.Officer) && <Deliveries community={community} id={id} voters={n.roll?.voters ?? 0} />
      )}
    </section>
  );
}

function Deliveries({ community, id, voters }: { community: string; id: string; voters: number }) {
  const say = useWords();
  const list = useRecords<Delivery>(community, `poll/${id}/delivery`, 1000);
  return (
    <Wait of={list}>
      {(all) => {
        const ways = reachedBy(all.map((d) => d.state));
        return (
          <>
            <p>{say(list.forward || list.back ? "polls.reached_here" : "polls.reached", { reached: ways.reached, voters })}</p>
            <Ways of={ways} />
            <Pages of={list} />
          </>
        );
      }}
    </Wait>
  );
}
