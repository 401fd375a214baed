// The page of secret ballots, which is a package of its own in a mini-program and a part of its own in a browser. It is the one place from which their
// arithmetic is loaded.
import Taro, { useRouter } from "@tarojs/taro";
import { useEffect } from "react";
import { goTo, type Params } from "@/core/go";
import { useSession } from "@/core/session";
import { useWords } from "@/core/settings";
import { Shell } from "@/parts/shell";
import { BoothScreen } from "./booth";

export default function SecretPage() {
  const { params } = useRouter();
  const device = useSession();
  const say = useWords();
  useEffect(() => void Taro.setNavigationBarTitle({ title: say("booth.title") }), [say("booth.title")]);
  useEffect(() => {
    if (device === null) goTo("welcome");
  }, [device]);
  if (!device) return null;
  return (
    <Shell name="booth" title="booth.title" signedIn>
      <BoothScreen device={device} params={params as Params} />
    </Shell>
  );
}
