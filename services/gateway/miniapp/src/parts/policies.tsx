import type { Device } from "@renlin/client";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { policies } from "@/core/policies";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Notice, Show } from "./basics";
import { Helping, useHelping } from "./helping";
import { OutcomeNotice, useOutcome } from "./outcome";
import { Until, When } from "./when";
import { titleIn } from "@/models/matters";

interface Told {
  title: string;
  text: string;
  published_at: number;
  reach_by: number;
}

/** Policies are the notices of policies that wait for the word that they came: one's own, of those for whom one speaks, and of those whom one helps. */
export function Policies({ device }: { device: Device }) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const helping = useHelping(device, "AID");
  const loaded = useLoad(async (d) => {
    const waiting = await policies(d, helping.whom);
    return Promise.all(waiting.slice(0, 30).map(async (n) => ({ ...n, told: (await d.record<Told>(`policy-notice/${n.notice}`))?.body })));
  }, [helping.whom]);
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
                <p className="quiet">{say("policy.kind")} · <When at={told.published_at} /></p>
                <p className="words">{told.text}</p>
                {beneficiary && !helping.whom ? <Notice>{say("policy.file")}</Notice> : null}
                {told.reach_by > gateway.now() ? <p className="quiet"><Until at={told.reach_by} /></p> : null}
                <Button id={`came-${notice}`} onPress={() => came(notice, beneficiary)}>{say("policy.came")}</Button>
              </Card>
            ))}
          </>
        )}
      </Show>
    </>
  );
}
