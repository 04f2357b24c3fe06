/**
 * The Linux packages: what each one installs. The maintainer scripts in deb/ and rpm/ are the same
 * for all; these values fill their blanks.
 */
import type { PackagedFile, PackagePlan } from "../../build/package/plan.ts";

const documents = (name: string, pages: readonly string[]): readonly PackagedFile[] => {
  const folder = `usr/share/doc/${name}`;
  return [
    { source: "LICENSE", target: `${folder}/copyright`, mode: 0o644 },
    { source: "CHANGELOG.md", target: `${folder}/changelog.gz`, mode: 0o644, gzip: true },
    ...pages.map((page) => ({ source: page, target: `${folder}/${baseName(page)}`, mode: 0o644 })),
  ];
};

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const systemdUnits = (names: readonly string[]): readonly PackagedFile[] =>
  names.map((name) => ({
    source: `installers/linux/systemd/${name}`,
    target: `usr/lib/systemd/system/${name}`,
    mode: 0o644,
  }));

/** Where systemd notes when a timer with Persistent=yes last elapsed. */
const timerStamps = "/var/lib/systemd/timers/stamp";

const agentUnits = [
  "vouchsafe-agent.service",
  "vouchsafe-agent-oneshot.service",
  "vouchsafe-agent-oneshot.timer",
  "vouchsafe-agent-relay.service",
];

const examples = ["clamav", "suricata", "command", "console", "none", "relay"];

const agent: PackagePlan = {
  name: "vouchsafe-agent",
  program: "agent",
  architectures: ["x64", "arm64"],
  summary: "verified updates of security databases",
  description: [
    "The Vouchsafe agent fetches antivirus signatures, IDS rules and other",
    "databases from a repository of static files, checks every signature and",
    "hash, tries a release before it goes live, and goes back if it fails.",
  ],
  user: "vouchsafe",
  home: "/var/lib/vouchsafe",
  files: [
    ...systemdUnits(agentUnits),
    { source: "config/agent.yaml", target: "etc/vouchsafe/agent.yaml", mode: 0o644, config: true },
    {
      source: "config/agent.schema.json",
      target: "usr/share/vouchsafe/agent.schema.json",
      mode: 0o644,
    },
    ...examples.map((name) => ({
      source: `config/examples/${name}.yaml`,
      target: `usr/share/doc/vouchsafe-agent/examples/${name}.yaml`,
      mode: 0o644,
    })),
    ...["usr.sbin.clamd", "usr.bin.suricata"].map((name) => ({
      source: `installers/linux/apparmor/${name}`,
      target: `usr/share/doc/vouchsafe-agent/apparmor/${name}`,
      mode: 0o644,
    })),
    {
      source: "installers/linux/sysv/vouchsafe-agent",
      target: "usr/share/doc/vouchsafe-agent/sysv/vouchsafe-agent",
      mode: 0o755,
    },
    ...documents("vouchsafe-agent", [
      "docs/config.md",
      "docs/consumers.md",
      "docs/doctor.md",
      "docs/errors.md",
      "docs/getting-started.md",
      "docs/monitoring.md",
      "docs/policy.md",
      "docs/relay.md",
      "docs/service.md",
    ]),
  ],
  links: [
    { target: "usr/bin/agent", to: "vouchsafe-agent" },
    { target: "usr/share/bash-completion/completions/agent", to: "vouchsafe-agent" },
    { target: "usr/share/fish/vendor_completions.d/agent.fish", to: "vouchsafe-agent.fish" },
    { target: "usr/share/man/man1/agent.1.gz", to: "vouchsafe-agent.1.gz" },
  ],
  folders: [
    // Operators keep the credentials of mirrors and consoles here.
    { path: "/etc/vouchsafe", mode: 0o750, owner: "root", group: "vouchsafe" },
    { path: "/etc/vouchsafe/agent.d", mode: 0o750, owner: "root", group: "vouchsafe" },
    {
      path: "/var/lib/vouchsafe",
      mode: 0o755,
      owner: "vouchsafe",
      group: "vouchsafe",
      state: true,
    },
  ],
  units: agentUnits,
  restarted: [
    "vouchsafe-agent.service",
    "vouchsafe-agent-oneshot.timer",
    "vouchsafe-agent-relay.service",
  ],
  purged: [
    "/etc/vouchsafe",
    "/var/lib/vouchsafe",
    "/var/log/vouchsafe",
    `${timerStamps}-vouchsafe-agent-oneshot.timer`,
  ],
  left: "the user vouchsafe",
};

const publisherUnits = ["vouchsafe-publisher-refresh.service", "vouchsafe-publisher-refresh.timer"];

const publisher: PackagePlan = {
  name: "vouchsafe-publisher",
  program: "publisher",
  architectures: ["x64"],
  summary: "signed releases of security databases",
  description: [
    "The Vouchsafe publisher takes a folder of files as a proposal, gathers the",
    "approvals that its threshold asks for, and writes a signed repository of",
    "static files that any web server can serve and any TUF client can verify.",
  ],
  user: "vouchsafe-publisher",
  home: "/var/lib/vouchsafe-publisher",
  files: [
    ...systemdUnits(publisherUnits),
    ...documents("vouchsafe-publisher", ["docs/publisher.md", "docs/errors.md"]),
  ],
  links: [],
  folders: [
    // The passphrase of the online keys; the service manager reads it as root.
    { path: "/etc/vouchsafe-publisher", mode: 0o700, owner: "root", group: "root" },
    {
      path: "/var/lib/vouchsafe-publisher",
      mode: 0o755,
      owner: "vouchsafe-publisher",
      group: "vouchsafe-publisher",
      state: true,
    },
  ],
  units: publisherUnits,
  restarted: ["vouchsafe-publisher-refresh.timer"],
  // A log that was published must never be lost by a package manager, and keys neither.
  purged: [`${timerStamps}-vouchsafe-publisher-refresh.timer`],
  left:
    "the user vouchsafe-publisher, /etc/vouchsafe-publisher, and /var/lib/vouchsafe-publisher " +
    "with keys and repository",
};

const console: PackagePlan = {
  name: "vouchsafe-console",
  program: "console",
  architectures: ["x64"],
  summary: "the state of a fleet of Vouchsafe agents",
  description: [
    "The Vouchsafe console takes the signed status reports of agents and shows",
    "which database of which release each server of a fleet runs.",
  ],
  user: "vouchsafe-console",
  home: "/var/lib/vouchsafe-console",
  files: [
    ...systemdUnits(["vouchsafe-console.service"]),
    {
      source: "installers/linux/default/vouchsafe-console",
      target: "etc/default/vouchsafe-console",
      // Options may name things that not everybody should know; the service manager reads it as root.
      mode: 0o640,
      config: true,
    },
    ...documents("vouchsafe-console", ["docs/console.md", "docs/errors.md"]),
  ],
  links: [],
  folders: [
    {
      path: "/var/lib/vouchsafe-console",
      mode: 0o700,
      owner: "vouchsafe-console",
      group: "vouchsafe-console",
      state: true,
    },
  ],
  units: ["vouchsafe-console.service"],
  restarted: ["vouchsafe-console.service"],
  purged: ["/var/lib/vouchsafe-console"],
  left: "the user vouchsafe-console",
};

/** Every package that is built. */
export const packagePlans: readonly PackagePlan[] = [agent, publisher, console];
