import { Unreachable } from "@renlin/client";
import { useWords } from "@/core/settings";
import { Button, Card, Notice } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { useState } from "react";
import type { Here } from "./booth";
import { useDoing, Why } from "./doing";

/** Register is the first step: a credential for this poll alone, which the registrar signs for. It may be done again with the same one. */
export function Register({ voter, poll, registered, stands, org, mandate, again }: Here) {
  const say = useWords();
  const result = useOutcome();
  const doing = useDoing();
  const [done, set] = useState(false);
  const register = (): Promise<void> => doing.run(async () => {
    const registrar = poll.secret && poll.secret.registrar;
    if (!registrar) throw new Unreachable();
    // What the registrar refuses, or no network to it, is no refusal of the record's: it is told by doing.
    const write = await voter.register(registrar, mandate);
    const outcome = await result.watch(Promise.resolve(write));
    set(outcome !== undefined && outcome.state === "done");
    again();
  });
  return (
    <>
      {stands || done ? <Notice kind="good">{say("secret.registered")}</Notice> : null}
      {registered && !stands && !done ? <Notice>{say("secret.registered_elsewhere")}</Notice> : null}
      {stands || done ? null : (
        <Card title={say("secret.register_title")}>
          <p>{say("secret.register_what")}</p>
          <p>{say("secret.register_who", { org: org || say("secret.registrar") })}</p>
          <p>{say("secret.register_record")}</p>
          <Button id="register" onPress={register}>{say("secret.register_go")}</Button>
          <Why why={doing.why} />
          {result.outcome && result.outcome.state !== "done" ? <OutcomeNotice {...result} done="secret.registered" /> : null}
        </Card>
      )}
    </>
  );
}
