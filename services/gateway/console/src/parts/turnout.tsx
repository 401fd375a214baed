// How much of a quorum there is while a poll is open, and afterwards by which ways ballots and notices came. No part of this, and nothing
// that the edge answers before the close, says how anybody has voted.
import type { components } from "@renlin/client/schema";
import { useAsk } from "../asking";
import { count } from "../models/money";
import { missing, needed, type Quorum, type Taking as Answer, type Ways as Told } from "../models/polls";
import type { Poll } from "../records";
import { named, say as text, useWords } from "../words";
import { Bars } from "./figures";
import { squareMetres, Time, Wait } from "./show";

type Schemas = components["schemas"];

const area = 2; // the measure in hundredths of a square metre

/** written gives an amount of a measure as people write it. */
const written = (measure: number, n: number): string => (measure === area ? text("turnout.area", { area: squareMetres(n) }) : count(n));

/** secrecyOpen is the last level of secrecy at which the record says who has voted. */
const secrecyOpen = 1;

/** Taking is the meter of an open poll: how many take part against what its rules ask. */
export function Taking({ community, id, of: p }: { community: string; id: string; of: Poll }) {
  const say = useWords();
  const secret = (p.rules?.secrecy?.secrecy ?? 0) > secrecyOpen;
  const answer = useAsk<Answer>(community, secret || p.closed ? "" : `polls/${id}/taking-part`);
  return (
    <section aria-labelledby="taking">
      <h2 id="taking">{say("turnout.title")}</h2>
      {secret && <p class="notice">{say("turnout.secret")}</p>}
      {!secret && p.closed && <p class="quiet">{say("turnout.counting")}</p>}
      {!secret && !p.closed && (
        <Wait of={answer}>
          {(t) =>
            t.told ? (
              <>
                <p>{say("turnout.cast", { cast: count(t.cast), voters: count(t.voters) })}</p>
                {t.silent ? <p>{say("turnout.silent", { silent: count(t.silent) })}</p> : null}
                {t.quorums.length === 0 && <p class="quiet">{say("turnout.no_quorum")}</p>}
                {t.quorums.map((q) => (
                  <Meter key={`${q.measure} ${q.numerator}/${q.denominator}`} of={q} />
                ))}
                <p class="quiet">{say("turnout.about")}</p>
              </>
            ) : (
              <p class="quiet">{say("turnout.counting")}</p>
            )
          }
        </Wait>
      )}
    </section>
  );
}

function Meter({ of: q }: { of: Quorum }) {
  const say = useWords();
  const name = named("measure", q.measure);
  const figures = { have: written(q.measure, q.have), need: written(q.measure, needed(q)), all: written(q.measure, q.all) };
  return (
    <div class="quorum">
      <p>
        <strong>{name}</strong> {say(q.strict ? "turnout.more_than" : "turnout.at_least", { share: `${q.numerator}/${q.denominator}` })}
        {say("colon")}
        {say("turnout.figures", figures)}{" "}
        <strong class={q.holds ? "good" : ""}>
          {q.holds ? say("turnout.reached") : say("turnout.missing", { missing: written(q.measure, missing(q)) })}
        </strong>
      </p>
      <Bars
        title={name}
        head={[say("turnout.part"), say("turnout.amount")]}
        empty=""
        whole={Math.max(q.all, 1)}
        data={[
          { name: say("turnout.have"), value: q.have, label: figures.have },
          { name: say("turnout.need"), value: needed(q), label: figures.need },
        ]}
      />
    </div>
  );
}

/** Extended says why the close was moved, and how often it still can be. */
export function Extended({ of: p }: { of: Poll }) {
  const say = useWords();
  return (
    <div class="notice">
      {p.late && <p>{say("turnout.late")}</p>}
      {(p.rounds ?? 0) > 0 && (
        <p>{say("turnout.rounds", { rounds: p.rounds ?? 0, max: p.rules?.turnout?.extension_rounds_max ?? 0 })}</p>
      )}
      <p>
        {say("turnout.closes")} <Time ms={p.closes_at} />
      </p>
    </div>
  );
}

/** Came says by which ways the ballots came, once they are counted. */
export function Came({ of: t }: { of: Schemas["voting.v1.Tally"] }) {
  const say = useWords();
  const by = t.cast_by;
  const shares = by && ([["device", by.device], ["hosted", by.hosted], ["helper", by.helper], ["paper", by.paper]] as const);
  const rows = t.channels
    ? (t.channels.channels ?? []).map((c) => ({ name: named("ballot_way", c?.channel ?? 0), value: c?.ballots ?? 0 }))
    : shares
      ? shares.flatMap(([key, s]) => (s?.ballots ? [{ name: named("cast_by", key), value: s.ballots }] : []))
      : [
          { name: say("cast_by.hosted"), value: t.hosted ?? 0 },
          { name: say("turnout.in_person"), value: t.in_person ?? 0 },
          { name: say("turnout.elsewise"), value: Math.max(0, (t.ballots ?? 0) - (t.hosted ?? 0) - (t.in_person ?? 0)) },
        ].filter((r) => r.value > 0);
  const c = t.channels;
  return (
    <section aria-labelledby="came">
      <h2 id="came">{say("turnout.ways")}</h2>
      <Bars title={say("turnout.ways")} head={[say("turnout.way"), say("turnout.ballots")]} empty={say("turnout.none")} data={rows} />
      <Stands of={t} />
      {c && (
        <p>
          {say("turnout.papers", {
            issued: c.papers_issued ?? 0,
            voided: c.papers_voided ?? 0,
            half: c.papers_half_entered ?? 0,
            disputed: (c.papers_disputed ?? 0) + (c.papers_unresolved ?? 0),
            superseded: c.papers_superseded ?? 0,
          })}
        </p>
      )}
      {t.turnout && (
        <p>{say("turnout.absent", { delivered: t.turnout.delivered ?? 0, undelivered: t.turnout.undelivered ?? 0 })}</p>
      )}
    </section>
  );
}

/** Stands says whether the result rests on ballots that others than the voter had a hand in. */
function Stands({ of: t }: { of: Schemas["voting.v1.Tally"] }) {
  const say = useWords();
  const lines: [boolean, boolean | undefined, string][] = [
    [(t.hosted ?? 0) > 0, t.stands_without_hosted, say("turnout.hosted")],
    [(t.cast_by?.helper?.ballots ?? 0) > 0, t.cast_by?.stands_without_helpers, say("turnout.helpers")],
    [(t.channels?.papers_issued ?? 0) > 0, t.channels?.stands_without_papers, say("turnout.paper")],
  ];
  return (
    <>
      {lines
        .filter(([asked]) => asked && !t.secret)
        .map(([, stands, what]) => (
          <p key={what}>{say(stands ? "turnout.stands" : "turnout.falls", { what })}</p>
        ))}
    </>
  );
}

/** Planned says when those who have not voted are reminded. */
export function Planned({ of: p }: { of: Poll }) {
  const say = useWords();
  const due = (p.rules?.notice?.reminder_seconds ?? []).map((s) => (p.closes_at ?? 0) - s * 1000).filter((at) => at > Date.now());
  if (p.closed || !p.closes_at || due.length === 0) return null;
  return (
    <p>
      {say("turnout.reminders")}{" "}
      {due.map((at, i) => (
        <>
          {i > 0 && " · "}
          <Time ms={at} />
        </>
      ))}
    </p>
  );
}

/** Ways says how the notice came to those of whom there is proof. */
export function Ways({ of }: { of: Told }) {
  const say = useWords();
  return (
    <>
      <Bars
        title={say("turnout.notices")}
        head={[say("turnout.way"), say("turnout.voters")]}
        empty={say("turnout.no_proof")}
        data={of.by.map((w) => ({
          name: named("delivery", w.channel),
          value: w.voters,
          label: say("turnout.in_time", { voters: count(w.voters), in_time: count(w.inTime) }),
        }))}
      />
      {of.failed > 0 && <p>{say("turnout.failed", { failed: of.failed })}</p>}
    </>
  );
}

/** Reached is the same as the count says it, for everybody. */
export function Reached({ of: n }: { of: Schemas["voting.v1.NoticeReport"] }) {
  const say = useWords();
  const by = (n.deliveries ?? []).map((d) => ({ channel: d?.channel ?? 0, voters: d?.voters ?? 0, inTime: d?.in_time ?? 0 }));
  return (
    <>
      <Ways of={{ by, reached: by.reduce((sum, d) => sum + d.voters, 0), failed: n.failed ?? 0 }} />
      <p>{say("turnout.untried", { untried: n.untried ?? 0 })}</p>
    </>
  );
}
