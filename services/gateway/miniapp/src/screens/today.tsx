import { useWords } from "@/core/settings";

export function Today() {
  const say = useWords();
  return <p className="quiet">{say("loading")}</p>;
}
