// Mandates: who may act for whom, in what and how long. One's own come first, with what can be done about each; then all
// that stand on the record.
import { idOf, useAsk, useRecords } from "../asking";
import { Outcome, useDoing, type Doing } from "../parts/doing";
import { Id, Pages, Stage, Table, Time, Wait } from "../parts/show";
import type { components } from "@renlin/client/schema";
import type { ViewProps } from "../screens";
import { named, useWords } from "../words";

type Mandate = components["schemas"]["standing.Mandate"];
type View = components["schemas"]["gateway.mandateView"];

/** ways are the operations on a mandate, with their addresses. */
const ways: Record<string, string> = {
  "community.accept_mandate": "acceptance",
  "community.decline_mandate": "refusal",
  "community.revoke_mandate": "revocation",
};

export function Mandates({ community }: ViewProps) {
  const say = useWords();
  const own = useAsk<{ mandates: View[] | null }>(community, "mandates");
  const all = useRecords<Mandate>(community, "mandate", 50);
  const doing = useDoing(community);
  return (
    <>
      <h2>{say("mandates.own")}</h2>
      <Outcome of={doing} />
      <Wait of={own}>
        {({ mandates }) =>
          (mandates ?? []).length === 0 ? (
            <p class="quiet">{say("mandates.none")}</p>
          ) : (
            <ul class="cards">
              {(mandates ?? []).map((m) => (
                <Own key={m.mandate} of={m} doing={doing} />
              ))}
            </ul>
          )
        }
      </Wait>
      <h2>{say("mandates.all")}</h2>
      <Wait of={all}>
        {(list) => (
          <>
            <Table
              caption={say("mandates.all")}
              head={[
                say("mandates.principal"),
                say("mandates.helper"),
                say("mandates.acts"),
                say("mandates.until"),
                say("invites.state"),
              ]}
            >
              {list.map((m) => (
                <tr key={idOf(m)}>
                  <td>
                    <Id of={m.state.principal} />
                  </td>
                  <td>
                    <Id of={m.state.helper} />
                  </td>
                  <td>
                    <Acts of={m.state} />
                  </td>
                  <td>
                    <Time ms={m.state.until} />
                  </td>
                  <td>
                    <Stage prefix="mandate" of={stateOf(m.state)} />
                  </td>
                </tr>
              ))}
            </Table>
            <Pages of={all} />
          </>
        )}
      </Wait>
    </>
  );
}

function stateOf(m: Mandate): string {
  if (m.revoked) return "revoked";
  if (m.declined) return "declined";
  if (m.awaits_acceptance && !m.accepted) return "waiting";
  return Number(m.until) < Date.now() ? "over" : "open";
}

function Acts({ of }: { of: Mandate }) {
  return <>{(of.acts ?? []).map((a) => named("act", a)).join("、")}</>;
}

function Own({ of, doing }: { of: View; doing: Doing }) {
  const say = useWords();
  return (
    <li>
      <h3>{named("mandate_part", of.part)}</h3>
      <p>
        <Stage prefix="mandate" of={stateOf(of.terms)} />
      </p>
      <p>
        <Acts of={of.terms} />
      </p>
      <p class="quiet">
        {say("mandates.until")} <Time ms={of.terms.until} />
      </p>
      <p class="row">
        {(of.can ?? [])
          .filter((can) => ways[can])
          .map((can) => (
            <button
              key={can}
              type="button"
              class="plain"
              aria-disabled={doing.busy}
              onClick={() =>
                doing.run(() => ({ operation: can, path: `mandates/${of.mandate}/${ways[can]}`, body: { mandate: of.mandate } }))
              }
            >
              {named("mandate_do", ways[can])}
            </button>
          ))}
      </p>
    </li>
  );
}
