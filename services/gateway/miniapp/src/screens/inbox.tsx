import { useWords } from "@/core/settings";

export function Inbox() {
  const say = useWords();
  return <p className="quiet">{say("loading")}</p>;
}
