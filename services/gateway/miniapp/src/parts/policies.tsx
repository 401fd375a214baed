import { useState } from "react";
import type { Device } from "@renlin/client";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { rollCall, waitingPolicies, type Told } from "@/core/policies";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Notice, Row, Show } from "./basics";
import { Helping, useHelping } from "./helping";
import { OutcomeNotice, useOutcome } from "./outcome";
import { Until, When } from "./when";
import { titleIn } from "@/models/matters";

/** Policies are the notices of policies that wait for the word that they came: one's own, of those for whom one speaks, and of those whom one helps. */
export function Policies({ device }: { device: Device }) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const helping = useHelping(device, "AID");
  const loaded = useLoad((d) => waitingPolicies(d, helping.whom), [helping.whom]);
  const came = async (notice: string, beneficiary?: string): Promise<void> => {
    const body = { notice, ...(beneficiary ? { beneficiary } : {}), ...helping.body };
    await result.watch(device.write("aid.confirm_notice", { notice }, body, { about: `policy-notice/${notice}`, once: `came ${JSON.stringify(body)}` }));
    loaded.again();
  };
  return (
    <>
      <Helping {...helping} />
      <OutcomeNotice {...result} done="policy.done" />
      <Show of={loaded}>
        {(list) => (
          <>
            {list.map(({ notice, beneficiary, told }) => told && (
              <Card key={`${notice}${beneficiary || ""}`} title={titleIn(told.title, language)}>
                <p className="quiet">{say(told.kind === rollCall ? "rollcall.kind" : "policy.kind")} · <When at={told.published_at} /></p>
                <p className="words">{told.text}</p>
                {beneficiary && !helping.whom ? <Notice>{say("policy.file")}</Notice> : null}
                {told.reach_by > gateway.now() ? <p className="quiet"><Until at={told.reach_by} /></p> : null}
                <Button id={`came-${notice}`} onPress={() => came(notice, beneficiary)}>{say(told.kind === rollCall ? (helping.whom ? "rollcall.they_safe" : "rollcall.safe") : "policy.came")}</Button>
              </Card>
            ))}
          </>
        )}
      </Show>
      <Earlier device={device} />
    </>
  );
}

interface Answered {
  id: string;
  told: Told;
  at?: number;
}

const everyone = 1, sealed = 4; // scopes, by their numbers on the record

/** Earlier are the notices of before, once they are asked for: which of them one has confirmed, and by whose hand; and those of a sealed list, answered by a code. */
function Earlier({ device }: { device: Device }) {
  const say = useWords();
  const { language } = useSettings();
  const [open, setOpen] = useState(false);
  const loaded = useLoad(async (d): Promise<Answered[]> => {
    if (!open) return [];
    const all = (await d.records<Told>("policy-notice", 200)).sort((a, b) => b.state.published_at - a.state.published_at).slice(0, 20);
    const waiting = new Set((await waitingPolicies(d)).map((n) => n.notice));
    const looked = await Promise.all(all.filter((n) => !waiting.has(n.id)).map(async ({ id, state }) => {
      const mine = await d.record<{ proofs?: { at: number }[] }>(`policy-notice/${id}/addressee/${d.member}`).catch(() => undefined);
      return { id, told: state, at: mine && mine.body.proofs && mine.body.proofs[0] && mine.body.proofs[0].at };
    }));
    return looked.filter((n) => n.at !== undefined || n.told.scope === everyone || n.told.scope === sealed);
  }, [open, device.member]);
  return (
    <>
      <div className="rows"><Row to="answer" title={say("answer.title")} note={say("answer.note")} /></div>
      {open ? (
        <Show of={loaded}>
          {(list) => (
            <Card title={say("policy.earlier")}>
              {list.length === 0 ? <p className="quiet">{say("policy.no_earlier")}</p> : null}
              {list.map(({ id, told, at }) => (
                <div key={id} className="consent">
                  <p><strong>{titleIn(told.title, language)}</strong></p>
                  <p className="words">{told.text}</p>
                  <p>{at !== undefined ? <><span className="mark good">✓ {say("policy.answered")}</span> <When at={at} /></>
                    : <span className="mark">{say(told.scope === sealed ? "policy.sealed" : "policy.not_mine")}</span>}</p>
                </div>
              ))}
            </Card>
          )}
        </Show>
      ) : <Button kind="plain" id="policies-earlier" onPress={() => setOpen(true)}>{say("policy.look_earlier")}</Button>}
    </>
  );
}
