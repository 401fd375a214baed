// What is around every screen: the bar, the navigation, and the places where a screen reader is told what has been done. On a change of
// screen the heading takes the focus, so that the keyboard and the screen reader begin where the eye does.
import { useEffect, useRef, useState } from "preact/hooks";
import { communityName, names, sessions, signedIn } from "./connection";
import { hearing, listen } from "./live";
import { Aloud } from "./parts/aloud";
import { Fetched } from "./parts/fetched";
import { match, place, to } from "./place";
import { groups, screens, type Screen } from "./screens";
import { Start } from "./screens/start";
import { useStanding } from "./standing";
import { useStore } from "./store";
import { bothOf, choose, language, useWords, type Key } from "./words";

/** found is the screen of a place. */
function found(parts: string[]): { screen: Screen; params: Record<string, string> } | null {
  for (const screen of screens) {
    const params = match(screen.path, parts);
    if (params) return { screen, params };
  }
  return null;
}

export function Shell() {
  const { community } = useStore(place);
  const all = useStore(sessions);
  return (
    <>
      {all.has(community) ? <Inside key={community} community={community} /> : <Outside />}
      <Aloud />
    </>
  );
}

/** Outside is for whoever is not signed in to the community of the address. */
function Outside() {
  const say = useWords();
  useEffect(() => {
    document.title = `${say("start.title")} · ${say("console")}`;
  }, [language.value]);
  return (
    <>
      <Bar />
      <main id="main" tabIndex={-1}>
        <Start />
      </main>
      <Foot />
    </>
  );
}

function Inside({ community }: { community: string }) {
  const say = useWords();
  const { parts } = useStore(place);
  const here = found(parts);
  const title = say(((here?.screen.id ?? "missing") + ".title") as Key);
  const main = useRef<HTMLElement>(null);
  const address = parts.join("/");
  const drawn = useRef(false);
  useEffect(() => listen(community), [community]);
  useEffect(() => {
    document.title = `${title} · ${say("console")}`;
  }, [title]);
  useEffect(() => {
    if (drawn.current) main.current?.querySelector<HTMLElement>("h1")?.focus();
    drawn.current = true;
  }, [address]);
  return (
    <>
      <Bar community={community} />
      <div class="sides">
        <Navigation community={community} current={here?.screen.under ?? here?.screen.id ?? ""} />
        <main id="main" ref={main} tabIndex={-1}>
          <h1 tabIndex={-1}>{title}</h1>
          {here ? (
            <Fetched key={address} view={here.screen.view} community={community} params={here.params} />
          ) : (
            <p>{say("missing.text")}</p>
          )}
        </main>
      </div>
      <Foot community={community} />
    </>
  );
}

function Bar({ community }: { community?: string }) {
  const say = useWords();
  useStore(names);
  const other = language.value === "zh" ? "en" : "zh";
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {say("skip")}
      </a>
      <header class="bar">
        <a class="mark" href={to("")}>
          <img src="/static/mark.svg" alt="" width="32" height="32" />
          {say("console")}
        </a>
        {community && <span class="community">{bothOf(communityName(community))}</span>}
        <span class="row end">
          {community && (
            <button type="button" class="plain" onClick={() => void signedIn.end(community)}>
              {say("sign_out")}
            </button>
          )}
          <button type="button" class="plain" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => void choose(other).catch(() => undefined)}>
            {other === "zh" ? "中文" : "English"}
          </button>
        </span>
      </header>
    </>
  );
}

/** skip goes to what the page is about, without a change of the address: that names the screen. */
function skip(e: Event): void {
  e.preventDefault();
  document.getElementById("main")?.focus();
}

function Navigation({ community, current }: { community: string; current: string }) {
  const say = useWords();
  const standing = useStanding(community);
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [current]);
  const offered = screens.filter((s) => s.group && (!s.roles || s.roles.some((r) => standing.roles.has(r))));
  return (
    <nav aria-label={say("navigation")}>
      <button type="button" class="plain menu" aria-expanded={open} aria-controls="menu" onClick={() => setOpen(!open)}>
        {say("menu")}
      </button>
      <div id="menu" class={open ? "open" : ""}>
        {groups.map((group) => {
          const some = offered.filter((s) => s.group === group);
          if (some.length === 0) return null;
          return (
            <section key={group}>
              <p class="group" id={"group-" + group}>
                {say(("group." + group) as Key)}
              </p>
              <ul aria-labelledby={"group-" + group}>
                {some.map((s) => (
                  <li key={s.id}>
                    <a href={to(community, ...s.path.split("/"))} aria-current={s.id === current ? "page" : undefined}>
                      {say((s.id + ".title") as Key)}
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
      </div>
    </nav>
  );
}

function Foot({ community }: { community?: string }) {
  const say = useWords();
  const how = useStore(hearing);
  return (
    <footer>
      {community && <p>{say(("hearing." + how) as Key)}</p>}
      <p>
        <a href={community ? `/c/${community}` : "/"}>{say("public")}</a> · <a href="/console/licences.txt">{say("licences")}</a>
      </p>
    </footer>
  );
}
