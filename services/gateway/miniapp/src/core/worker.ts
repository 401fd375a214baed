// In a browser a worker (src/worker.js) keeps the app's own files, so that it opens without a network. A mini-program's platform does that itself.
import { inBrowser } from "./platform";

/** keepFiles has the worker begin once the app is there; where a browser has none, or allows none, the app needs a network to open. */
export function keepFiles(): void {
  if (!inBrowser || !("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => void navigator.serviceWorker.register("/app/worker.js", { scope: "/app/" }).catch(() => undefined));
}
