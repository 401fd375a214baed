import { useState } from "react";
import type { Home, Kept } from "@renlin/client";
import { useLoad } from "@/core/load";
import { inBrowser } from "@/core/platform";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Show } from "@/parts/basics";
import { Passing, Verdict, verify, type Found } from "@/parts/receipt";
import { Scan } from "@/parts/scan";
import { When } from "@/parts/when";
import { receiptIn } from "@/models/receipts";
import type { Shown } from ".";

// known are the operations that have words of their own.
const known = [
  "voting.cast", "voting.register", "voting.object", "proposal.post", "proposal.second", "proposal.submit", "proposal.react", "proposal.propose_merge",
  "proposal.consent_to_merge", "community.enrol_key",
];

/** Receipts are the proofs that this device keeps, and a place to check any other. Checking needs no network. */
export function Receipts({ device }: Shown) {
  const say = useWords();
  const loaded = useLoad((d) => d.receipts());
  const [text, setText] = useState("");
  const [found, setFound] = useState<Found>();
  const look = (said: string): Found => verify(receiptIn(said) || said, device.home);
  return (
    <>
      <p>{say("receipts.lead")}</p>
      <Show of={loaded}>
        {(kept) => (
          <>
            {kept.length === 0 ? <p className="quiet">{say("receipts.none")}</p> : null}
            {kept.slice(0, 50).map((k) => <Receipt key={k.receipt} kept={k} home={device.home} />)}
          </>
        )}
      </Show>
      <Card title={say("receipts.other")}>
        <Scan id="scan" onRead={(read) => {
          setText(read);
          setFound(look(read));
        }} />
        <Field id="receipt" label={say("receipts.text")} value={text} onType={setText} long max={5000} />
        <Button id="check" disabled={text.trim() === ""} onPress={() => setFound(look(text))}>{say("receipts.check")}</Button>
        {found ? <Verdict found={found} /> : null}
        {inBrowser ? <p><a className="link" href={`/c/${device.home.id}/receipt`}>{say("receipts.page")}</a></p> : null}
      </Card>
    </>
  );
}

function Receipt({ kept, home }: { kept: Kept; home: Home }) {
  const say = useWords();
  const what = known.includes(kept.operation) ? say(`did.${kept.operation}` as Word) : say("did.other");
  return (
    <Card title={what}>
      <p className="quiet"><When at={kept.at} /></p>
      <Verdict found={verify(kept.receipt, home)} />
      <Passing receipt={kept.receipt} home={home} />
    </Card>
  );
}
