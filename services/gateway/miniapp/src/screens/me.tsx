import { Row } from "@/parts/basics";
import { useWords } from "@/core/settings";

/** Me leads to what is one's own. */
export function Me() {
  const say = useWords();
  return (
    <div className="rows">
      <Row to="settings" title={say("settings.title")} note={say("settings.note")} />
    </div>
  );
}
