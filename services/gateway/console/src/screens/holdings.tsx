// What the community owns besides its money: assets that are used and resources that are let, each with what was told of it.
import { useRecords } from "../asking";
import { seal } from "../connection";
import { holdings, type Holding } from "../models/ledger";
import { yuan } from "../models/money";
import { CommandForm, Field, useDoing, type Order } from "../parts/doing";
import { Figures, Stage, Time, Wait } from "../parts/show";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { bothOf, named, useWords } from "../words";

export function Holdings({ community }: ViewProps) {
  const say = useWords();
  const records = useRecords<Holding>(community, "holding", 1000);
  const me = useStanding(community);
  const { nameOf } = useOrgs(community);
  const officer = me.roles.has(Role.Officer);
  return (
    <>
      <p class="quiet">{say("holdings.about")}</p>
      <Wait of={records}>
        {(all) => {
          const sorted = holdings(all);
          const income = sorted.owned.reduce((sum, h) => sum + h.holding.income_fen, 0);
          return (
            <>
              <Figures
                of={[
                  ["holdings.owned", sorted.owned.length],
                  ["holdings.income", yuan(income)],
                  ["holdings.gone", sorted.gone.length],
                ]}
              />
              {sorted.owned.length === 0 && <p class="quiet">{say("holdings.none")}</p>}
              <ul class="cards">
                {[...sorted.owned, ...sorted.gone].map((h) => (
                  <li key={h.id}>
                    <Card community={community} id={h.id} one={h.holding} officer={officer} member={me.member} nameOf={nameOf} />
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </Wait>
      {officer && <Register community={community} member={me.member} />}
    </>
  );
}

interface CardProps {
  community: string;
  id: string;
  one: Holding;
  officer: boolean;
  member: string;
  nameOf(org: string): string;
}

function Card({ community, id, one, officer, member, nameOf }: CardProps) {
  const say = useWords();
  const doing = useDoing(community);
  const report = async (form: FormData): Promise<Order> => ({
    operation: "ledger.report_holding",
    path: `holdings/${id}/reports`,
    body: {
      holding: id,
      kind: "REPORT_KIND_CONDITION",
      condition: String(form.get("condition")),
      evidence: await seal(community, member, String(form.get("evidence"))),
    },
  });
  return (
    <>
      <h3>{bothOf(one.name)}</h3>
      <p class="row">
        <span>{named("holding", one.kind)}</span>
        {one.condition && <Stage prefix="condition" of={one.condition} />}
        {one.disposed_at ? (
          <strong class="bad">
            {say("holdings.disposed")} · <Time ms={one.disposed_at} />
          </strong>
        ) : null}
      </p>
      <p class="quiet">
        {nameOf(one.org)} · <Time ms={one.registered_at} />
      </p>
      {one.leased_until ? (
        <p>
          {say("holdings.leased")} <Time ms={one.leased_until} />
        </p>
      ) : null}
      {one.income_fen > 0 && (
        <p>
          {say("holdings.income")}
          {say("colon")}
          <strong>{yuan(one.income_fen)}</strong>
        </p>
      )}
      {(one.reports ?? []).length > 0 && (
        <ol>
          {one.reports!.map((r) => (
            <li key={r.position}>
              {named("report", r.kind)} · {nameOf(r.org)} · <Time ms={r.at} />
            </li>
          ))}
        </ol>
      )}
      {officer && !one.disposed_at && (
        <details>
          <summary>{say("holdings.report")}</summary>
          <CommandForm doing={doing} label={say("holdings.report_do")} order={report}>
            <Field id={`condition-${id}`} label={say("holdings.condition")}>
              <select id={`condition-${id}`} name="condition">
                {["good", "worn", "broken"].map((c) => (
                  <option key={c} value={`CONDITION_${c.toUpperCase()}`}>
                    {named("condition", c)}
                  </option>
                ))}
              </select>
            </Field>
            <Field id={`evidence-${id}`} label={say("holdings.evidence")}>
              <textarea id={`evidence-${id}`} name="evidence" required maxLength={2000} rows={2} />
            </Field>
          </CommandForm>
        </details>
      )}
    </>
  );
}

function Register({ community, member }: { community: string; member: string }) {
  const say = useWords();
  const doing = useDoing(community);
  const order = async (form: FormData): Promise<Order> => ({
    operation: "ledger.register_holding",
    path: "holdings",
    body: {
      kind: String(form.get("kind")),
      name: String(form.get("name")),
      papers: await seal(community, member, String(form.get("papers"))),
    },
  });
  return (
    <>
      <h2>{say("holdings.register")}</h2>
      <CommandForm doing={doing} label={say("holdings.register_do")} order={order}>
        <Field id="kind" label={say("holdings.kind")}>
          <select id="kind" name="kind">
            <option value="HOLDING_KIND_ASSET">{named("holding", "asset")}</option>
            <option value="HOLDING_KIND_RESOURCE">{named("holding", "resource")}</option>
          </select>
        </Field>
        <Field id="name" label={say("holdings.name")} hint={say("holdings.name_hint")}>
          <input id="name" name="name" required maxLength={80} autocomplete="off" />
        </Field>
        <Field id="papers" label={say("holdings.papers")} hint={say("propose.purpose_hint")}>
          <textarea id="papers" name="papers" required maxLength={2000} rows={2} />
        </Field>
      </CommandForm>
    </>
  );
}
