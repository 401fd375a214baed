// Why an assignment is as it is, and what is scarce: in sentences, with the numbers beside them for whoever may see them.
import { useAsk } from "../asking";
import { count } from "../models/money";
import { wayOf, type Explanation, type Price } from "../models/why";
import { useOrgs } from "../standing";
import { language, say, useWords } from "../words";
import { Bars } from "./figures";
import { Id, Wait } from "./show";
import { useSkills } from "./skills";

/** way says what a cost is as much as. */
export function way(cost: number): string {
  const w = wayOf(cost);
  return w.kind === "metres" ? say("why.metres", { metres: count(w.metres) }) : say(w.kind === "none" ? "why.nothing" : "why.waiting");
}

/** Why says of an assignment why this provider was asked first, who would have been next, and what that would have cost. */
export function Why({ community, assignment }: { community: string; assignment: string }) {
  const say = useWords();
  const answer = useAsk<Explanation>(community, `assignments/${assignment}/explanation`);
  return (
    <section aria-labelledby="why">
      <h2 id="why">{say("why.title")}</h2>
      <Wait of={answer}>
        {({ sentences, numbers: n }) => (
          <>
            {sentences.map((s) => (
              <p key={s.en}>{language.value === "zh" ? s.zh : s.en}</p>
            ))}
            {n && (
              <ul>
                <li>
                  <Next next={n.next} extra={n.extra} />
                </li>
                <li>{n.price > 0 ? say("why.price", { way: way(n.price), price: count(n.price) }) : say("why.room")}</li>
              </ul>
            )}
          </>
        )}
      </Wait>
    </section>
  );
}

/** Next says who would be asked if this one could not, and what a unit would cost more then. */
export function Next({ next, extra }: { next?: string; extra: number }) {
  const say = useWords();
  if (!next) return <>{say("why.nobody", { extra: count(extra) })}</>;
  return (
    <>
      {say("why.next")} <Id of={next} />
      {say("why.extra", { way: way(extra), extra: count(extra) })}
    </>
  );
}

const shownMax = 12;

/** Scarce draws what one more unit of each thing scarce would save a plan, and says it. */
export function Scarce({ community, all }: { community: string; all: Price[] }) {
  const say = useWords();
  const skillOf = useSkills(community);
  const { nameOf } = useOrgs(community);
  const shown = all.slice(0, shownMax);
  const what = (p: Price) => `${skillOf(p.skill)} · ${p.kind === "share" ? say("scarce.share", { org: nameOf(p.of) }) : p.of.slice(0, 8)}`;
  return (
    <>
      <Bars
        title={say("scarce.prices")}
        head={[say("scarce.offer"), say("scarce.price")]}
        empty={say("scarce.none")}
        data={shown.map((p) => ({ name: what(p), value: p.price }))}
      />
      {shown.length > 0 && (
        <ul>
          {shown.map((p) => (
            <li key={p.kind + p.of + p.skill}>{say("scarce.said", { what: what(p), way: way(p.price) })}</li>
          ))}
        </ul>
      )}
      {all.length > shownMax && <p class="quiet">{say("scarce.more", { count: all.length - shownMax })}</p>}
    </>
  );
}
