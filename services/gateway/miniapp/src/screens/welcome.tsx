import { useEffect, useState } from "react";
import { Refused, type Home } from "@renlin/client";
import { Button, Card, Field, Notice } from "@/parts/basics";
import { atTheMachine, inBrowser } from "@/core/platform";
import { byAccount, enrol, gateway, homes, restore, tryOut } from "@/core/session";
import { change, useSettings, useWords } from "@/core/settings";
import { readMember } from "@/models/entry";
import { titleIn } from "@/models/matters";

/** Welcome is the way in: a community, and then by an officer's code, by the platform's account, or at a pilot's own machine. */
export function Welcome() {
  const say = useWords();
  const { elder, language } = useSettings();
  const [known, setKnown] = useState<Home[]>();
  const [home, setHome] = useState<Home>();
  const [trouble, setTrouble] = useState("");
  const find = (): Promise<void> => homes().then(
    (found) => {
      setKnown(found);
      if (found.length === 1) setHome(found[0]);
    },
    () => setTrouble(say("net.away")),
  );
  useEffect(() => void find(), []);
  const tried = async (step: () => Promise<unknown>): Promise<void> => {
    setTrouble("");
    try {
      await step();
    } catch (error) {
      setTrouble(error instanceof Refused ? error.message : error instanceof RangeError ? say("welcome.seed_wrong") : say("net.away"));
    }
  };
  return (
    <>
      <p className="lead">{say("welcome.lead")}</p>
      <div className="choices">
        <Button kind="plain" chosen={elder} onPress={() => change({ elder: !elder })}>{say("settings.elder")}</Button>
        <Button kind="plain" onPress={() => {
          const other = language === "zh" ? "en" : "zh";
          gateway.language = other;
          change({ language: other });
        }}>{language === "zh" ? "English" : "中文"}</Button>
      </div>
      {trouble ? <Notice kind="bad">{trouble}</Notice> : null}
      {!known && trouble ? <Button kind="plain" onPress={find}>{say("again")}</Button> : null}
      {known && !home ? (
        <Card title={say("welcome.which")}>
          {known.length === 0 ? <p className="quiet">{say("welcome.none")}</p> : null}
          {known.map((h) => <Button kind="plain" key={h.id} onPress={() => setHome(h)}>{titleIn(h.name, language)}</Button>)}
        </Card>
      ) : null}
      {home ? <p className="community">{titleIn(home.name, language)}</p> : null}
      {home && !inBrowser ? (
        <Card title={say("welcome.account")}>
          <Button onPress={() => tried(async () => (await byAccount(home)) && setTrouble(say("welcome.unbound")))}>{say("welcome.account_go")}</Button>
        </Card>
      ) : null}
      {home ? <ByCode home={home} tried={tried} tell={setTrouble} /> : null}
      {home && atTheMachine() ? <AtTheMachine home={home} tried={tried} /> : null}
    </>
  );
}

type Tried = (step: () => Promise<unknown>) => Promise<void>;

function ByCode({ home, tried, tell }: { home: Home; tried: Tried; tell: (trouble: string) => void }) {
  const say = useWords();
  const [member, setMember] = useState("");
  const [code, setCode] = useState("");
  const go = async (): Promise<void> => {
    const id = readMember(member);
    if (!id) return tell(say("welcome.member_wrong"));
    await tried(async () => {
      const { outcome, seed } = await enrol(home, id, code);
      if (seed !== undefined) return;
      if (outcome === false) tell(say("welcome.code_wrong"));
      else if (outcome.state === "refused") tell(outcome.refused.message);
      else if (outcome.state === "waiting") tell(say("net.away"));
    });
  };
  return (
    <Card title={say("welcome.code_title")}>
      <p>{say("welcome.code_note")}</p>
      <Field id="member" label={say("welcome.member")} value={member} onType={setMember} max={40} />
      <Field id="code" label={say("welcome.code")} value={code} onType={setCode} max={30} />
      <Button id="enrol" onPress={go}>{say("welcome.code_go")}</Button>
    </Card>
  );
}

function AtTheMachine({ home, tried }: { home: Home; tried: Tried }) {
  const say = useWords();
  const [member, setMember] = useState("");
  const [seed, setSeed] = useState("");
  const enter = (): Promise<void> => tried(() => {
    const id = readMember(member) || "";
    return seed.trim() === "" ? tryOut(home, id) : restore(home, id, seed);
  });
  return (
    <Card title={say("welcome.machine_title")}>
      <p>{say("welcome.machine_note")}</p>
      <Field id="machine-member" label={say("welcome.member")} value={member} onType={setMember} max={40} />
      <Field id="machine-seed" label={say("welcome.seed")} value={seed} onType={setSeed} max={80} hint={say("welcome.seed_note")} />
      <Button id="machine-enter" kind="plain" onPress={enter}>{say("welcome.machine_go")}</Button>
    </Card>
  );
}
