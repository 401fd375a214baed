import type { Device } from "@renlin/client";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { rollCall, waitingPolicies } from "@/core/policies";
import { useSettings, useWords } from "@/core/settings";
import { go } from "@/core/go";
import { Button, Card } from "./basics";
import { OutcomeNotice, useOutcome } from "./outcome";
import { Until } from "./when";
import { titleIn } from "@/models/matters";

/** RollCalls asks whoever has not answered whether they are safe: one large button, and help beside it. Who has answered, or is asked nothing, sees nothing. */
export function RollCalls({ device, help = true }: { device: Device; help?: boolean }) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const loaded = useLoad(async (d) => (await waitingPolicies(d).catch(() => [])).filter((n) => n.told && n.told.kind === rollCall));
  const safe = async (notice: string): Promise<void> => {
    await result.watch(device.write("aid.confirm_notice", { notice }, { notice }, { about: `policy-notice/${notice}`, once: `safe ${notice}`, waitHours: 24 }));
    loaded.again();
  };
  return (
    <div className="crisis">
      {(loaded.value || []).map(({ notice, told }) => told && (
        <Card key={notice} title={titleIn(told.title, language)}>
          <p className="words">{told.text}</p>
          {told.reach_by > gateway.now() ? <p><Until at={told.reach_by} /></p> : <p>{say("rollcall.late")}</p>}
          <div className="answer"><Button id={`safe-${notice}`} onPress={() => safe(notice)}>{say("rollcall.safe")}</Button></div>
          {help ? <div className="answer"><Button id={`unsafe-${notice}`} kind="danger" onPress={() => go("safe")}>{say("safe.need")}</Button></div> : null}
        </Card>
      ))}
      <OutcomeNotice {...result} done="rollcall.done" />
    </div>
  );
}
