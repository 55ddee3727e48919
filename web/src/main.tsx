/** The console: which page an address shows. */
import { render } from "preact";
import "./styles/all.css";
import { startLive } from "./live.ts";
import { learnPlace } from "./place.ts";
import { SessionPage } from "./pages/session.tsx";
import { SessionsPage } from "./pages/sessions.tsx";
import { Frame } from "./parts/frame.tsx";
import { route, startRouting } from "./router.ts";

function Unknown() {
  return (
    <div class="empty">
      <h1>There is no such page</h1>
      <p>
        <a href="/">All sessions</a>
      </p>
    </div>
  );
}

function Console() {
  const at = route.value;
  return (
    <Frame here="sessions">
      {at.page === "sessions" && <SessionsPage />}
      {at.page === "session" && <SessionPage key={at.id} id={at.id} />}
      {at.page === "unknown" && <Unknown />}
    </Frame>
  );
}

startRouting();
startLive();
void learnPlace().catch(() => undefined); // the pages do without
render(<Console />, document.getElementById("app") as HTMLElement);
