// An auditor's finding that credits be taken back, and the decision of an appeal by somebody with no part in it. Who is apart enough the
// rules say; a refusal tells why.
import type { Kept } from "../asking";
import { seal } from "../connection";
import { idOf } from "../models/record";
import { useWords } from "../words";
import { CommandForm, Field, useDoing } from "./doing";

interface JudgingProps {
  community: string;
  member: string;
}

/** Find proposes that what was credited for some work be taken back. */
export function Find({ community, member }: JudgingProps) {
  const say = useWords();
  const doing = useDoing(community);
  return (
    <details>
      <summary>{say("clawbacks.find")}</summary>
      <p class="quiet">{say("clawbacks.find_about")}</p>
      <CommandForm
        doing={doing}
        label={say("clawbacks.find_do")}
        order={async (form) => {
          const work = String(form.get("work")).trim();
          const reason = await seal(community, member, String(form.get("reason")));
          return { operation: "ledger.propose_clawback", path: `clawbacks/${work}`, body: { work, reason } };
        }}
      >
        <Field id="work" label={say("clawbacks.work_id")}>
          <input id="work" name="work" required pattern="[a-z2-7]{26}" spellcheck={false} />
        </Field>
        <Field id="reason-find" label={say("clawbacks.reason")}>
          <textarea id="reason-find" name="reason" rows={3} required maxLength={4000} />
        </Field>
      </CommandForm>
    </details>
  );
}

/** Decide is for one that was appealed. */
export function Decide({ community, member, of }: JudgingProps & { of: Kept<{ state: string; decide_by?: number }> }) {
  const say = useWords();
  const doing = useDoing(community);
  const work = idOf(of.path);
  if (of.state.state !== "appealed") return null;
  return (
    <details>
      <summary>{say("clawbacks.decide")}</summary>
      <CommandForm
        doing={doing}
        label={say("clawbacks.decide_do")}
        order={async (form) => ({
          operation: "ledger.decide_appeal",
          path: `clawbacks/${work}/decision`,
          body: { work, granted: form.get("granted") === "yes", reason: await seal(community, member, String(form.get("reason"))) },
        })}
      >
        <Field id={`granted-${work}`} label={say("clawbacks.outcome")}>
          <select id={`granted-${work}`} name="granted">
            <option value="yes">{say("clawbacks.granted")}</option>
            <option value="no">{say("clawbacks.rejected")}</option>
          </select>
        </Field>
        <Field id={`reason-${work}`} label={say("clawbacks.reason")}>
          <textarea id={`reason-${work}`} name="reason" rows={3} required maxLength={4000} />
        </Field>
      </CommandForm>
    </details>
  );
}
