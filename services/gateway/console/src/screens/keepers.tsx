// Who keeps secret polls: the trustees among whom each poll's key is divided, and the registrar who lists the voters' credentials. Both are
// named anew by officers of two organisations, for polls that are called from then on; one begins here.
import { useState } from "preact/hooks";
import { signFirst } from "../cosigning";
import { unfit, type Trustee } from "../models/keepers";
import { Act } from "../parts/act";
import { Field } from "../parts/doing";
import { People, TrusteesTold, useRegistrar, useTrustees } from "../parts/keepers";
import { Id } from "../parts/show";
import { Cosignings } from "../parts/two-signatures";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { named, useWords } from "../words";

const id = "[a-z2-7]{26}";
const key = "[A-Za-z0-9+\\/]{43}=";

export function Keepers({ community }: ViewProps) {
  const say = useWords();
  const me = useStanding(community);
  const { trustees, known } = useTrustees(community);
  const registrar = useRegistrar(community);
  return (
    <>
      <p class="quiet">{say("keepers.about")}</p>
      <h2>{say("keepers.trustees")}</h2>
      {known && trustees.length === 0 && <p class="notice">{say("keepers.no_trustees")}</p>}
      <People community={community} title="keepers.in_force" of={trustees} />
      <Cosignings community={community} operation="community.appoint_trustees" />
      {known && me.roles.has(Role.Officer) && ( // a list that is begun out of what is not known yet would be begun anew
        <Appoint
          key={trustees.map((t) => t.trustee_key).join()} community={community} now={trustees} registrar={registrar?.member ?? ""}
        />
      )}
      <h2>{say("keepers.registrar")}</h2>
      {!registrar && <p class="notice">{say("keepers.no_registrar")}</p>}
      <People community={community} title="keepers.in_force" of={registrar ? [registrar] : []} />
      <Cosignings community={community} operation="community.appoint_registrar" />
      {me.roles.has(Role.Officer) && <AppointRegistrar community={community} trustees={trustees} />}
    </>
  );
}

/** Person asks for a member and the organisation for which they do it. */
function Person({ community, prefix, onType }: { community: string; prefix: string; onType?(member: string): void }) {
  const say = useWords();
  const orgs = useOrgs(community);
  return (
    <>
      <Field id={`${prefix}-member`} label={say("keepers.member")} hint={say("keepers.member_hint")}>
        <input
          id={`${prefix}-member`} name="member" required pattern={id} spellcheck={false} onInput={(e) => onType?.(e.currentTarget.value)}
          aria-describedby={`${prefix}-member-hint`}
        />
      </Field>
      <Field id={`${prefix}-org`} label={say("supplies.org")}>
        <select id={`${prefix}-org`} name="org" required>
          {orgs.all.map((o) => (
            <option key={o.id} value={o.id}>
              {o.name}
            </option>
          ))}
        </select>
      </Field>
    </>
  );
}

function KeyField({ name, label, hint }: { name: string; label: string; hint: string }) {
  return (
    <Field id={name} label={label} hint={hint}>
      <input id={name} name={name} required pattern={key} spellcheck={false} autocomplete="off" class="mono" aria-describedby={name + "-hint"} />
    </Field>
  );
}

/** Appoint makes a list out of the one in force, and says before it is signed what the rules would refuse. */
function Appoint({ community, now, registrar }: { community: string; now: Trustee[]; registrar: string }) {
  const say = useWords();
  const { nameOf } = useOrgs(community);
  const [draft, make] = useState<Trustee[]>(now);
  const why = unfit(draft, now, registrar);
  const add = (e: Event) => {
    e.preventDefault();
    const form = e.currentTarget as HTMLFormElement;
    const given = (name: string) => String(new FormData(form).get(name) ?? "").trim();
    make([...draft, { member: given("member"), org: given("org"), trustee_key: given("trustee-key") }]);
    form.reset();
  };
  return (
    <details>
      <summary>{say("keepers.change")}</summary>
      <ul class="plainlist" id="draft">
        {draft.map((t) => (
          <li key={t.member + t.trustee_key} class="row">
            <Id of={t.member} /> {nameOf(t.org)}
            <button type="button" class="plain" onClick={() => make(draft.filter((o) => o !== t))}>
              {say("keepers.leave_out")}
            </button>
          </li>
        ))}
      </ul>
      <form class="check" onSubmit={add}>
        <Person community={community} prefix="trustee" />
        <KeyField name="trustee-key" label={say("keepers.trustee_key")} hint={say("keepers.trustee_key_hint")} />
        <button type="submit" class="plain">
          {say("keepers.add")}
        </button>
      </form>
      <p class={why ? "bad" : "quiet"} role="status">
        {why ? named("unfit", why) : say("keepers.fit")}
      </p>
      <TrusteesTold community={community} then={draft} />
      <Act
        community={community}
        title={say("keepers.sign")}
        label={say("cosignings.sign_first")}
        done={say("cosignings.waits")}
        send={signFirst}
        about={JSON.stringify(draft)}
        order={() => ({
          operation: "community.appoint_trustees",
          path: "trustees",
          body: { trustees: draft.map((t) => ({ member: t.member, org: t.org, trusteeKey: t.trustee_key })) },
        })}
      >
        <p class="quiet">{say("keepers.two")}</p>
      </Act>
    </details>
  );
}

function AppointRegistrar({ community, trustees }: { community: string; trustees: Trustee[] }) {
  const say = useWords();
  const [typed, type] = useState("");
  return (
    <Act
      community={community}
      title={say("keepers.change_registrar")}
      label={say("cosignings.sign_first")}
      done={say("cosignings.waits")}
      send={signFirst}
      onDone={() => type("")}
      order={(form) => {
        const given = (name: string) => String(form.get(name) ?? "").trim();
        return {
          operation: "community.appoint_registrar",
          path: "registrar",
          body: {
            registrar: { member: given("member"), org: given("org"), key: given("registrar-key"), boxKey: given("registrar-box-key") },
          },
        };
      }}
    >
      <p class="quiet">{say("keepers.two")}</p>
      <Person community={community} prefix="registrar" onType={type} />
      <p class="bad" role="status">
        {trustees.some((t) => t.member === typed.trim()) && say("unfit.registrar")}
      </p>
      <KeyField name="registrar-key" label={say("keepers.device_key")} hint={say("keepers.registrar_key_hint")} />
      <KeyField name="registrar-box-key" label={say("keepers.box_key")} hint={say("keepers.registrar_key_hint")} />
    </Act>
  );
}
