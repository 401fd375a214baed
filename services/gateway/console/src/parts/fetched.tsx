// A screen whose script may still be on its way. Where the server does not answer it says so, and can be asked again.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../connection";
import { fetched } from "../fetched";
import type { Screen, ViewProps } from "../screens";
import { useWords } from "../words";
import { Refused } from "./show";

/** here are those that have come: they are drawn at once. */
const here = new Map<Screen["view"], ComponentType<ViewProps>>();

export function Fetched({ view, ...of }: { view: Screen["view"] } & ViewProps) {
  const say = useWords();
  const [, drawn] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (here.has(view)) return;
    let left = false;
    fetched(view).then(
      (v) => (here.set(view, v), left || drawn(true)),
      () => left || setFailed(true),
    );
    return () => void (left = true);
  }, [view]);
  const View = here.get(view);
  if (View) return <View {...of} />;
  if (!failed) {
    return (
      <p class="quiet" aria-busy="true">
        {say("wait")}
      </p>
    );
  }
  return (
    <>
      <Refused why={new Refusal("client.not_fetched", say("fetched.not"), false)} />
      <p>
        <button type="button" onClick={() => void again()}>
          {say("fetched.again")}
        </button>
      </p>
    </>
  );
}

/** again loads the page anew, if the server answers: browsers keep that a script did not come for as long as a page is open. */
async function again(): Promise<void> {
  const page = await fetch("/console/", { cache: "no-store", credentials: "omit" }).catch(() => undefined);
  if (page?.ok) location.reload();
}
