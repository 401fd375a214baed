// The first page: the communities in which this browser is somebody's device, and how it becomes one. Several communities stand side by
// side, as a street office needs them.
import { useEffect, useState } from "preact/hooks";
import {
  communityName,
  enrol,
  known,
  names,
  outside,
  people,
  Refusal,
  sessions,
  signedIn,
  signIn,
  takeOver,
  type Person,
} from "../connection";
import { readable, type Device } from "../keys";
import { Field } from "../parts/doing";
import { Id, Refused } from "../parts/show";
import { go, invitation, place, to } from "../place";
import { useStore } from "../store";
import { bothOf, named, useWords } from "../words";
import { Overview } from "./overview";

export function Start() {
  const say = useWords();
  const devices = useStore(known);
  const invited = useStore(invitation);
  return (
    <>
      <h1 tabIndex={-1}>{say("start.title")}</h1>
      <p>{say("start.about")}</p>
      {invited && <Invited />}
      {devices.length > 0 && <Devices all={devices} />}
      {!invited && (
        <>
          <h2>{say("start.another")}</h2>
          <ByCode />
          <ByFile />
        </>
      )}
    </>
  );
}

/** useTry runs something once at a time and shows what refused it. */
function useTry(): { busy: boolean; refusal?: Refusal; run(work: () => Promise<void>): Promise<void> } {
  const [shown, show] = useState<{ busy: boolean; refusal?: Refusal }>({ busy: false });
  return {
    ...shown,
    async run(work) {
      if (shown.busy) return;
      show({ busy: true });
      try {
        await work();
        show({ busy: false });
      } catch (e) {
        show({ busy: false, refusal: Refusal.of(e) });
      }
    },
  };
}

/** enter goes to a community's first screen, or stays where the address already points into it. */
function enter(community: string): void {
  if (place.value.community !== community) go(to(community));
}

function Devices({ all }: { all: Device[] }) {
  const say = useWords();
  const open = useStore(sessions);
  useStore(names);
  const attempt = useTry();
  return (
    <>
      <h2>{say("start.here")}</h2>
      <Refused why={attempt.refusal} />
      <ul class="cards">
        {all.map((d) => {
          const here = open.get(d.community)?.member === d.member;
          return (
            <li key={d.id}>
              <h3>{bothOf(communityName(d.community))}</h3>
              <p class="quiet">
                {say("start.member")} <Id of={d.member} />
              </p>
              {here && <Overview community={d.community} />}
              {readable(d) && <p class="quiet">{say("start.readable")}</p>}
              <p class="row">
                {here ? (
                  <a class="button" href={to(d.community)}>
                    {say("start.open")}
                  </a>
                ) : (
                  <button
                    type="button"
                    onClick={() =>
                      attempt.run(async () => {
                        await signIn(d);
                        enter(d.community);
                      })
                    }
                  >
                    {say("start.sign_in")}
                  </button>
                )}
                <Forget device={d} />
              </p>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Forget({ device }: { device: Device }) {
  const say = useWords();
  const [sure, ask] = useState(false);
  if (!sure)
    return (
      <button type="button" class="plain" onClick={() => ask(true)}>
        {say("start.forget")}
      </button>
    );
  return (
    <span class="row">
      <span>{say("start.forget_sure")}</span>
      <button type="button" class="grave" onClick={() => void signedIn.removeDevice(device)}>
        {say("start.forget_do")}
      </button>
      <button type="button" class="plain" onClick={() => ask(false)}>
        {say("no")}
      </button>
    </span>
  );
}

/** Invited is for whoever followed the link of an invitation: one press, and this browser is their device. */
function Invited() {
  const say = useWords();
  const i = useStore(invitation)!;
  const attempt = useTry();
  const [name, setName] = useState("");
  useEffect(() => {
    outside(i.community).then(
      (o) => setName(bothOf(o.name)),
      () => setName(i.community),
    );
  }, [i.community]);
  return (
    <section aria-labelledby="invited">
      <h2 id="invited">{say("invited.title", { community: name })}</h2>
      <p>{say("invited.text")}</p>
      <p class="row">
        <button
          type="button"
          aria-disabled={attempt.busy}
          onClick={() =>
            attempt.run(async () => {
              await enrol(i);
              invitation.set(null);
              enter(i.community);
            })
          }
        >
          {say("invited.do")}
        </button>
        <button type="button" class="plain" onClick={() => invitation.set(null)}>
          {say("invited.not")}
        </button>
      </p>
      <Refused why={attempt.refusal} />
    </section>
  );
}

function ByCode() {
  const say = useWords();
  const attempt = useTry();
  const send = (e: Event) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    void attempt.run(async () => {
      await enrol({ community: field("community"), member: field("member"), code: field("code") });
      enter(field("community"));
    });
  };
  const id = "[a-z2-7]{26}";
  return (
    <details>
      <summary>{say("enrol.title")}</summary>
      <form class="check" onSubmit={send}>
        <p>{say("enrol.text")}</p>
        <Field id="enrol-community" label={say("enrol.community")}>
          <input id="enrol-community" name="community" required pattern={id} autocomplete="off" spellcheck={false} />
        </Field>
        <Field id="enrol-member" label={say("enrol.member")}>
          <input id="enrol-member" name="member" required pattern={id} autocomplete="off" spellcheck={false} />
        </Field>
        <Field id="enrol-code" label={say("enrol.code")}>
          <input id="enrol-code" name="code" required autocomplete="one-time-code" spellcheck={false} />
        </Field>
        <button type="submit" aria-disabled={attempt.busy}>
          {say("enrol.do")}
        </button>
        <Refused why={attempt.refusal} />
      </form>
    </details>
  );
}

/** ByFile takes over a person of the example out of the file that a pilot writes. */
function ByFile() {
  const say = useWords();
  const attempt = useTry();
  const [found, show] = useState<Person[]>([]);
  const open = (e: Event) => {
    const file = (e.currentTarget as HTMLInputElement).files?.[0];
    if (!file) return;
    void attempt.run(async () => {
      const all = file.size < 1 << 20 ? people(await file.text()) : undefined;
      show(all ?? []);
      if (!all) throw new Refusal("client.no_people", say("file.none"), true);
    });
  };
  return (
    <details>
      <summary>{say("file.title")}</summary>
      <p>{say("file.text")}</p>
      <Field id="people" label={say("file.choose")}>
        <input id="people" type="file" accept=".json,application/json" onChange={open} />
      </Field>
      <Refused why={attempt.refusal} />
      <ul class="ways">
        {found.map((p) => (
          <li key={p.community + p.member}>
            <button
              type="button"
              class="plain"
              aria-disabled={attempt.busy}
              onClick={() =>
                attempt.run(async () => {
                  await takeOver(p);
                  enter(p.community);
                })
              }
            >
              {named("person", p.what)} <Id of={p.member} />
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
