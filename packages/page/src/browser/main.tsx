/** Begins the page: the browser's parts go in, the views come out. */

import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { render } from "preact";
import { App } from "./app.ts";
import { lockedSlots } from "./stream-slots.ts";
import { Page } from "./view/page.tsx";

/** Not `crypto.randomUUID`: a page over plain HTTP has none, but for that of the own machine. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const app = new App({
  fetch: (path, init) => fetch(path, init),
  memory: sessionStorage,
  clock: systemClock,
  random: systemRandom,
  newId,
  slots: lockedSlots(navigator.locks as LockManager | undefined),
  address: { read: () => location.hash, write: (hash) => history.pushState(null, "", hash) },
});

render(<Page app={app} />, document.getElementById("app") as HTMLElement);
document.addEventListener("visibilitychange", () => app.didShow(document.visibilityState === "visible"));
addEventListener("hashchange", () => app.navigate());
void app.start();
