import type { Device } from "@renlin/client";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Show } from "./basics";
import { OutcomeNotice, useOutcome } from "./outcome";
import { consented, purposes, type Beneficiary, type Purpose } from "@/models/aid";

/** Consents are what somebody has agreed to, each purpose by itself, and the way to take each back at once. */
export function Consents({ beneficiary, device }: { beneficiary: string; device: Device }) {
  const say = useWords();
  const result = useOutcome();
  const loaded = useLoad(async (d) => (await d.record<Beneficiary>(`beneficiary/${beneficiary}`))?.body, [beneficiary]);
  const change = async (purpose: Purpose, given: boolean): Promise<void> => {
    const body = { beneficiary, purpose: `CONSENT_PURPOSE_${purpose}` } as never;
    const operation = given ? "aid.withdraw_consent" : "aid.give_consent";
    await result.watch(device.write(operation, { beneficiary }, body, { about: `beneficiary/${beneficiary}/${purpose}`, once: `${operation} ${beneficiary} ${purpose}` }));
    loaded.again();
  };
  return (
    <Show of={loaded}>
      {(b) => {
        const given = b ? consented(b) : [];
        return (
          <Card title={say("consent.title")}>
            <p>{say("consent.lead")}</p>
            {purposes.map((p) => (
              <div key={p} className="consent">
                <p><strong>{say(`consent.${p}` as Word)}</strong> {given.includes(p) ? say("consent.given") : say("consent.not_given")}</p>
                <Button kind="plain" id={`consent-${p}`} onPress={() => change(p, given.includes(p))}>{given.includes(p) ? say("consent.take_back") : say("consent.give")}</Button>
              </div>
            ))}
            <OutcomeNotice {...result} done="consent.done" />
          </Card>
        );
      }}
    </Show>
  );
}
