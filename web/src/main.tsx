/** The console: which page an address shows. */
import { type ComponentType, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "./styles/all.css";
import { tokenNeeded } from "./api.ts";
import { startLive } from "./live.ts";
import type { PageEntry, PageProps } from "./pages.ts";
import { Problem, SignIn, Skeleton } from "./parts/basics.tsx";
import { Frame } from "./parts/frame.tsx";
import { learnPlace } from "./place.ts";
import { place, startRouting } from "./router.ts";

const loaded = new Map<PageEntry, ComponentType<PageProps>>();

/** A page whose code comes when it is first shown. */
function Lazily({ page, rest }: { page: PageEntry; rest: string[] }) {
  const [failed, setFailed] = useState<Error | null>(null);
  const [, setCount] = useState(0);
  const Page = loaded.get(page);
  useEffect(() => {
    setFailed(null);
    if (loaded.has(page)) return;
    let gone = false;
    page.load().then(
      (module) => {
        loaded.set(page, module.default);
        if (!gone) setCount((n) => n + 1);
      },
      () => !gone && setFailed(new Error("Its code could not be loaded; the server may have been renewed. Load the page again.")),
    );
    return () => {
      gone = true;
    };
  }, [page]);
  if (Page) return <Page rest={rest} />;
  return failed ? <Problem error={failed} title={`${page.name} cannot be shown`} /> : <Skeleton lines={8} label={`Loading ${page.name}`} />;
}

function Unknown() {
  return (
    <div class="empty">
      <h1>There is no such page</h1>
      <p>
        <a href="/">To the front page</a>
      </p>
    </div>
  );
}

function Console() {
  const at = place.value;
  const page = at ? <Lazily key={at.page.path} page={at.page} rest={at.rest} /> : <Unknown />;
  return <Frame here={at?.page.path ?? ""}>{tokenNeeded.value ? <SignIn /> : page}</Frame>;
}

startRouting();
startLive();
void learnPlace().catch(() => undefined); // the pages do without
render(<Console />, document.getElementById("app") as HTMLElement);
