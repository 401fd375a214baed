// Policy notices: what an office tells everybody, those of some kind of help, or some units; in which ways it came, and whom it has not
// reached. Text that is published is public for ever, and the form says so.
import { useState } from "preact/hooks";
import { useAsk, useRecord, useRecords, type Kept } from "../asking";
import { remaining } from "../models/clock";
import { count } from "../models/money";
import { brief, idOf } from "../models/record";
import { useCodes } from "../parts/codes";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { Due, useNow } from "../parts/due";
import { List } from "../parts/list";
import { Pages, Time, Wait } from "../parts/show";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { named, useWords } from "../words";

interface Notice {
  kind: string;
  scope: number;
  category?: string;
  title: string;
  text: string;
  org: string;
  published_at: number;
  reach_by: number;
  count: number;
  missed?: number;
}

export function Notices({ community }: ViewProps) {
  const say = useWords();
  const me = useStanding(community);
  const records = useRecords<Notice>(community, "policy-notice");
  const works = me.roles.has(Role.Officer) || me.roles.has(Role.GridWorker);
  return (
    <>
      <p class="quiet">{say("notices.about")}</p>
      {me.roles.has(Role.Officer) && <Publish community={community} />}
      <Wait of={records}>
        {(all) => (
          <>
            {all.length === 0 && <p class="quiet">{say("notices.none")}</p>}
            <ul class="cards one">
              {[...all]
                .sort((a, b) => b.state.published_at - a.state.published_at)
                .map((n) => (
                  <li key={n.path}>
                    <One community={community} of={n} works={works} />
                  </li>
                ))}
            </ul>
            <Pages of={records} />
          </>
        )}
      </Wait>
    </>
  );
}

function One({ community, of, works }: { community: string; of: Kept<Notice>; works: boolean }) {
  const say = useWords();
  const now = useNow();
  const { nameOf } = useOrgs(community);
  const [open, set] = useState(false);
  const n = of.state;
  return (
    <>
      <h3>{n.title}</h3>
      <p class="row">
        <span>{named("notice_kind", n.kind)}</span>
        <span class="quiet">
          {named("notice_scope", n.scope)}
          {n.category ? ` · ${named("category", n.category)}` : ""}
        </span>
        <span class="quiet">{nameOf(n.org)}</span>
        <Time ms={n.published_at} />
      </p>
      <p class="words">{n.text}</p>
      <p>
        {say("notices.reach_by")} <Due left={remaining(n.reach_by, now)} at={n.reach_by} />
      </p>
      {!!n.missed && <p class="bad">{say("notices.missed", { people: count(n.missed) })}</p>}
      <p>
        <button type="button" class="plain" aria-expanded={open} onClick={() => set(!open)}>
          {say("notices.how")}
        </button>
      </p>
      {open && <Reached community={community} id={idOf(of.path)} works={works} />}
    </>
  );
}

interface Table {
  rows: string[] | null;
  row_sums: number[] | null;
  total: number;
}

/** Reached is in which ways it came, with what would tell of few held back; and for whoever brings it, whom it has not reached. */
function Reached({ community, id, works }: { community: string; id: string; works: boolean }) {
  const say = useWords();
  const figures = useAsk<Table>(community, `policy-notices/${id}/figures`);
  const missing = useAsk<{ count: number; unreached: string[] | null }>(community, works ? `policy-notices/${id}/unreached` : "");
  const shown = (n: number | undefined) => (n === undefined || n < 0 ? say("notices.held_back") : count(n));
  return (
    <>
      <Wait of={figures}>
        {(t) => (
          <List
            caption={say("notices.how")}
            rows={(t.rows ?? []).map((name, i) => ({ name, people: t.row_sums?.[i] }))}
            id={(r) => r.name}
            empty={say("notices.no_figures")}
            columns={[
              { head: say("notices.way"), cell: (r) => named("notice_way", r.name) },
              { head: say("notices.people"), number: true, cell: (r) => shown(r.people) },
            ]}
          />
        )}
      </Wait>
      {works && (
        <Wait of={missing}>
          {({ unreached }) => (
            <details>
              <summary>{say("notices.unreached", { people: count(unreached?.length ?? 0) })}</summary>
              <p class="mono">{(unreached ?? []).map(brief).join("  ")}</p>
            </details>
          )}
        </Wait>
      )}
    </>
  );
}

const kinds = ["health", "other", "safety", "subsidy", "utilities", "vaccination"]; // those that the rules take for granted
const rollCall = "roll-call"; // which every community knows: whoever confirms it says that they are safe

function Publish({ community }: { community: string }) {
  const say = useWords();
  const doing = useDoing(community);
  const { categories } = useCodes(community);
  const book = useRecord<{ book?: { aid?: { notices?: string[] } } }>(community, "rulebook/main");
  const known = book.value?.state.book?.aid?.notices;
  const [scope, choose] = useState("NOTICE_SCOPE_EVERYONE");
  const [kind, setKind] = useState("");
  const roll = kind === rollCall;
  const files = scope === "NOTICE_SCOPE_FILES" && !roll;
  return (
    <details>
      <summary>{say("notices.publish")}</summary>
      <CommandForm
        doing={doing}
        label={say("notices.publish_do")}
        order={(form) => ({
          operation: "aid.publish_notice",
          path: "policy-notices",
          body: {
            kind: String(form.get("kind")),
            scope: roll ? "NOTICE_SCOPE_EVERYONE" : scope,
            ...(files && { category: String(form.get("category")) }),
            title: String(form.get("title")),
            text: String(form.get("text")),
            reachBy: String(Date.now() + (roll ? Number(form.get("minutes")) * 60_000 : Number(form.get("days")) * 86_400_000)),
          },
        })}
        about={`${kind} ${scope}`}
      >
        <Field id="kind" label={say("notices.kind")}>
          <select id="kind" name="kind" onChange={(e) => setKind(e.currentTarget.value)}>
            {[...(known?.length ? known.filter((k) => k !== rollCall) : kinds), rollCall].map((k) => (
              <option key={k} value={k}>
                {named("notice_kind", k)}
              </option>
            ))}
          </select>
        </Field>
        {roll ? (
          <p class="notice">{say("notices.roll_call")}</p>
        ) : (
          <Field id="scope" label={say("notices.scope")}>
            <select id="scope" value={scope} onChange={(e) => choose(e.currentTarget.value)}>
              <option value="NOTICE_SCOPE_EVERYONE">{named("notice_scope", 1)}</option>
              <option value="NOTICE_SCOPE_FILES">{named("notice_scope", 3)}</option>
            </select>
          </Field>
        )}
        {files && (
          <Field id="category" label={say("notices.category")}>
            <select id="category" name="category">
              {categories.map((c) => (
                <option key={c} value={c}>
                  {named("category", c)}
                </option>
              ))}
            </select>
          </Field>
        )}
        <Field id="title" label={say("notices.heading")}>
          <input id="title" name="title" required maxLength={100} />
        </Field>
        <Field id="text" label={say("notices.text")}>
          <textarea id="text" name="text" rows={5} required maxLength={2600} />
        </Field>
        {roll ? (
          <Field id="minutes" label={say("notices.minutes")}>
            <input id="minutes" name="minutes" type="number" min="5" max="1440" required value="30" />
          </Field>
        ) : (
          <Field id="days" label={say("notices.days")}>
            <input id="days" name="days" type="number" min="1" max="365" required value="7" />
          </Field>
        )}
        <p class="notice">{say("notices.for_ever")}</p>
      </CommandForm>
    </details>
  );
}
