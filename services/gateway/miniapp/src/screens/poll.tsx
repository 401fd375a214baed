import { useState } from "react";
import { base64, fromBase64, sealBallot, type components, type Device, type Outcome } from "@renlin/client";
import { useLoad } from "@/core/load";
import { gateway } from "@/core/session";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Row, Show } from "@/parts/basics";
import { Helping, useHelping, type HelpingFor } from "@/parts/helping";
import { Objection } from "@/parts/objection";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until, When } from "@/parts/when";
import { amiss, choose, formOf, give, optionsOf, pointsMax, resultOf, secret, stageOf, type Chosen, type Option, type Poll as Put } from "@/models/polls";
import { titleIn } from "@/models/matters";
import type { Shown } from ".";

/** Poll shows one, takes a ballot while it is open, and the result once it is counted. */
export function Poll({ device, params }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const path = `poll/${params.id}`;
  const result = useOutcome();
  const helping = useHelping(device, "BALLOTS", { poll: params.id });
  const voter = helping.whom || device.member;
  const loaded = useLoad(async (d) => {
    const poll = await d.record<Put>(path);
    return poll && { poll: poll.body, voted: (await d.record<unknown>(`${path}/ballot/${voter}`)) !== undefined };
  }, [path, voter]);
  return (
    <Show of={loaded}>
      {(value) => {
        if (!value) return <Notice kind="bad">{say("gone")}</Notice>;
        const { poll, voted } = value;
        const stage = stageOf(poll);
        const question = poll.question as components["schemas"]["proposal.v1.Motion"] | null;
        return (
          <>
            <Card title={titleIn((question && question.title) || poll.matter, language)}>
              <p>
                <span className={`mark${stage === "adopted" ? " good" : stage === "not_adopted" || stage === "lapsed" ? " bad" : ""}`}>{say(`stage.${stage}` as Word)}</span>{" "}
                {stage === "open" && poll.closes_at ? <Until at={poll.closes_at} /> : poll.closed_at ? <When at={poll.closed_at} /> : null}
              </p>
              {question && question.text ? <p className="words">{question.text}</p> : null}
              {stage === "open" ? <p className="quiet">{say("poll.no_count")}</p> : null}
            </Card>
            {stage === "open" && !secret(poll) ? <Helping {...helping} /> : null}
            {voted ? <Notice kind="good">{say(helping.whom ? "poll.voted_for" : "poll.voted")}</Notice> : null}
            {stage === "open" && secret(poll) ? <Notice>{say("poll.secret")}</Notice> : null}
            {stage === "open" && !secret(poll) && poll.box_key ? (
              <Ballot device={device} id={params.id} poll={poll} voted={voted} again={loaded.again} helping={helping} {...result} />
            ) : null}
            {result.outcome && result.outcome.state === "done" ? <div className="rows"><Row to="receipts" title={say("poll.receipt")} note={say("poll.receipt_note")} /></div> : null}
            {stage === "objections" && (poll.objections_until || 0) > gateway.now() ? (
              <Objection device={device} poll={params.id} until={poll.objections_until || 0} matter={poll.matter} />
            ) : null}
            <Result poll={poll} />
          </>
        );
      }}
    </Show>
  );
}

interface Balloting {
  device: Device;
  id: string;
  poll: Put;
  voted: boolean;
  again: () => void;
  helping: HelpingFor;
  outcome?: Outcome;
  broken?: boolean;
  watch: (write: Promise<Outcome>) => Promise<Outcome | undefined>;
}

function Ballot({ device, id, poll, voted, again, helping, outcome, broken, watch }: Balloting) {
  const say = useWords();
  const [chosen, set] = useState<Chosen>({ options: [] });
  const [tried, setTried] = useState(false);
  const wrong = amiss(poll, chosen);
  const cast = async (): Promise<void> => {
    setTried(true);
    if (wrong) return;
    const voter = helping.whom || device.member;
    const once = `ballot ${id} ${voter} ${JSON.stringify(chosen)}`; // in memory only, never stored
    const sealed = await sealBallot(fromBase64(poll.box_key as string) as Uint8Array, id, voter, chosen);
    const message = { poll: id, voter, box: base64(sealed), mandate: helping.body.mandate };
    await watch(device.write("voting.cast", { poll: id }, message, { about: `poll/${id}`, once }));
    again();
  };
  return (
    <Card title={voted ? say("poll.again") : say("poll.choose")}>
      <p className="quiet">{say(`form.${formOf(poll)}` as Word)}</p>
      <div className="rows">
        {optionsOf(poll).map((o) => <Choice key={o.index} poll={poll} option={o} chosen={chosen} set={set} />)}
      </div>
      {tried && wrong ? <Notice kind="bad">{say(`amiss.${wrong.why}` as Word, { n: wrong.why === "cost" ? (wrong.n / 100).toFixed(2) : wrong.n })}</Notice> : null}
      <Button id="cast" onPress={cast}>{say("poll.cast")}</Button>
      <OutcomeNotice outcome={outcome} broken={broken} done="poll.done" />
    </Card>
  );
}

function Choice({ poll, option, chosen, set }: { poll: Put; option: Option; chosen: Chosen; set: (c: Chosen) => void }) {
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

function useTitle(): (o: Option) => string {
  const say = useWords();
  const { language } = useSettings();
  return (o) => {
    const title = o.title === undefined ? say(`yes_no.${o.index}` as Word) : titleIn(o.title, language);
    return o.costFen ? `${title} · ${say("yuan", { n: (o.costFen / 100).toFixed(2) })}` : title;
  };
}

function Result({ poll }: { poll: Put }) {
  const say = useWords();
  const titleOf = useTitle();
  const rows = resultOf(poll);
  if (!rows) return null;
  return (
    <Card title={say("poll.result")}>
      {rows.map((r) => (
        <p key={r.option.index}>
          {titleOf(r.option)}: <strong>{r.score > 0 ? say("poll.score", { n: r.score }) : say("poll.heads", { n: r.heads })}</strong>{r.won ? ` · ${say("poll.won")}` : ""}
        </p>
      ))}
    </Card>
  );
}
