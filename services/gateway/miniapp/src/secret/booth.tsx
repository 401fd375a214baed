import { useState } from "react";
import { secretBallotsHere, type components, type Device } from "@renlin/client";
import { useLoad } from "@/core/load";
import { usePulse } from "@/core/pulse";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Card, Notice, Show } from "@/parts/basics";
import { Elsewhere } from "@/parts/elsewhere";
import { Helping, useHelping } from "@/parts/helping";
import { Until } from "@/parts/when";
import { titleIn } from "@/models/matters";
import { secretStageOf, untilWhen } from "@/models/secret";
import type { Poll } from "@/models/polls";
import type { Shown } from "@/screens";
import { arithmetic, voterOf, type Arithmetic, type Kept, type Voter } from "./arithmetic";
import { Listed } from "./listed";
import { Register } from "./register";
import { Counted, Opened } from "./record";
import { Vote } from "./vote";

/** Here is what the booth knows of the poll and of this device's part in it. */
export interface Here {
  device: Device;
  secret: Arithmetic;
  voter: Voter;
  id: string;
  poll: Poll;
  kept?: Kept;
  /** Whether the record has the registration of this device's credential, and whether it has any of this voter. */
  stands: boolean;
  registered: boolean;
  org: string;
  /** Under which mandate, and for whom, a helper is here; absent for oneself. */
  mandate?: string;
  whom?: string;
  again: () => void;
}

/** BoothScreen is where one registers for a secret poll, fills a ballot in, tries the device, and casts. */
export function BoothScreen({ device, params }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const id = params.id;
  const why = secretBallotsHere();
  const [matter, setMatter] = useState<string>();
  const helping = useHelping(device, "BALLOTS", { poll: id, matter });
  const { whom } = helping;
  const loaded = useLoad(async (d) => {
    const poll = await d.record<Poll>(`poll/${id}`);
    if (!poll) return undefined;
    setMatter(poll.body.matter);
    if (why) return { poll: poll.body };
    return { poll: poll.body, here: await look(d, id, poll.body, whom) };
  }, [id, whom]);
  const stage = loaded.value && secretStageOf(loaded.value.poll);
  return (
    <Show of={loaded}>
      {(value) => {
        if (!value) return <Notice kind="bad">{say("gone")}</Notice>;
        const { poll, here } = value;
        const question = poll.question as components["schemas"]["proposal.v1.Motion"] | null;
        const until = untilWhen(poll);
        return (
          <>
            <Card title={titleIn((question && question.title) || poll.matter, language)}>
              <p><span className="mark">{say(`secret_stage.${secretStageOf(poll)}` as Word)}</span> {until ? <Until at={until} /> : null}</p>
              {question && question.text ? <p className="words">{question.text}</p> : null}
              <p className="quiet">{say("secret.lead")}</p>
            </Card>
            {why ? <Elsewhere why={why} poll={poll} /> : null}
            {why ? null : <Helping {...helping} />}
            {whom ? <Notice kind="bad">{say("secret.for_other")}</Notice> : null}
            {here && here.whom === whom ? <Stage key={whom || ""} {...here} mandate={helping.body.mandate} again={loaded.again} /> : null}
            {stage === "key" || stage === "listing" ? <Pulse again={loaded.again} /> : null}
            <Limits hosted={device.key === undefined} />
          </>
        );
      }}
    </Show>
  );
}

async function look(device: Device, id: string, poll: Poll, whom?: string): Promise<Omit<Here, "again">> {
  const secret = await arithmetic();
  const voter = voterOf(secret, device, id, whom);
  const registration = await device.record<unknown>(`poll/${id}/registration/${whom || device.member}`);
  const org = poll.secret && poll.secret.registrar && poll.secret.registrar.org;
  const named = org ? await device.record<{ name: string }>(`org/${org}`) : undefined;
  return {
    device, secret, voter, id, poll, kept: await voter.kept(), stands: registration !== undefined && await voter.stands(),
    registered: registration !== undefined, whom, org: (named && named.body.name) || "",
  };
}

function Stage(here: Here) {
  const say = useWords();
  switch (secretStageOf(here.poll)) {
    case "key": return <Notice>{say("secret.wait_key")}</Notice>;
    case "registering": return <Register {...here} />;
    case "listing": return <Notice>{say("secret.wait_list")}</Notice>;
    case "contesting": return <Listed {...here} />;
    case "open": return <><Counted {...here} /><Vote {...here} /><Opened {...here} /></>;
    case "closed": return <><Counted {...here} /><Opened {...here} /></>;
    case "lapsed": return <Notice kind="bad">{say("secret.lapsed")}</Notice>;
  }
}

/** Pulse reads again by itself while one waits for others. */
function Pulse({ again }: { again: () => void }) {
  usePulse(again);
  return null;
}

/** Limits says what a secret poll does not promise, where it is of use: before one votes. */
function Limits({ hosted }: { hosted: boolean }) {
  const say = useWords();
  return (
    <>
      {hosted ? <Notice kind="bad">{say("secret.hosted")}</Notice> : null}
      <Card title={say("secret.limits")}>
        {([1, 2, 3, 4] as const).map((n) => <p key={n}>{say(`secret.limit_${n}` as Word)}</p>)}
      </Card>
    </>
  );
}
