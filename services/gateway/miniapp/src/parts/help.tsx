import Taro from "@tarojs/taro";
import { Card, Button } from "./basics";
import { go } from "@/core/go";
import { inBrowser } from "@/core/platform";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";

/** Help is the way to a person: one tap rings, and paper and a visit are named for whoever would rather not use a screen. */
export function Help() {
  const say = useWords();
  const { phone: noted } = useSettings();
  const told = useLoad(async (d) => (await d.read("gateway.community")).body.phone || "");
  const phone = noted || told.value || ""; // one's own comes before the community's
  const ring = (): void => {
    if (phone === "") go("settings");
    else if (inBrowser) window.location.href = `tel:${phone.replace(/[^0-9+]/g, "")}`;
    else void Taro.makePhoneCall({ phoneNumber: phone }).catch(() => undefined);
  };
  return (
    <Card title={say("help.title")}>
      <Button id="ring" onPress={ring}>{phone === "" ? say("help.set") : say("help.ring", { phone })}</Button>
      <p>{say("help.paper")}</p>
    </Card>
  );
}
