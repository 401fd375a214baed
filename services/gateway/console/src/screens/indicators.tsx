// Indicators as charts: how fairly and safely needs are served, in how few hands service lies, and how many people asked for what. Small
// groups are told together or not at all; the services see to that, and the screen says where.
import { useAsk } from "../asking";
import { bridges, failures, hands, rates, shortages, sums, type Report, type Table } from "../models/indicators";
import { count, percent } from "../models/money";
import { Bars } from "../parts/figures";
import { List } from "../parts/list";
import { Figures, Wait } from "../parts/show";
import { useSkills } from "../parts/skills";
import type { ViewProps } from "../screens";
import { useOrgs } from "../standing";
import { named, useWords } from "../words";

export function Indicators({ community }: ViewProps) {
  const report = useAsk<Report>(community, "matching/report");
  const figures = useAsk<Table>(community, "aid-figures");
  return (
    <>
      <Wait of={report}>
        {(r) => (
          <>
            <Fairness of={r} />
            <Safety community={community} of={r} />
          </>
        )}
      </Wait>
      <Wait of={figures}>{(t) => <People of={t} />}</Wait>
    </>
  );
}

function Fairness({ of }: { of: Report }) {
  const say = useWords();
  const f = of.fairness;
  const share = (n: number) => (n < 0 ? say("indicators.hidden") : percent(n));
  const span = (n: number) => (n < 0 ? say("indicators.hidden") : say("span.minutes", { minutes: n }));
  return (
    <>
      <h2>{say("indicators.fairness")}</h2>
      <Figures
        of={[
          ["indicators.rate", share(f.rate_permille)],
          ["indicators.lowest", share(f.lowest_group_rate_permille)],
          ["indicators.gini", share(f.gini_permille)],
          ["indicators.wait", span(f.wait_p90_minutes)],
          ["indicators.wait_vulnerable", span(f.wait_p90_minutes_vulnerable)],
        ]}
      />
      <p class="quiet">{say("indicators.gini_about")}</p>
      <p class="quiet">{say("indicators.least", { least: of.least })}</p>
      <Bars
        title={say("indicators.rates")}
        head={[say("indicators.group"), say("indicators.rate")]}
        empty={say("indicators.nothing")}
        whole={1000}
        data={rates(of).map((g) => ({
          ...g,
          name:
            (g.square ? say("indicators.square", { square: g.square }) : say("indicators.small")) +
            (g.vulnerable ? ` · ${say("matching.vulnerable")}` : ""),
          label: percent(g.value),
        }))}
      />
      <Bars
        title={say("indicators.shortages")}
        head={[say("indicators.why"), say("matching.units")]}
        empty={say("indicators.nothing_waits")}
        data={shortages(of).map((d) => ({ ...d, name: named("short", d.name) }))}
      />
    </>
  );
}

function Safety({ community, of }: { community: string; of: Report }) {
  const say = useWords();
  const orgs = useOrgs(community);
  const skillOf = useSkills(community);
  return (
    <>
      <h2>{say("indicators.safety")}</h2>
      <Figures
        of={[
          ["indicators.redundancy", percent(of.redundancy.index_permille)],
          ["indicators.redundancy_planned", percent(of.redundancy.replanned_permille)],
        ]}
      />
      <p class="quiet">{say("indicators.safety_about")}</p>
      <List
        caption={say("indicators.failures")}
        rows={failures(of)}
        id={(f) => f.org}
        empty={say("indicators.nothing")}
        columns={[
          { head: say("indicators.fails"), cell: (f) => orgs.nameOf(f.org) },
          { head: say("indicators.held"), number: true, cell: (f) => count(f.held) },
          { head: say("indicators.covered"), number: true, cell: (f) => `${count(f.covered)} · ${percent(f.part)}` },
          {
            head: say("indicators.replanned"),
            number: true,
            cell: (f) => (f.unreckoned ? say("indicators.unreckoned") : count(f.replanned)),
          },
          {
            head: say("indicators.lost"),
            number: true,
            cell: (f) => (f.lost > 0 ? <span class="bad">{count(f.lost)}</span> : count(0)),
          },
        ]}
      />
      <Bars
        title={say("indicators.hands")}
        head={[say("indicators.skill"), say("indicators.hhi")]}
        hidden={say("indicators.hidden")}
        empty={say("indicators.nothing")}
        whole={1000}
        data={hands(of).map((d) => ({
          ...d,
          name: skillOf(d.name),
          label: d.tone === "bad" ? say("indicators.few", { share: percent(d.value) }) : percent(d.value),
        }))}
      />
      <Bars
        title={say("indicators.bridges")}
        head={[say("indicators.fails"), say("indicators.constraint")]}
        empty={say("indicators.nothing")}
        whole={1000}
        data={bridges(of).map((d) => ({ ...d, name: orgs.nameOf(d.name), label: percent(d.value) }))}
      />
      {of.constraint_left_out ? <p class="quiet">{say("indicators.left_out", { count: of.constraint_left_out })}</p> : null}
    </>
  );
}

function People({ of }: { of: Table }) {
  const say = useWords();
  return (
    <>
      <h2>{say("indicators.people")}</h2>
      <p class="quiet">{say("indicators.least", { least: of.least })}</p>
      <Bars
        title={say("indicators.asked")}
        head={[say("indicators.category"), say("indicators.count")]}
        hidden={say("indicators.hidden")}
        empty={say("indicators.nothing")}
        data={sums(of).map((d) => ({ ...d, name: named("category", d.name) }))}
      />
    </>
  );
}
