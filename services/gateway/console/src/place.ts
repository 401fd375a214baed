// Where the reader is. A place stands behind the # of the address: it never goes to a server, and so is in nobody's log.
import { Store } from "./store";

export interface Place {
  /** The community, or empty on the start page. */
  community: string;
  parts: string[];
}

function read(): Place {
  const [community = "", ...parts] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { community, parts: parts.filter(Boolean) };
}

/** What a link of an invitation carries behind the #: a one-time code. It is taken out of the address before anything is drawn. */
export interface Invitation {
  community: string;
  member: string;
  code: string;
}

function invited(): Invitation | null {
  const found = /^#invite=([a-z2-7]{26})\.([a-z2-7]{26})\.([A-Za-z0-9-]{16,24})$/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", location.pathname);
  return { community: found[1], member: found[2], code: found[3] };
}

export const invitation = new Store<Invitation | null>(invited());
export const place = new Store<Place>(read());

addEventListener("hashchange", () => {
  const another = invited();
  if (another) invitation.set(another);
  place.set(read());
});

/** to is the address of a place. */
export function to(community: string, ...parts: string[]): string {
  return "#/" + [community, ...parts].filter(Boolean).map(encodeURIComponent).join("/");
}

export function go(address: string): void {
  location.hash = address.slice(1);
}

/** match holds a place's parts against a pattern such as "topics/:topic"; null if it is another. */
export function match(pattern: string, parts: string[]): Record<string, string> | null {
  const wanted = pattern ? pattern.split("/") : [];
  if (wanted.length !== parts.length) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(":")) found[part.slice(1)] = parts[i];
    else if (part !== parts[i]) return null;
  }
  return found;
}
