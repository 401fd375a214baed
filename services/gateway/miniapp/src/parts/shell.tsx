// What is around every screen: where one is, the way back, and in a browser the way to the main places.
import type { ReactNode } from "react";
import { back, goTo } from "@/core/go";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { tabs } from "@/models/places";
import type { ScreenName } from "@/screens";
import { Aloud } from "./aloud";

export function Shell({ name, title, children, signedIn }: { name: ScreenName; title: Word; children: ReactNode; signedIn: boolean }) {
  const { elder, language } = useSettings();
  const say = useWords();
  const isTab = tabs(elder).includes(name);
  return (
    <div className={`face${elder ? " elder" : ""}`} lang={language === "zh" ? "zh-CN" : "en"}>
      <header className="top">
        {isTab || !signedIn ? null : <button type="button" className="back" onClick={back}>‹ {say("back")}</button>}
        <h1 className="title">{say(title)}</h1>
      </header>
      <main className="main">{children}</main>
      <Aloud />
      {signedIn ? (
        <nav className="tabs" aria-label={say("places")}>
          {tabs(elder).map((tab) => (
            <button type="button" key={tab} className={`tab${tab === name ? " here" : ""}`} aria-current={tab === name ? "page" : undefined}
              onClick={() => goTo(tab)}>
              {say(`tab.${tab}` as Word)}
            </button>
          ))}
        </nav>
      ) : null}
    </div>
  );
}
