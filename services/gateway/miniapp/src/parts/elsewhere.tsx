// Where a secret ballot can be cast when this device cannot make one.
import Taro from "@tarojs/taro";
import { useState } from "react";
import type { Refusal } from "@renlin/client";
import { address, inBrowser } from "@/core/platform";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Notice } from "./basics";
import { onPaper } from "@/models/secret";
import type { Poll } from "@/models/polls";

/** Elsewhere says why not here, and where: the web app, and where the rules have it the kiosk or paper. */
export function Elsewhere({ why, poll }: { why: Refusal; poll: Poll }) {
  const say = useWords();
  const { language } = useSettings();
  const [copied, set] = useState(false);
  const web = `${inBrowser ? window.location.origin : address}/app/`;
  const copy = async (): Promise<void> => {
    await Taro.setClipboardData({ data: web });
    set(true);
  };
  return (
    <>
      <Notice kind="bad">{why.words[language]}</Notice>
      <Card title={say("secret.ways")}>
        <p>{say("secret.way_web", { address: web })}</p>
        <Button kind="plain" onPress={copy}>{copied ? say("receipts.copied") : say("secret.copy_address")}</Button>
        {onPaper(poll) ? (
          <>
            <p>{say("secret.way_kiosk")}</p>
            <p>{say("secret.way_paper")}</p>
          </>
        ) : <p>{say("secret.way_no_paper")}</p>}
      </Card>
    </>
  );
}
