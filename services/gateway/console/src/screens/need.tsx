// One need that waits: what is known of it, its words for whoever must judge how urgent it is, and that judgement.
import { useRecord } from "../asking";
import { count } from "../models/money";
import { Conflict } from "../parts/conflict";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { GuardedWords } from "../parts/sealed";
import { Figures, Id, Stage, Time, Wait } from "../parts/show";
import { useSkills } from "../parts/skills";
import type { ViewProps } from "../screens";
import { useStanding } from "../standing";
import { named, useWords } from "../words";

interface Need {
  skill: string;
  quantity: number;
  cell: { east: number; north: number };
  text: string;
  beneficiary: string;
  raised_at: number;
  state: string;
  priority: number;
  vulnerable?: boolean;
  assessed_by?: string;
  waiting: number;
  matched: number;
  served: number;
  shortage?: number;
}

export function NeedScreen({ community, params }: ViewProps) {
  const record = useRecord<Need>(community, `need/${params.need}`);
  return <Wait of={record}>{({ state }) => <Shown community={community} id={params.need} one={state} />}</Wait>;
}

function Shown({ community, id, one }: { community: string; id: string; one: Need }) {
  const say = useWords();
  const skillOf = useSkills(community);
  const me = useStanding(community).member;
  return (
    <>
      <p class="row">
        <strong>
          {skillOf(one.skill)} × {count(one.quantity)}
        </strong>{" "}
        <Id of={id} /> <Stage prefix="need" of={one.state} />
        {one.vulnerable && <span>{say("matching.vulnerable")}</span>}
      </p>
      <Figures
        of={[
          ["matching.priority", `${one.priority}${one.assessed_by ? "" : ` · ${say("matching.unassessed")}`}`],
          ["map.waiting", count(one.waiting)],
          ["map.held", count(one.matched)],
          ["indicators.rate", count(one.served)],
        ]}
      />
      <dl class="facts">
        <dt>{say("map.square")}</dt>
        <dd>{say("map.name", one.cell)}</dd>
        <dt>{say("need.raised")}</dt>
        <dd>
          <Time ms={one.raised_at} />
        </dd>
        {one.waiting > 0 && (
          <>
            <dt>{say("matching.shortage")}</dt>
            <dd>{named("shortage", one.shortage ?? 0)}</dd>
          </>
        )}
      </dl>
      {one.text && (
        <GuardedWords
          community={community}
          text={{ ref: one.text }}
          subject={one.beneficiary}
          namedBy={`need/${id}`}
          purpose="PURPOSE_SERVICE"
          what={say("need.words")}
        />
      )}
      {one.state === "open" && one.beneficiary === me && <Conflict of="need.own_assessment" />}
      {one.state === "open" && one.beneficiary !== me && <Assess community={community} id={id} one={one} />}
    </>
  );
}

const priorities = [1, 2, 3, 4, 5, 6, 7, 8, 9];

function Assess({ community, id, one }: { community: string; id: string; one: Need }) {
  const say = useWords();
  const doing = useDoing(community);
  return (
    <>
      <h2>{say("need.assess")}</h2>
      <CommandForm
        doing={doing}
        label={say("need.assess_do")}
        order={(form) => ({
          operation: "matching.assess_need",
          path: `needs/${id}/assessment`,
          body: { need: id, priority: Number(form.get("priority")), vulnerable: form.get("vulnerable") === "on" },
        })}
      >
        <Field id="priority" label={say("matching.priority")} hint={say("need.priority_hint")}>
          <select id="priority" name="priority">
            {priorities.map((p) => (
              <option key={p} value={p} selected={p === one.priority}>
                {p}
              </option>
            ))}
          </select>
        </Field>
        <p>
          <label class="row">
            <input type="checkbox" name="vulnerable" defaultChecked={one.vulnerable} /> {say("matching.vulnerable")}
          </label>
        </p>
      </CommandForm>
    </>
  );
}
