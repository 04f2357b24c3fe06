/** A program that the service starts in place of the agent; it behaves as a file tells it. */

/** A program in place of the agent: does what `behaviour` says, and notes when it began and ended. */
export const fakeAgent = `
const { appendFileSync, readFileSync } = require("node:fs");
const note = (text) => appendFileSync(process.argv[2] + "/notes", text + "\\n");
const behaviour = readFileSync(process.argv[2] + "/behaviour", "utf8");
const say = (event) => console.log(JSON.stringify(event));
const args = process.argv.slice(3);
const outcome = (result, exitCode) => say({ event: "outcome", exitCode, document: { result, databases: [{ name: "daily", result }] }, lines: ["daily: " + result] });
note("begin " + args.join(" "));
process.on("SIGTERM", () => { note("asked"); if (behaviour !== "deaf") process.exit(143); });
process.stdin.on("data", (given) => note("given " + JSON.parse(given).databases.daily.keep));
const done = () => { say({ event: "progress", database: "daily", step: "fetching", done: 1, total: 2 }); note("end"); outcome("updated", 0); process.exit(0); };
if (behaviour === "current") process.stdin.on("end", () => { outcome("current", 0); process.exit(0); });
if (behaviour.startsWith("fail ")) process.stdin.on("end", () => {
  const error = { code: behaviour.slice(5), class: "retryable", message: "It failed.", advice: "" };
  say({ event: "outcome", exitCode: 4, document: { result: "failed", databases: [{ name: "daily", result: "failed", error }] } });
  process.exit(4);
});
if (behaviour === "quick") process.stdin.on("end", done);
if (behaviour === "slow") setTimeout(done, 1500);
if (behaviour === "crash") { console.error("TypeError: it broke"); process.exit(1); }
if (behaviour === "hang" || behaviour === "deaf") setInterval(() => {}, 1000);
`;
