/** Where this machine's apt gets Debian from: root file systems are made from the same mirror. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const options = { maxBuffer: 16_000_000 } as const;

/** The mirror of Debian that apt is configured with. */
export async function configuredMirror(): Promise<string> {
  const format = "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)";
  const { stdout } = await run("apt-get", ["indextargets", "--format", format], options);
  const line = stdout.split("\n").find((target) => target.startsWith("Debian|Debian|main|"));
  const mirror = line?.split("|").at(-1);
  if (mirror === undefined) throw new Error("apt is configured with no mirror of Debian");
  return mirror;
}

/** The proxies that apt is configured with, as options of mmdebstrap. */
export async function configuredProxies(): Promise<readonly string[]> {
  const { stdout } = await run("apt-config", ["dump"], options);
  const lines = stdout.split("\n").filter((line) => /^Acquire::https?::Proxy "[^"]+";$/.test(line));
  return lines.map((line) => `--aptopt=${line.slice(0, -1)}`);
}
