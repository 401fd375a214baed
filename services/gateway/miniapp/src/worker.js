// The app's worker in a browser: it keeps the files of the build it belongs to, so that the app opens without a network too.
//
// It keeps a build whole or not at all: each file is held to the hash that the build knew it by. It never answers anything but those files,
// and so keeps nothing that the gateway says. A newer build is fetched beside the one that is in use and takes over when the app is next
// opened, unless it is open a second time; until then what is open stays of one build.
const files = FILES; // config/worker.js: name and SHA-256 of each
const name = "renlin-app-" + VERSION;

const below = new URL("./", self.location.href);
let passing = false; // a newer build has been told to take over: what is asked for until it does comes from where it came from

async function hashOf(answer) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await answer.arrayBuffer()));
  return Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("");
}

async function keep() {
  const cache = await caches.open(name);
  await Promise.all(Object.keys(files).map(async (file) => {
    const answer = await fetch(new URL(file, below), { cache: "no-cache", credentials: "omit" });
    if (!answer.ok || (await hashOf(answer.clone())) !== files[file]) throw new Error(`${file} is not of this build`); // tried again at the next opening
    await cache.put(new URL(file, below), answer);
  }));
}

async function dropOthers() {
  for (const other of await caches.keys()) if (other.startsWith("renlin-app-") && other !== name) await caches.delete(other);
  await self.clients.claim();
}

async function opened(request) {
  const next = self.registration.waiting;
  if (next && (await self.clients.matchAll({ type: "window" })).length <= 1) {
    try {
      const answer = await fetch(request);
      passing = true;
      next.postMessage("take over");
      return answer;
    } catch {
      // no network: what is kept is whole
    }
  }
  return kept("index.html", request);
}

const kept = async (file, request) => (await (await caches.open(name)).match(new URL(file, below))) || fetch(request);

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(dropOthers()));
self.addEventListener("message", (event) => event.data === "take over" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (passing || request.method !== "GET" || url.search !== "" || url.origin !== below.origin || !url.pathname.startsWith(below.pathname)) return;
  const file = url.pathname.slice(below.pathname.length) || "index.html";
  if (!(file in files)) return;
  event.respondWith(file === "index.html" ? opened(request) : kept(file, request));
});
