import { useWords } from "@/core/settings";

export function Polls() {
  const say = useWords();
  return <p className="quiet">{say("loading")}</p>;
}
