// What the rulebook was: its versions, since when each holds and by what it came, and what one changed of the one before, in sentences.
import { useState } from "preact/hooks";
import { useAsk } from "../asking";
import { Changes } from "../parts/rules-diff";
import { Rules } from "../parts/rules";
import { Id, Time, Wait } from "../parts/show";
import { to } from "../place";
import type { ViewProps } from "../screens";
import { titleOf, useVersion } from "../told";
import { useWords } from "../words";

interface Version {
  version: number;
  adopted_at: number;
  index: number;
  motion?: string;
}

export function RulesHistory({ community }: ViewProps) {
  const say = useWords();
  const list = useAsk<{ versions: Version[]; more?: number }>(community, "rules/history");
  return (
    <>
      <p class="quiet">{say("rules_history.about")}</p>
      <Wait of={list}>
        {({ versions, more }) => (
          <>
            {versions.map((v, i) => (
              <One key={v.version} community={community} of={v} newest={i === 0} />
            ))}
            {more ? <p class="quiet">{say("rules_history.more", { more })}</p> : null}
          </>
        )}
      </Wait>
    </>
  );
}

function One({ community, of, newest }: { community: string; of: Version; newest: boolean }) {
  const say = useWords();
  const [open, setOpen] = useState<"" | "changes" | "rules">("");
  const toggle = (what: "changes" | "rules") => setOpen(open === what ? "" : what);
  const first = of.version === 1;
  return (
    <section aria-labelledby={"version-" + of.version}>
      <h2 id={"version-" + of.version}>
        {say("rules.version", { version: of.version })} {newest && <span class="stage in_force">{say("rules_history.in_force")}</span>}
      </h2>
      <p>
        <Time ms={of.adopted_at} /> · {say("rules_history.commit", { index: of.index })}
      </p>
      <p>
        {of.motion ? (
          <>
            {say("rules_history.voted")} <a href={to(community, "motions", of.motion)}>{say("rules_history.motion")}</a> <Id of={of.motion} />
          </>
        ) : (
          say(first ? "rules_history.founded" : "rules_history.signed")
        )}
      </p>
      <p class="row">
        {!first && (
          <button type="button" class="plain" aria-expanded={open === "changes"} onClick={() => toggle("changes")}>
            {say("rules_history.changes", { version: of.version - 1 })}
          </button>
        )}
        <button type="button" class="plain" aria-expanded={open === "rules"} onClick={() => toggle("rules")}>
          {say("rules_history.whole", { version: of.version })}
        </button>
      </p>
      {open === "changes" && <Between community={community} version={of.version} />}
      {open === "rules" && <Whole community={community} version={of.version} />}
    </section>
  );
}

function Between({ community, version }: { community: string; version: number }) {
  const say = useWords();
  const before = useVersion(community, version - 1);
  const after = useVersion(community, version);
  return (
    <Wait of={before}>
      {(b) => (
        <Wait of={after}>
          {(a) => <Changes community={community} before={b.matters} after={a.matters} none={say("rules_history.none")} />}
        </Wait>
      )}
    </Wait>
  );
}

function Whole({ community, version }: { community: string; version: number }) {
  const told = useVersion(community, version);
  return (
    <Wait of={told}>
      {({ matters }) => (
        <>
          {matters.map((m) => (
            <section key={m.code} aria-label={titleOf(m, m.code)}>
              <h3>{titleOf(m, m.code)}</h3>
              <Rules of={m} />
            </section>
          ))}
        </>
      )}
    </Wait>
  );
}
