import { useRef, useState } from "react";
import { useWords } from "@/core/settings";
import { usePulse } from "@/core/pulse";
import { Button, Card, Notice } from "@/parts/basics";
import { Choices } from "@/parts/choices";
import { amiss, type Chosen } from "@/models/polls";
import { trackerOf } from "@/models/secret";
import { boothOf } from "./arithmetic";
import type { Here } from "./booth";
import { useDoing, Why } from "./doing";

type Ballot = ReturnType<InstanceType<Here["secret"]["Credential"]>["make"]>;

const drawn = (): Promise<void> => new Promise((done) => setTimeout(done, 30));

/** Vote fills a ballot in, shows its tracker, and then casts it or has it opened. What was made and not sent yet is in memory only: it says how one votes. */
export function Vote(here: Here) {
  const say = useWords();
  const { kept, stands, voter, device, secret, poll, again } = here;
  const [made, setMade] = useState<Ballot>();
  const [chosen, setChosen] = useState<Chosen>({ options: [] });
  const [tried, setTried] = useState(false);
  const doing = useDoing();
  if (!kept || !stands) return <Notice>{say("secret.no_credential")}</Notice>;
  if (kept.sending) return <Sending {...here} />;
  const make = (): Promise<void> => doing.run(async () => {
    setTried(true);
    if (amiss(poll, chosen)) return;
    await drawn(); // the button shows that something is under way before the arithmetic begins
    const booth = await boothOf(secret, device, voter);
    setMade(await booth.make(await booth.poll(), chosen));
  });
  const emptied = (): void => {
    setMade(undefined);
    setChosen({ options: [] });
    setTried(false);
  };
  const send = (challenged: boolean) => (): Promise<void> => doing.run(async () => {
    const ballot = made as Ballot;
    emptied(); // whatever comes of it, this very ballot is not handed out twice; what is sent is kept
    try {
      await voter.send(await boothOf(secret, device, voter), ballot, challenged);
    } finally {
      again();
    }
  });
  const before = kept.cast.some((c) => !c.challenged);
  return made ? (
    <Card title={say("secret.made")}>
      <p>{say("secret.made_what")}</p>
      <p className="quiet">{say("secret.tracker")}</p>
      <p className="number" id="tracker">{trackerOf(made.tracker)}</p>
      <Button id="cast" onPress={send(false)}>{say("secret.cast")}</Button>
      <Button id="challenge" kind="plain" onPress={send(true)}>{say("secret.challenge")}</Button>
      <p className="quiet">{say("secret.challenge_what")}</p>
      <Button id="refill" kind="plain" onPress={emptied}>{say("secret.refill")}</Button>
      <Why why={doing.why} />
    </Card>
  ) : (
    <Card title={say(before ? "secret.vote_again" : "secret.fill")}>
      <Choices poll={poll} chosen={chosen} set={setChosen} tried={tried} button={say("secret.make")} />
      <Button id="make" onPress={make}>{say("secret.make")}</Button>
      <Why why={doing.why} />
    </Card>
  );
}

/** Sending goes on with a ballot that is on its way, by itself while it is shown: also one of before the app was closed. */
function Sending({ voter, secret, device, again }: Here) {
  const say = useWords();
  const doing = useDoing();
  const going = useRef(false);
  const send = async (): Promise<void> => {
    if (going.current) return;
    going.current = true;
    await doing.run(async () => {
      try {
        await voter.resume(await boothOf(secret, device, voter));
      } finally {
        again();
      }
    });
    going.current = false;
  };
  usePulse(() => void send());
  return (
    <Card title={say("secret.sending_title")}>
      <p>{say("secret.sending")}</p>
      <Why why={doing.why} />
      <Button id="send" kind="plain" onPress={send}>{say("outbox.send")}</Button>
    </Card>
  );
}
