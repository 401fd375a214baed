import { useState } from "react";
import { Button, Card, Notice, Row } from "@/parts/basics";
import { credentialsHere } from "@/core/credentials";
import { goTo } from "@/core/go";
import { leave } from "@/core/session";
import { forgetTexts } from "@/core/texts";
import { useWords } from "@/core/settings";
import type { Shown } from ".";

/** Me leads to what is one's own, and out. */
export function Me({ device }: Shown) {
  const say = useWords();
  const [asked, ask] = useState<number>();
  const [secrets, count] = useState(0);
  const first = async (): Promise<void> => {
    count(await credentialsHere());
    ask((await device.outbox.list()).filter((e) => !e.refused).length);
  };
  const go = async (): Promise<void> => {
    await leave();
    forgetTexts();
    goTo("today");
  };
  return (
    <>
      <div className="rows">
        <Row to="receipts" title={say("receipts.title")} note={say("receipts.note")} />
        <Row to="outbox" title={say("outbox.title")} note={say("outbox.note")} />
        <Row to="profile" title={say("profile.title")} note={say("profile.note")} />
        <Row to="data" title={say("data.title")} note={say("data.note")} />
        <Row to="settings" title={say("settings.title")} note={say("settings.note")} />
      </div>
      {asked === undefined ? <Button kind="plain" onPress={first}>{say("me.leave")}</Button> : (
        <Card title={say("me.leave")}>
          <p>{device.key ? say("me.leave_key") : say("me.leave_account")}</p>
          {asked > 0 ? <Notice kind="bad">{say("me.leave_waiting", { n: asked })}</Notice> : null}
          {secrets > 0 ? <Notice kind="bad">{say("me.leave_secret", { n: secrets })}</Notice> : null}
          <Button kind="danger" id="leave" onPress={go}>{say("me.leave_sure")}</Button>
          <Button kind="plain" onPress={() => ask(undefined)}>{say("no_back")}</Button>
        </Card>
      )}
    </>
  );
}
