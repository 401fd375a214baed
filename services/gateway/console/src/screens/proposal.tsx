// A proposed plan with its reasons: what makes up the cost of each match, who would be next, and what a unit would cost more then.
// Nothing is done by looking at it. Whoever agrees signs it as it is.
import { useState } from "preact/hooks";
import { useAsk, useRecords } from "../asking";
import { ofWork } from "../models/conflict";
import { explain, newest, type Answer, type Explained, type Plan, type Why } from "../models/matching";
import { count } from "../models/money";
import { scarcity, type Prices } from "../models/why";
import { usePerson } from "../parts/conflict";
import { CommandForm, useDoing } from "../parts/doing";
import { Bars } from "../parts/figures";
import { Id, Time, Wait } from "../parts/show";
import { useSkills } from "../parts/skills";
import { Next, Scarce } from "../parts/why";
import { useWords } from "../words";

export function Proposal({ community, answer }: { community: string; answer: Answer }) {
  const say = useWords();
  const [asked, ask] = useState(false);
  const doing = useDoing(community);
  const skillOf = useSkills(community);
  const person = usePerson(community);
  const mine = useAsk<{ providers: string[] | null }>(community, asked ? "matching/mine" : "");
  const own = (e: Explained) =>
    ofWork(person.orgs, mine.value?.providers ?? [], [{ provider: e.why.provider, org: e.provider?.org ?? "", part: "asked" }]);
  const proposal = useAsk<{ plan?: string; why: Why[] | null }>(community, asked ? "matching/proposal" : "");
  return (
    <>
      <h2>{say("proposal.title")}</h2>
      <p class="quiet">{say("proposal.about")}</p>
      {!asked && (
        <button type="button" id="propose" onClick={() => ask(true)}>
          {say("proposal.ask")}
        </button>
      )}
      {asked && (
        <Wait of={proposal}>
          {({ plan, why }) =>
            plan ? (
              <>
                {(why ?? []).length === 0 && <p class="notice">{say("proposal.only_shortages")}</p>}
                <ul class="cards">
                  {explain(why, answer).map((e) => (
                    <li key={e.why.need + e.why.provider}>
                      <Reasons skillOf={skillOf} of={e} />
                      {own(e) && <p class="notice">{say("conflict.plan_own")}</p>}
                    </li>
                  ))}
                </ul>
                <h3>{say("scarce.then")}</h3>
                <Scarce community={community} all={scarcity(JSON.parse(plan) as Prices)} />
                <CommandForm
                  doing={doing}
                  label={say("proposal.sign")}
                  about={plan}
                  onDone={() => ask(false)}
                  order={() => ({ operation: "matching.adopt_plan", path: "plans", body: JSON.parse(plan) as object })}
                >
                  <p>{say("proposal.sign_about")}</p>
                </CommandForm>
              </>
            ) : (
              <p>{say("proposal.nothing")}</p>
            )
          }
        </Wait>
      )}
      {!asked && doing.done && <p class="notice good">{say("proposal.signed")}</p>}
      <Newest community={community} />
    </>
  );
}

function Reasons({ skillOf, of }: { skillOf(code: string): string; of: Explained }) {
  const say = useWords();
  return (
    <>
      <h3>
        {of.need ? skillOf(of.need.skill) : ""} × {count(of.why.quantity)}
      </h3>
      <p>
        {say("proposal.match")} <Id of={of.why.need} /> → <Id of={of.why.provider} />
      </p>
      <Bars
        title={say("proposal.cost", { cost: count(of.total) })}
        head={[say("proposal.part"), say("proposal.unit")]}
        empty=""
        whole={Math.max(of.total, 1)}
        data={of.parts.map((p) => ({ name: say(`cost.${p.key}`), value: p.cost }))}
      />
      <p>
        <Next next={of.why.next} extra={of.why.extra} />
      </p>
    </>
  );
}

/** Newest shows what was scarce when the newest plan was adopted. */
function Newest({ community }: { community: string }) {
  const say = useWords();
  const plans = useRecords<Plan>(community, "plan", 1000);
  const last = newest(plans.value ?? []);
  if (!last) return null;
  return (
    <>
      <h2>{say("scarce.title")}</h2>
      <p class="quiet">
        {say("scarce.about")} <Time ms={last.plan.adopted_at} />
      </p>
      <Scarce community={community} all={scarcity(last.plan)} />
    </>
  );
}
