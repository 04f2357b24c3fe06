/** The real machine behind the doctor's ports. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import process from "node:process";
import type { CliContext } from "../../host/cli/types.ts";
import { readFileIfExists } from "../../host/durable.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import type { HttpOptions } from "../../host/http/types.ts";
import { createHttp } from "../../host/http.ts";
import { probe } from "../../host/probe/probe.ts";
import { runProcess } from "../../host/process.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { own } from "../../protocol/json.ts";
import type { AgentConfig } from "../config/types.ts";
import { callService } from "../daemon/control-client.ts";
import type { DoctorPorts, RootFacts, ServiceFacts } from "../doctor/context.ts";
import { provenByProgram, userAgent } from "./compose.ts";
import { machineDisk } from "./machine-disk.ts";
import { proxyEnvOf, readAuthority, repositoryHttp } from "./network.ts";

/** Of each step of a request; a check has ten seconds for all. */
const timeouts = { connectMs: 5_000, idleMs: 5_000, requestMs: 8_000 };

const maxProfilesBytes = 4_194_304;
const journalMs = 5_000;
const accessModes = {
  read: constants.R_OK,
  write: constants.W_OK,
  execute: constants.X_OK,
} as const;

/** Messages of AppArmor's of the last day; none where there is no journal, or it is closed to us. */
async function readDenials(signal: AbortSignal): Promise<readonly string[]> {
  const argv = [
    "/usr/bin/journalctl",
    "--dmesg",
    "--since=-24h",
    "--grep=apparmor=.DENIED",
    "--output=cat",
    "--lines=200",
    "--no-pager",
    "--quiet",
  ] as const;
  try {
    const { stdout } = await runProcess(argv, {
      env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
      timeoutMs: journalMs,
      maxOutputBytes: 262_144,
      signal,
    });
    return stdout.split("\n");
  } catch {
    return [];
  }
}

/** What only root may read. Never throws. */
export async function readRootFacts(signal: AbortSignal): Promise<RootFacts> {
  const path = "/sys/kernel/security/apparmor/profiles";
  const profiles = await readFileIfExists(nodeFileSystem, path, maxProfilesBytes).catch(
    () => undefined,
  );
  return {
    ...(profiles === undefined ? {} : { profiles: profiles.toString("utf8") }),
    denials: await readDenials(signal),
  };
}

function serviceFacts(event: JsonObject): ServiceFacts {
  const [pid, next] = [own(event, "pid"), own(event, "nextCheckAt")];
  return {
    pid: typeof pid === "number" ? pid : 0,
    busy: own(event, "busy") === true,
    nextCheckAt: typeof next === "string" ? next : null,
  };
}

const mayUse: DoctorPorts["mayUse"] = (path, how) =>
  access(path, accessModes[how]).then(
    () => true,
    () => false,
  );

/** PEM text, or nothing: that a file is missing is a finding of the configuration's check. */
const authority = (path: string | undefined): Promise<string | undefined> =>
  readAuthority(nodeFileSystem, path).catch(() => undefined);

/** The ports, and how to close what they opened. */
export async function doctorPorts(
  { env, clock, program }: CliContext,
  config: AgentConfig,
  rooted: RootFacts,
): Promise<{ readonly ports: DoctorPorts; readonly close: () => void }> {
  const mirrors = await authority(config.transfer.ca);
  const console = await authority(config.console?.ca);
  const { proxy } = config.transfer;
  const proxyEnv = await proxyEnvOf(nodeFileSystem, proxy, env).catch(() => undefined);
  const client = (redirects: HttpOptions["redirects"], ca: string | undefined) =>
    createHttp({
      userAgent: userAgent(program.version),
      timeouts,
      redirects,
      ...(ca === undefined ? {} : { tls: { ca } }),
      ...(proxyEnv === undefined ? {} : { proxyEnv }),
    });
  // Files that cannot be read are findings of the configuration's check.
  const mirrorClient = await repositoryHttp(
    nodeFileSystem,
    { ...config, transfer: { ...config.transfer, ...timeouts } },
    userAgent(program.version),
    env,
  ).catch(() => client("same-origin", mirrors));
  const [mirrorHttp, consoleHttp] = [mirrorClient, client("none", console)];
  const ports: DoctorPorts = {
    ...machineDisk(clock),
    clock,
    run: runProcess,
    env,
    proxyEnv,
    uid: process.geteuid?.(),
    mayUse,
    probe,
    mirrorHttp,
    consoleHttp,
    authorities: {
      ...(mirrors === undefined ? {} : { mirrors }),
      ...(console === undefined ? {} : { console }),
    },
    askService: async (signal) => {
      const { socket, state } = config;
      const event = await callService({ socket, state, request: { verb: "service" }, signal });
      return event === undefined ? undefined : serviceFacts(event);
    },
    rooted,
    ...provenByProgram(),
  };
  return {
    ports,
    close: () => {
      mirrorHttp.close();
      consoleHttp.close();
    },
  };
}
