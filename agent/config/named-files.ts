/** The paths that a configuration names, with the keys that name them. */
import { dirname } from "node:path";
import type { AgentConfig, ConsumerConfig } from "./types.ts";

/** A file that a key names. */
export interface NamedFile {
  readonly key: string;
  readonly path: string;
  /** One that is `spent` is there until it has been used. */
  readonly kind: "file" | "program" | "spent";
}

/** The files and programs that have to be there before the agent can work: pure. */
export function namedFiles(config: AgentConfig): NamedFile[] {
  const files: NamedFile[] = [
    { key: "repository.root", path: config.repository.root, kind: "file" },
  ];
  const { ca } = config.transfer;
  if (ca !== undefined) files.push({ key: "transfer.ca", path: ca, kind: "file" });
  files.push(...filesOfNetwork(config), ...filesOfRelay(config));
  const consoleCa = config.console?.ca;
  if (consoleCa !== undefined) files.push({ key: "console.ca", path: consoleCa, kind: "file" });
  const token = config.console?.tokenFile;
  if (token !== undefined) files.push({ key: "console.tokenFile", path: token, kind: "spent" });
  for (const [name, { consumer }] of config.databases) {
    for (const { key, ...file } of filesOfConsumer(consumer)) {
      files.push({ key: `databases.${name}.consumer.${key}`, ...file });
    }
  }
  return files;
}

function filesOfNetwork({ transfer: { proxy }, repository }: AgentConfig): NamedFile[] {
  const asked = [...repository.credentials].flatMap(([origin, entry]) => {
    const { basic, tokenFile, certificate } = entry;
    const { passwordFile } = basic ?? {};
    const { certFile, keyFile } = certificate ?? {};
    return Object.entries({ passwordFile, tokenFile, certFile, keyFile }).map(
      ([key, path]) => [`repository.credentials.${origin}.${key}`, path] as const,
    );
  });
  const password = typeof proxy === "string" ? undefined : proxy.basic?.passwordFile;
  const named = [...asked, ["transfer.proxy.passwordFile", password] as const];
  return named.flatMap(([key, path]) => (path === undefined ? [] : [{ key, path, kind: "file" }]));
}

/** What `serve` reads; the other verbs have no use for it. */
export function filesOfRelay({ relay }: Pick<AgentConfig, "relay">): NamedFile[] {
  const { certFile, keyFile, clientCa } = relay?.tls ?? {};
  const named = Object.entries({
    "tls.certFile": certFile,
    "tls.keyFile": keyFile,
    "tls.clientCa": clientCa,
    tokenFile: relay?.tokenFile,
  });
  return named.flatMap(([key, path]) =>
    path === undefined ? [] : [{ key: `relay.${key}`, path, kind: "file" }],
  );
}

function filesOfConsumer(consumer: ConsumerConfig): NamedFile[] {
  switch (consumer.type) {
    case "none":
      return [];
    case "command":
      return (["trial", "reload", "confirm"] as const).flatMap((key) => {
        const path = consumer[key]?.[0];
        return path === undefined ? [] : [{ key, path, kind: "program" as const }];
      });
    case "clamav": {
      const { infected, clean } = consumer.samples;
      const samples = [...infected, ...clean];
      return [
        { key: "clamscan", path: consumer.clamscan, kind: "program" },
        ...samples.map((path) => ({ key: "samples", path, kind: "file" as const })),
      ];
    }
    case "suricata":
      return [
        { key: "suricata", path: consumer.suricata, kind: "program" },
        { key: "config", path: consumer.config, kind: "file" },
      ];
  }
}

/** The sockets of consumers in the file system: pure. */
export function consumerSockets(config: AgentConfig): readonly Pick<NamedFile, "key" | "path">[] {
  return [...config.databases].flatMap(([name, { consumer }]) => {
    const at = (key: string, path: string) => [{ key: `databases.${name}.consumer.${key}`, path }];
    if (consumer.type === "suricata") return at("socket", consumer.socket);
    if (consumer.type !== "clamav" || !("path" in consumer.clamd)) return [];
    return at("clamd", consumer.clamd.path);
  });
}

/** Folders that the agent writes to: pure. */
export function writtenFolders(config: AgentConfig): readonly Pick<NamedFile, "key" | "path">[] {
  const { state, socket, log, metrics } = config;
  return [
    { key: "state", path: state },
    { key: "socket", path: dirname(socket) },
    ...(typeof log.target === "object"
      ? [{ key: "log.target.file", path: dirname(log.target.file) }]
      : []),
    ...(metrics === undefined
      ? []
      : [{ key: "metrics.textfile", path: dirname(metrics.textfile) }]),
  ];
}
