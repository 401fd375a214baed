// The one page of the app: shows the screen that its address names, to whoever is signed in, and otherwise the way in.
import Taro, { useRouter } from "@tarojs/taro";
import { useEffect, type ComponentType } from "react";
import type { Params } from "@/core/go";
import { useSession } from "@/core/session";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Shell } from "@/parts/shell";
import { open, screens, type ScreenName, type Shown } from "@/screens";

export default function Screen() {
  const { params: raw } = useRouter();
  const params = raw as Params;
  const device = useSession();
  const say = useWords();
  const name: ScreenName = params.name && params.name in screens && device ? (params.name as keyof typeof screens) : device ? "today" : "welcome";
  const title = `${name}.title` as Word;
  useEffect(() => void Taro.setNavigationBarTitle({ title: say(title) }), [title, say(title)]);
  if (device === undefined) return null;
  const Part: ComponentType<Shown> | undefined = name === "welcome" ? undefined : screens[name as keyof typeof screens];
  const Open: ComponentType<{ params: Params }> = open.welcome;
  return (
    <Shell name={name} title={title} signedIn={device !== null}>
      {device && Part ? <Part device={device} params={params} /> : <Open params={params} />}
    </Shell>
  );
}
