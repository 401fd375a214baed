import { useState } from "react";
import { base64, fromBase64, sealBallot, secretBallotsHere, type components, type Device, type Outcome } from "@renlin/client";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Notice, Row, Show } from "@/parts/basics";
import { Choices, useTitle } from "@/parts/choices";
import { Consequence, Objections } from "@/parts/consequence";
import { Elsewhere } from "@/parts/elsewhere";
import { Helping, useHelping, type HelpingFor } from "@/parts/helping";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until, When } from "@/parts/when";
import { amiss, resultOf, secret, stageOf, type Chosen, type Poll as Put } from "@/models/polls";
import { secretly, secretStageOf, untilWhen } from "@/models/secret";
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
            {voted ? <Notice kind="good">{say(stage !== "open" ? "poll.voted_then" : helping.whom ? "poll.voted_for" : "poll.voted")}</Notice> : null}
            {secretly(poll) ? <Secret id={params.id} poll={poll} /> : null}
            {stage === "open" && !secret(poll) && poll.box_key ? (
              <Ballot device={device} id={params.id} poll={poll} voted={voted} again={loaded.again} helping={helping} {...result} />
            ) : null}
            {result.outcome && result.outcome.state === "done" ? <div className="rows"><Row to="receipts" title={say("poll.receipt")} note={say("poll.receipt_note")} /></div> : null}
            <Result poll={poll} />
            <Objections device={device} id={params.id} poll={poll} again={loaded.again} />
            {poll.motion && (poll.certified || poll.lapsed) ? <Consequence motion={poll.motion} /> : null}
          </>
        );
      }}
    </Show>
  );
}

/** Secret leads to the booth, or says where else one votes if this device has none. */
function Secret({ id, poll }: { id: string; poll: Put }) {
  const say = useWords();
  const why = secretBallotsHere();
  const stage = secretStageOf(poll);
  if (stage === "lapsed") return null;
  if (why) return <Elsewhere why={why} poll={poll} />;
  const until = untilWhen(poll);
  return (
    <>
      <Notice>{say("poll.secret")}</Notice>
      <div className="rows">
        <Row to="booth" params={{ id }} title={say(`secret.to_${stage}` as Word)} mark={say(`secret_stage.${stage}` as Word)} note={until ? <Until at={until} /> : undefined} />
      </div>
    </>
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
  broken?: "device" | "pictures";
  watch: (write: Promise<Outcome>) => Promise<Outcome | undefined>;
}

function Ballot({ device, id, poll, voted, again, helping, outcome, broken, watch }: Balloting) {
  const say = useWords();
  const [chosen, set] = useState<Chosen>({ options: [] });
  const [tried, setTried] = useState(false);
  const cast = async (): Promise<void> => {
    setTried(true);
    if (amiss(poll, chosen)) return;
    const voter = helping.whom || device.member;
    const once = `ballot ${id} ${voter} ${JSON.stringify(chosen)}`; // in memory only, never stored
    const sealed = await sealBallot(fromBase64(poll.box_key as string) as Uint8Array, id, voter, chosen);
    const message = { poll: id, voter, box: base64(sealed), mandate: helping.body.mandate };
    await watch(device.write("voting.cast", { poll: id }, message, { about: `poll/${id}`, once }));
    again();
  };
  return (
    <Card title={voted ? say("poll.again") : say("poll.choose")}>
      <Choices poll={poll} chosen={chosen} set={set} tried={tried} button={say("poll.cast")} />
      <Button id="cast" onPress={cast}>{say("poll.cast")}</Button>
      <OutcomeNotice outcome={outcome} broken={broken} done="poll.done" />
    </Card>
  );
}

function Result({ poll }: { poll: Put }) {
  const say = useWords();
  const titleOf = useTitle();
  const rows = resultOf(poll);
  if (!rows) return null;
  return (
    <Card title={say("poll.result")}>
      {rows.length === 0 ? <p>{say("poll.only_whether")}</p> : null}
      {rows.map((r) => (
        <p key={r.option.index}>
          {titleOf(r.option)}: <strong>{r.score > 0 ? say("poll.score", { n: r.score }) : say("poll.heads", { n: r.heads })}</strong>{r.won ? ` · ${say("poll.won")}` : ""}
        </p>
      ))}
    </Card>
  );
}
