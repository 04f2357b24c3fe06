/**
 * How the blackbox tests with the executable for Windows differ from those with the one for Linux, as
 * data: the tests take their amounts from here, and what is left out; docs/windows.md shows it.
 * Whatever is not named here runs with both, and is the same text.
 */

const slowStart = "By Wine a program takes four times as long to start, the consumer's too.";

/** How often the agent is killed, with the executable for each system. */
export const amounts = {
  /** See exe-kill-9.ts. */
  steps: {
    linux: { cutsPerStep: 7, leastPerStep: 3, leastInAll: 50 },
    windows: { cutsPerStep: 3, leastPerStep: 1, leastInAll: 20 },
  },
  random: { linux: 500, windows: 30 },
} as const;

/** A test, below test/blackbox/, that is another one on Windows, or none. */
export interface ExeDifference {
  /** Files, also scenarios, and folders that end in "/". */
  readonly test: string;
  readonly onWindows: string;
  readonly why: string;
}

/** What runs with the executable for Windows, otherwise than on Linux. */
export const otherwise: readonly ExeDifference[] = [
  {
    test: "kill-9.test.ts",
    onWindows: `Each step is cut ${amounts.steps.windows.cutsPerStep} times, not ${amounts.steps.linux.cutsPerStep}`,
    why: slowStart,
  },
  {
    test: "kill-9-random.test.ts",
    onWindows: `${amounts.random.windows} kills, not ${amounts.random.linux}`,
    why: slowStart,
  },
  {
    test: "kill-9.test.ts, kill-9-random.test.ts",
    onWindows:
      "What `current.json` names must be whole, and `current` too where it is; `current.mirror.json` may lie beside",
    why: "Without junctions (Wine has none) `current` is away between two renames, and `current.json` is the truth.",
  },
  {
    test: "kill-9.test.ts, kill-9-random.test.ts, scenarios/consumer-says-no.txt, scenarios/consumer-does-not-end.txt",
    onWindows: "The consumer's programs are `cmd.exe`, `findstr` and `ping`",
    why: "There is no `/bin/sh`, `/bin/sleep` or `grep`.",
  },
  {
    test: "kill-9.test.ts, kill-9-random.test.ts, resume.test.ts",
    onWindows:
      "`kill -9` is TerminateProcess; by Wine it is SIGKILL to the process that it runs in",
    why: "Windows has no signals.",
  },
  {
    test: "full-disk.test.ts",
    onWindows: "By Wine alone; the small disk holds the configuration, too",
    why: "Only Linux can mount a small disk for a test; by Wine it must be there before Windows starts.",
  },
  {
    test: "package/executables.test.ts",
    onWindows: "What the agent says of itself, not what lies in the file",
    why: "The file for Windows is looked into on Linux: `package/windows-executable.test.ts`.",
  },
  {
    test: "scenarios/service.txt",
    onWindows: "`service install`, `start`, `stop` and `uninstall` in place of `run` and SIGTERM",
    why: "There a service is started and stopped by the service manager.",
  },
  {
    test: "all of them",
    onWindows: "The control channel is a named pipe, of another name for each test",
    why: "There are no sockets in folders.",
  },
  {
    test: "all of them, by Wine",
    onWindows: "Standard output and standard error are files",
    why: "Node.js by Wine does not work with the pipes of the Linux beneath.",
  },
];

/** What does not run with the executable for Windows. */
export const leftOut: readonly ExeDifference[] = [
  {
    test: "scenarios/two-of-three.txt",
    onWindows: "Left out",
    why: "Only the publisher plays in it, which runs on Linux.",
  },
  {
    test: "demo.test.ts",
    onWindows: "Left out",
    why: "The demo is for Linux: publisher and console are part of it.",
  },
  {
    test: "installers/",
    onWindows: "Left out; `test/windows/*msi*.test.ts` do it for the MSI",
    why: "They are about scripts of Linux.",
  },
  {
    test: "package/",
    onWindows:
      "Left out but for `executables.test.ts`; `test/windows/*msi*.test.ts` are about the MSI",
    why: "They are about packages and signals of Linux, or look at the files that are built, those for Windows too, and start none.",
  },
];

/** The files and folders that a difference names. */
export const namedBy = ({ test }: ExeDifference): readonly string[] => test.split(", ");

/** Whether a file, below test/blackbox/, runs with the executable for Windows. */
export function runsOnWindows(path: string): boolean {
  const isLeftOut = leftOut
    .flatMap(namedBy)
    .some((name) => (name.endsWith("/") ? path.startsWith(name) : path === name));
  return !isLeftOut || otherwise.flatMap(namedBy).includes(path);
}

/** Everything, as rows of a table. */
export const differenceRows = (): readonly (readonly string[])[] =>
  [...otherwise, ...leftOut].map(({ test, onWindows, why }) => [test, onWindows, why]);
