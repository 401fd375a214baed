// Where the reader is signed in, and by what; each session can be ended here.
import { useState } from "preact/hooks";
import { useAsk } from "../asking";
import { Refusal, remove, signedIn } from "../connection";
import { tellNow } from "../live";
import { Id, Refused, Table, Time, Wait } from "../parts/show";
import type { ViewProps } from "../screens";
import { useWords } from "../words";

interface Session {
  session: string;
  provider: string;
  opened_at: number;
  expires_at: number;
  current?: boolean;
}

interface Key {
  key: string;
  hosted: boolean;
  position: number;
  last_sign_in?: number;
  current?: boolean;
}

export function Sessions({ community }: ViewProps) {
  const say = useWords();
  const sessions = useAsk<{ sessions: Session[] }>(community, "sessions");
  const devices = useAsk<{ keys: Key[] | null }>(community, "devices");
  const [refusal, refuse] = useState<Refusal>();
  const end = async (session: string, current: boolean) => {
    try {
      await remove(community, `sessions/${session}`);
      if (current) signedIn.drop(community);
      else tellNow();
    } catch (e) {
      refuse(Refusal.of(e));
    }
  };
  return (
    <>
      <Refused why={refusal} />
      <Wait of={sessions}>
        {({ sessions: all }) => (
          <>
            <Table caption={say("sessions.title")} head={[say("sessions.opened"), say("sessions.expires"), ""]}>
              {all.map((s) => (
                <tr key={s.session}>
                  <td>
                    <Time ms={s.opened_at} />
                    {s.current && <strong> · {say("sessions.this")}</strong>}
                  </td>
                  <td>
                    <Time ms={s.expires_at} />
                  </td>
                  <td>
                    <button type="button" class="plain" onClick={() => end(s.session, !!s.current)}>
                      {say("sessions.end")}
                    </button>
                  </td>
                </tr>
              ))}
            </Table>
            <p>
              <button type="button" class="grave" onClick={() => end("all", true)}>
                {say("sessions.end_all")}
              </button>
            </p>
          </>
        )}
      </Wait>
      <h2>{say("sessions.devices")}</h2>
      <Wait of={devices}>
        {({ keys }) => (
          <Table caption={say("sessions.devices")} head={[say("sessions.key"), say("sessions.kind"), say("sessions.last")]}>
            {(keys ?? []).map((k) => (
              <tr key={k.key}>
                <td>
                  <Id of={k.key} />
                  {k.current && <strong> · {say("sessions.this_device")}</strong>}
                </td>
                <td>{say(k.hosted ? "sessions.hosted" : "sessions.own")}</td>
                <td>
                  <Time ms={k.last_sign_in} />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Wait>
    </>
  );
}
