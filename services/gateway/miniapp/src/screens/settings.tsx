import { Button, Card, Field } from "@/parts/basics";
import { gateway } from "@/core/session";
import { change, useSettings, useWords } from "@/core/settings";
import type { Language } from "@/core/words";

/** Settings of this device: size, language, whom to ring. */
export function Settings() {
  const { elder, language, phone } = useSettings();
  const say = useWords();
  const speak = (l: Language): void => {
    gateway.language = l;
    change({ language: l });
  };
  return (
    <>
      <Card title={say("settings.size")}>
        <Button kind="plain" chosen={!elder} onPress={() => change({ elder: false })}>{say("settings.ordinary")}</Button>
        <Button kind="plain" chosen={elder} onPress={() => change({ elder: true })}>{say("settings.elder")}</Button>
      </Card>
      <Card title={say("settings.language")}>
        <Button kind="plain" chosen={language === "zh"} onPress={() => speak("zh")}>中文</Button>
        <Button kind="plain" chosen={language === "en"} onPress={() => speak("en")}>English</Button>
      </Card>
      <Card title={say("settings.phone")}>
        <Field id="phone" label={say("settings.number")} value={phone} hint={say("settings.phone_note")} max={20} type="tel"
          onType={(v) => change({ phone: v.replace(/[^0-9+ -]/g, "") })} />
      </Card>
    </>
  );
}
