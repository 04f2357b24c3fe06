/** Where things lie when the configuration does not say otherwise (design.md, Places). */
import { join } from "node:path";

/** The places of one platform. */
export interface DefaultPlaces {
  readonly config: string;
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  /** Where systemd puts the service's credentials, which `credential:NAME` means. */
  readonly credentials?: string;
}

/**
 * The places on a platform (`process.platform`); `env` is asked for ProgramData on Windows, and by
 * the service for its credentials. Another process finds those of the running service, as root.
 */
export function defaultPlaces(
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
): DefaultPlaces {
  if (platform === "win32") {
    const base = join(env["ProgramData"] ?? "C:\\ProgramData", "Vouchsafe");
    return {
      config: join(base, "agent.yaml"),
      root: join(base, "root.json"),
      state: join(base, "state"),
      socket: "\\\\.\\pipe\\vouchsafe-agent",
    };
  }
  return {
    config: "/etc/vouchsafe/agent.yaml",
    root: "/etc/vouchsafe/root.json",
    state: "/var/lib/vouchsafe",
    socket: "/run/vouchsafe/agent.sock",
    credentials: env["CREDENTIALS_DIRECTORY"] ?? "/run/credentials/vouchsafe-agent.service",
  };
}
