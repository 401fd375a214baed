import { useWords } from "@/core/settings";

export function Topics() {
  const say = useWords();
  return <p className="quiet">{say("loading")}</p>;
}
