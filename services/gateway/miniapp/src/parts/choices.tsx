// A ballot's form, which is the same for open and secret polls: only what is made of it differs.
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Field, Notice } from "./basics";
import { amiss, choose, formOf, give, optionsOf, pointsMax, type Chosen, type Option, type Poll } from "@/models/polls";
import { titleIn } from "@/models/matters";

interface Choosing {
  poll: Poll;
  chosen: Chosen;
  set: (c: Chosen) => void;
  /** They wanted to go on: what is amiss is said. */
  tried: boolean;
  /** What the button says that comes next. */
  button: string;
}

/** Choices lets one fill a ballot in. */
export function Choices({ poll, chosen, set, tried, button }: Choosing) {
  const say = useWords();
  const wrong = amiss(poll, chosen);
  return (
    <>
      <p className="quiet">{say(`form.${formOf(poll)}` as Word, { button })}</p>
      <div className="rows">
        {optionsOf(poll).map((o) => <Choice key={o.index} poll={poll} option={o} chosen={chosen} set={set} />)}
      </div>
      {tried && wrong ? <Notice kind="bad">{say(`amiss.${wrong.why}` as Word, { n: wrong.why === "cost" ? (wrong.n / 100).toFixed(2) : wrong.n })}</Notice> : null}
    </>
  );
}

function Choice({ poll, option, chosen, set }: { poll: Poll; option: Option; chosen: Chosen; set: (c: Chosen) => void }) {
  const title = useTitle()(option);
  const place = chosen.options.indexOf(option.index);
  if (formOf(poll) === "points") {
    const points = place < 0 ? 0 : (chosen.points || [])[place];
    const most = pointsMax(poll) || 1_000_000;
    const type = (v: string): void => set(give(chosen, option.index, Math.min(most, Number(v.replace(/\D/g, "")) || 0)));
    return <Field id={`points-${option.index}`} label={title} type="tel" value={points ? String(points) : ""} onType={type} max={7} />;
  }
  const rank = formOf(poll) === "ranks" && place >= 0 ? `${place + 1}. ` : "";
  return (
    <Button kind="plain" id={`option-${option.index}`} chosen={place >= 0} onPress={() => set(choose(poll, chosen, option.index))}>{rank}{title}</Button>
  );
}

/** useTitle names an option. */
export function useTitle(): (o: Option) => string {
  const say = useWords();
  const { language } = useSettings();
  return (o) => {
    const title = o.title === undefined ? say(`yes_no.${o.index}` as Word) : titleIn(o.title, language);
    return o.costFen ? `${title} · ${say("yuan", { n: (o.costFen / 100).toFixed(2) })}` : title;
  };
}

/** useChosen writes a choice in words. */
export function useChosen(): (poll: Poll, chosen: Chosen) => string {
  const say = useWords();
  const { language } = useSettings();
  const titleOf = useTitle();
  return (poll, { options, points }) => {
    const all = optionsOf(poll);
    const list = options.map((o, i) => titleOf(all[o] || { index: o }) + (points && points[i] ? ` ${points[i]}` : ""));
    return list.length > 0 ? list.join(language === "zh" ? "、" : ", ") : say("secret.blank");
  };
}
