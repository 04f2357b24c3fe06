/** The page's entry: asks the console every few seconds while somebody looks, and draws. */
import { render } from "preact";
import { fetchFleet, type Snapshot } from "./fleet.ts";
import { Page } from "./page.tsx";
import "./page.css";

const everyMs = 3_000;
const patienceMs = 10_000;

function start(root: Element): void {
  let snapshot: Snapshot | undefined;
  let trouble: string | undefined;
  let running = false;
  const draw = (): void => render(<Page snapshot={snapshot} trouble={trouble} />, root);

  const ask = async (): Promise<void> => {
    if (running || document.hidden) return;
    running = true;
    try {
      snapshot = await fetchFleet(snapshot, AbortSignal.timeout(patienceMs));
      trouble = undefined;
    } catch (error) {
      trouble =
        error instanceof Error && error.message.endsWith(".") ? error.message : "no answer.";
    } finally {
      running = false;
    }
    draw();
  };
  draw();
  void ask();
  setInterval(() => void ask(), everyMs);
  document.addEventListener("visibilitychange", () => void ask());
}

const root = document.querySelector("#page");
if (root !== null) start(root);
