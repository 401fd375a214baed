import { useState } from "react";
import type { components } from "@renlin/client";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { When } from "@/parts/when";
import { grouped } from "@/models/entry";
import { titleIn } from "@/models/matters";
import type { Shown } from ".";

type S = components["schemas"];

/** Profile says who one is here, by which devices and accounts one can be signed in, and ends what is not one's own any more. */
export function Profile({ device }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const [sure, setSure] = useState("");
  const loaded = useLoad(async (d) => ({
    devices: (await d.read("gateway.devices")).body as S["gateway.deviceList"], sessions: (await d.read("gateway.list_sessions")).body as S["gateway.sessionList"],
  }));
  const signOff = async (key: string): Promise<void> => {
    setSure("");
    await result.watch(device.write("community.revoke_key", {}, { keyId: key }, { once: `revoke ${key}`, waitHours: 1 }));
    loaded.again();
  };
  const end = async (session: string): Promise<void> => {
    await device.gateway.send({ method: "DELETE", path: device.path("gateway.end_session", { session }), headers: {} });
    loaded.again();
  };
  return (
    <>
      <Card title={say("profile.member")}>
        <p className="number">{grouped(device.member)}</p>
        <p className="quiet">{titleIn(device.home.name, language)}</p>
      </Card>
      <Show of={loaded}>
        {({ devices, sessions }) => (
          <>
            <OutcomeNotice {...result} done="profile.signed_off" />
            <h2 className="card-title">{say("profile.devices")}</h2>
            {devices.keys.map((k) => (
              <Card key={k.key} title={k.hosted ? say("profile.hosted") : k.current ? say("profile.this") : say("profile.other")}>
                <p className="quiet">{grouped(k.key)}</p>
                {k.last_sign_in ? <p>{say("profile.last")} <When at={k.last_sign_in} /></p> : null}
                {k.current || k.hosted ? null : sure === k.key
                  ? <Button kind="danger" onPress={() => signOff(k.key)}>{say("profile.sign_off_sure")}</Button>
                  : <Button kind="plain" onPress={() => setSure(k.key)}>{say("profile.sign_off")}</Button>}
              </Card>
            ))}
            <h2 className="card-title">{say("profile.sessions")}</h2>
            {sessions.sessions.map((s) => (
              <Card key={s.session} title={s.current ? say("profile.here") : say("profile.elsewhere")}>
                <p><When at={s.opened_at} /></p>
                {s.current ? null : <Button kind="plain" onPress={() => end(s.session)}>{say("profile.end")}</Button>}
              </Card>
            ))}
          </>
        )}
      </Show>
    </>
  );
}
