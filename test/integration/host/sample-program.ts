/** A program for the tests of `startProgram`, run as a child process. */
import { startProgram } from "../../../host/cli/start.ts";
import type { Program, RunVerb, Verb } from "../../../host/cli/types.ts";
import { versionInfo } from "../../../host/version.ts";

const verb = (name: string, run: RunVerb): Verb => ({
  name,
  summary: `Does ${name}`,
  positionals: [],
  options: {},
  run,
});

const program: Program = {
  name: "sample",
  summary: "Runs in tests",
  version: versionInfo,
  verbs: [
    verb("much", async ({ out }) => {
      for (let line = 0; line < 20_000; line++) out.line(`line ${line} ${"x".repeat(50)}`);
      return 0;
    }),
    verb("document", async ({ out }) => {
      out.json({ text: "x".repeat(1_000_000) });
      return 8;
    }),
    verb("wait", async ({ out, clock, signal }) => {
      out.note("waiting");
      await clock.sleep(60_000, signal);
      return 0;
    }),
    verb("finish", async ({ out, signal }) => {
      out.note("waiting");
      setInterval(() => undefined, 60_000);
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve, { once: true });
      });
      return 0;
    }),
    verb("stubborn", async ({ out }) => {
      out.note("waiting");
      setInterval(() => undefined, 60_000);
      return new Promise(() => undefined);
    }),
  ],
};

await startProgram(program);
