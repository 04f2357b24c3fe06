/** The command line of vouchsafe-publisher, as data. The code of a verb is loaded when it runs. */
import type { Program } from "../../host/cli/types.ts";
import { versionInfo } from "../../host/version.ts";
import { publisherManual } from "./manual.ts";
import { dirOption, keysOption, passphraseOption } from "./options.ts";

const database = {
  name: "DATABASE",
  summary: "The database's name",
  required: true,
} as const;

/** vouchsafe-publisher */
export const publisherProgram: Program = {
  name: "vouchsafe-publisher",
  summary: "makes and signs releases, and keeps the repository that serves them",
  ...publisherManual,
  version: versionInfo,
  verbs: [
    {
      name: "init",
      summary: "Make a publisher's folder with new keys and an empty repository",
      description:
        "The root and targets keys belong offline; publishing needs only snapshot and timestamp. Hand the root.json that it names to endpoints by a second channel.",
      positionals: [{ name: "DIR", summary: "The folder to make", required: true }],
      options: {
        "root-keys": { type: "string", value: "N", summary: "How many root keys (default: 3)" },
        "root-threshold": {
          type: "string",
          value: "N",
          summary: "How many of them must sign a root (default: more than half)",
        },
        ...passphraseOption,
        keys: {
          type: "string",
          value: "DIR",
          summary: 'Where keys go (default: "keys" beside DIR)',
        },
      },
      examples: ["vouchsafe-publisher init /srv/vouchsafe/publisher --keys /media/keys"],
      load: () => import("./init.ts"),
    },
    {
      name: "key new",
      summary: "Make a person's key",
      description:
        "NAME.key is encrypted with a passphrase; NAME.pub is all that database add needs, so each person can make a key on a machine of their own.",
      positionals: [{ name: "NAME", summary: "What to call it", required: true }],
      options: { ...dirOption, ...passphraseOption },
      examples: ["vouchsafe-publisher key new alice --keys ~/keys"],
      load: () => import("./key-new.ts"),
    },
    {
      name: "key list",
      summary: "List the keys of a folder and the roles they sign for",
      positionals: [],
      options: { ...keysOption, ...dirOption },
      load: () => import("./key-list.ts"),
    },
    {
      name: "key rotate",
      summary: "Give root, targets, snapshot, timestamp, halt or a database other keys",
      description:
        "For the roles it is published at once, together with everything that the old keys had signed. It needs root's keys, those of the role, snapshot and timestamp; for halt the targets key in place of root's. For a database the targets key signs the change, and publish brings it with the next release, which a threshold of the new keys must have approved.",
      positionals: [
        {
          name: "ROLE",
          summary: "The role, or the name of a database",
          required: true,
          choices: ["root", "targets", "snapshot", "timestamp", "halt"],
        },
      ],
      options: {
        key: {
          type: "string",
          value: "KEY",
          multiple: true,
          summary:
            "A key of the role from now on: its name, its id, or a file; for root and a database all of them",
        },
        threshold: {
          type: "string",
          value: "N",
          summary: "How many keys of root or of a database must sign (default: more than half)",
        },
        withdraw: {
          type: "boolean",
          summary: "Take back a change of a database's keys that was not published yet",
        },
        ...dirOption,
        ...passphraseOption,
      },
      examples: [
        "vouchsafe-publisher key rotate snapshot --key snapshot-2",
        "vouchsafe-publisher key rotate root --key root-1 --key root-2 --key root-4",
        "vouchsafe-publisher key rotate daily --threshold 2 --key bob --key carol --key dave",
        "vouchsafe-publisher key rotate daily --withdraw",
      ],
      load: () => import("./key-rotate.ts"),
    },
    {
      name: "database add",
      summary: "Add a database and say who approves its releases",
      description: "It is published at once, and needs the targets, snapshot and timestamp keys.",
      positionals: [{ name: "NAME", summary: "The database's name", required: true }],
      options: {
        key: {
          type: "string",
          value: "KEY",
          multiple: true,
          summary: "A person's key: its name, its id, or a .pub or .key file",
        },
        threshold: {
          type: "string",
          value: "N",
          summary: "How many persons must approve (default: more than half)",
        },
        subfolders: {
          type: "string",
          value: "DEPTH",
          summary: "How deep folders may nest in a release (default: 0, files only)",
        },
        bins: {
          type: "string",
          value: "N",
          summary: "Spread the list of files over N bins, a power of two from 2 to 4096, for life",
        },
        "bin-style": {
          type: "string",
          value: "STYLE",
          summary:
            "path_hash_prefixes, which every TUF client knows (the default), or succinct_roles (TAP 15)",
          choices: ["path_hash_prefixes", "succinct_roles"],
        },
        canary: {
          type: "string",
          value: "FORMAT",
          summary: "Give each release a signature that proves that ClamAV loaded it: hdb or ndb",
          choices: ["hdb", "ndb"],
        },
        ...dirOption,
        ...passphraseOption,
      },
      examples: [
        "vouchsafe-publisher database add daily --threshold 2 --key alice --key bob --key carol",
        "vouchsafe-publisher database add rules --key alice --bins 64",
      ],
      load: () => import("./database-add.ts"),
    },
    {
      name: "propose",
      summary: "Copy a release in and write what is to be signed",
      description:
        "It signs nothing and needs no key. The proposal is a folder that can travel by any means; any change to it voids its approvals.",
      positionals: [
        database,
        { name: "SOURCE_DIR", summary: "The folder with the release's files", required: true },
      ],
      options: {
        label: { type: "string", value: "TEXT", summary: "What people call the release" },
        notes: { type: "string", value: "TEXT", summary: "What changed, for people" },
        "rollout-hours": {
          type: "string",
          value: "N",
          summary: "Spread the release over the fleet in N hours",
        },
        urgent: {
          type: "boolean",
          summary: "Compress quickly rather than well; the next release makes up for it",
        },
        ...dirOption,
      },
      examples: ["vouchsafe-publisher propose daily ./build/daily --label 2026-11-24"],
      load: () => import("./propose.ts"),
    },
    {
      name: "withdraw",
      summary: "Take a proposal back; its version number stays spent",
      positionals: [database],
      options: dirOption,
      load: () => import("./withdraw.ts"),
    },
    {
      name: "approve",
      summary: "Check a proposal, see what it changes, and sign it",
      description:
        "Every file is hashed and decoded again, and the difference to the published release is shown. On a terminal it asks before it signs.",
      positionals: [database],
      options: {
        key: { type: "string", value: "KEY", summary: "Sign with this key: a file or a name" },
        signer: {
          type: "string",
          value: "COMMAND",
          summary: "Sign with a program: the bytes on its standard input, hex on its output",
        },
        digest: {
          type: "string",
          value: "HEX",
          summary: "Sign only the proposal with this digest, and do not ask",
        },
        ...dirOption,
        ...passphraseOption,
      },
      examples: ["vouchsafe-publisher approve daily --key alice"],
      load: () => import("./approve.ts"),
    },
    {
      name: "publish",
      summary: "Publish all approved proposals, or finish what was interrupted",
      description:
        "The exact bytes are put aside first; the timestamp is replaced last, and until then clients see the old releases. After a crash the next call delivers the same bytes. It needs the snapshot and timestamp keys.",
      positionals: [],
      options: { ...dirOption, ...passphraseOption },
      load: () => import("./publish.ts"),
    },
    {
      name: "halt",
      summary: "Stop a published release: agents that do not have it yet never install it",
      description:
        "Where it is installed already it stays. A halt ends 30 days after the last one, unless publisher.json says otherwise; publish a newer release before. It needs the halt, snapshot and timestamp keys.",
      positionals: [database, { name: "VERSION", summary: "The release's number", required: true }],
      options: {
        reason: { type: "string", value: "TEXT", summary: "Why, for the people at the endpoints" },
        lift: { type: "boolean", summary: "Let the release be installed again" },
        key: {
          type: "string",
          value: "KEY",
          summary: "The key of the role halt: a file or a name (default: the one in the folder)",
        },
        ...dirOption,
        ...passphraseOption,
      },
      examples: ['vouchsafe-publisher halt daily 412 --reason "false positives on payroll.exe"'],
      load: () => import("./halt.ts"),
    },
    {
      name: "bundle",
      summary: "Write published releases into one file, for machines without a network",
      description:
        "The file is a plain tar that vouchsafe-agent import reads. It needs no key, but metadata that has not expired: refresh before.",
      positionals: [{ ...database, many: true }],
      options: {
        output: {
          type: "string",
          short: "o",
          value: "FILE",
          required: true,
          summary: "The file to write; one that is there is replaced",
        },
        ...dirOption,
      },
      examples: ["vouchsafe-publisher bundle daily rules -o /media/usb/2026-11-24.tar"],
      load: () => import("./bundle.ts"),
    },
    {
      name: "refresh",
      summary: "Renew the timestamp, and the snapshot when it is half over",
      description:
        "For a timer: every 6 hours is a good measure. A publication that was interrupted is finished.",
      positionals: [],
      options: { ...dirOption, ...passphraseOption },
      load: () => import("./refresh.ts"),
    },
    {
      name: "status",
      summary: "Show what expires when, and what waits for whom",
      positionals: [],
      options: dirOption,
      load: () => import("./status.ts"),
    },
  ],
};
