import { useState } from "react";
import type { Device } from "@renlin/client";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import { Button, Card, Notice } from "./basics";
import { grouped } from "@/models/entry";
import { may, type About, type Mandate } from "@/models/mandates";

export interface HelpingFor {
  mandates: Mandate[];
  chosen?: Mandate;
  choose: (m?: Mandate) => void;
  /** For whom it is done; undefined for oneself. */
  whom?: string;
  /** What a command says of it. */
  body: { principal?: string; mandate?: string };
}

/** useHelping lets a helper do what a screen does for somebody else, under a mandate that allows this act, and reaches what it is about. */
export function useHelping(_: Device, act: string, about: About = {}): HelpingFor {
  const [picked, choose] = useState<Mandate>();
  const { value } = useLoad(async (d) => may((await d.read("gateway.mandates")).body.mandates, d.member, act, gateway.now(), about),
    [act, about.matter, about.poll]);
  // One that was revoked meanwhile, or does not reach what is chosen now, is let go: what follows is for oneself, and the screen says so.
  const chosen = value && picked ? value.find((m) => m.mandate === picked.mandate) : picked;
  const whom = chosen && chosen.terms.principal;
  return { mandates: value || [], chosen, choose, whom, body: chosen ? { principal: whom, mandate: chosen.mandate } : {} };
}

/** Helping asks for whom, and says so with both names for as long as it is somebody else. Who has no mandate sees nothing of it. */
export function Helping({ mandates, chosen, choose, whom }: HelpingFor) {
  const say = useWords();
  if (mandates.length === 0) return null;
  return (
    <Card title={say("helping.whom")}>
      <div className="choices">
        <Button kind="plain" chosen={!chosen} onPress={() => choose(undefined)}>{say("helping.self")}</Button>
        {mandates.map((m) => (
          <Button kind="plain" key={m.mandate} chosen={chosen?.mandate === m.mandate} onPress={() => choose(m)}>
            {say("helping.for", { who: grouped(m.terms.principal).slice(0, 9) })}
          </Button>
        ))}
      </div>
      {whom ? <Notice>{say("helping.both", { who: grouped(whom) })}</Notice> : null}
    </Card>
  );
}
