// What waits for a second signature.
import { Merging } from "../parts/merging";
import { Cosignings } from "../parts/two-signatures";
import type { ViewProps } from "../screens";
import { useWords } from "../words";

export function CosigningsView({ community }: ViewProps) {
  const say = useWords();
  return (
    <>
      <p class="quiet">{say("cosignings.about")}</p>
      <Cosignings community={community} />
      <Merging community={community} />
    </>
  );
}
