/** A publisher's folder with keys of three persons, made anew for each test and removed after it. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, afterEach, beforeEach, expect } from "vitest";
import { main } from "../../../host/cli/main.ts";
import type { CliIo } from "../../../host/cli/types.ts";
import { type FileSystem, nodeFileSystem } from "../../../host/file-system.ts";
import type { JsonObject } from "../../../protocol/json.ts";
import { isObject, parseJson } from "../../../protocol/json.ts";
import type { BinSetting } from "../../../protocol/release/bin-settings.ts";
import type { Signer } from "../../../protocol/tuf/sign.ts";
import { publisherProgram } from "../../../publisher/cli/program.ts";
import { createKey, openKey } from "../../../publisher/keys/key-store.ts";
import type { Passphrases } from "../../../publisher/keys/passphrases.ts";
import type { OpenRole } from "../../../publisher/keys/role-signers.ts";
import { approve, reviewProposal } from "../../../publisher/proposal/approve.ts";
import { type Proposed, propose } from "../../../publisher/proposal/propose.ts";
import { addDatabase } from "../../../publisher/repository/add-database.ts";
import { createRepository } from "../../../publisher/repository/create.ts";
import { publish } from "../../../publisher/repository/publish.ts";
import {
  openPublisher,
  type Ports,
  type Publisher,
} from "../../../publisher/workspace/publisher.ts";

export const passphrase = "correct horse";
export const start = Date.UTC(2026, 10, 24, 12);
export const day = 86_400_000;

/** Matches a VouchsafeError of that code. */
export const codeOf = (code: string): unknown => expect.objectContaining({ code });

/** Files by path, in bytes or text. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** How a command line ended. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as the one JSON document that it must be. */
  readonly document: () => JsonObject;
}

const passphrases: Passphrases = {
  forKey: async () => passphrase,
  forNewKey: async () => passphrase,
};

/** Key files are slow on purpose: what every test starts from is made once for each test file. */
let template: string | undefined;
const opened = new Map<string, Promise<Signer>>();

/** The signer of a key of the template, opened once. */
function signerOf(keysDir: string, name: string): Promise<Signer> {
  const signer =
    opened.get(name) ?? openKey(nodeFileSystem, join(keysDir, `${name}.key`), passphrase);
  opened.set(name, signer);
  return signer;
}

async function makeTemplate(ports: Ports): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "vouchsafe-publisher-template-"));
  const request = {
    dir: join(dir, "p"),
    keysDir: join(dir, "keys"),
    rootKeys: 1,
    rootThreshold: 1,
  };
  await createRepository(ports, request, passphrases);
  for (const name of ["alice", "bob", "carol", "mallory"]) {
    await createKey(ports.fs, request.keysDir, name, passphrase);
  }
  return dir;
}

/** Sets up the folder; `dir` holds `p` (the working folder) and `keys`. */
export function useWorkshop() {
  const at = { now: start, dir: "" };
  const clock = {
    now: () => new Date(at.now),
    monotonicMs: () => performance.now(),
    sleep: async () => undefined,
  };
  const portsWith = (fs: FileSystem): Ports => ({
    fs,
    clock,
    signal: new AbortController().signal,
    progress: () => ({ update: () => undefined, end: () => undefined }),
  });
  const path = (...names: string[]): string => join(at.dir, ...names);

  beforeEach(async () => {
    at.now = start;
    template ??= await makeTemplate(portsWith(nodeFileSystem));
    at.dir = mkdtempSync(join(tmpdir(), "vouchsafe-publisher-"));
    cpSync(template, at.dir, { recursive: true });
  });
  afterEach(() => rmSync(at.dir, { recursive: true, force: true }));
  afterAll(() => {
    if (template !== undefined) rmSync(template, { recursive: true, force: true });
    template = undefined;
    opened.clear();
  });

  const write = (dir: string, files: Files): string => {
    rmSync(dir, { recursive: true, force: true });
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), content);
    }
    return dir;
  };
  const open = (fs: FileSystem = nodeFileSystem): Promise<Publisher> =>
    openPublisher(portsWith(fs), path("p"));
  const roles: OpenRole = async (_, role) => [await signerOf(path("keys"), role)];
  const keyOf = async (name: string) => ({ name, ...(await signerOf(path("keys"), name)) });

  const shop = {
    path,
    write,
    open,
    roles,
    keyOf,
    /** Delegates a database to alice, bob and carol, two of whom must approve. */
    addDatabase: async (name = "daily", subfolders = 0, bins?: BinSetting) => {
      const keys = [await keyOf("alice"), await keyOf("bob"), await keyOf("carol")];
      await addDatabase(await open(), roles, {
        name,
        threshold: 2,
        keys,
        subfolders,
        ...(bins === undefined ? {} : { bins }),
      });
    },
    propose: async (files: Files, database = "daily"): Promise<Proposed> =>
      propose(await open(), { database, sourceDir: write(path("source"), files) }),
    approve: async (person: string, database = "daily") => {
      const publisher = await open();
      const { sign } = await keyOf(person);
      return approve(publisher, await reviewProposal(publisher, database), sign);
    },
    publish: async () => publish(await open(), roles),
    /** Proposes, has two persons approve, publishes. */
    release: async (files: Files, database = "daily") => {
      await shop.propose(files, database);
      await shop.approve("alice", database);
      await shop.approve("bob", database);
      return shop.publish();
    },
    /** Runs the program as a process would, in the working folder, with the right passphrase. */
    run: (argv: readonly string[], changes: Partial<CliIo> = {}) =>
      runCommand(argv, {
        env: { VOUCHSAFE_PASSPHRASE: passphrase, VOUCHSAFE_PUBLISHER_DIR: path("p") },
        clock,
        ...changes,
      }),
  };
  return Object.assign(at, shop);
}

/** Runs the program in memory. */
export async function runCommand(
  argv: readonly string[],
  changes: Pick<CliIo, "env" | "clock"> & Partial<CliIo>,
): Promise<CommandResult> {
  const texts = { out: "", err: "" };
  const sink = (name: keyof typeof texts): PassThrough =>
    new PassThrough().on("data", (chunk: Buffer) => {
      texts[name] += String(chunk);
    });
  const code = await main(publisherProgram, argv, {
    stdin: Readable.from([]),
    stdout: sink("out"),
    stderr: sink("err"),
    stderrIsTerminal: false,
    signal: new AbortController().signal,
    ...changes,
  });
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...texts, document: () => jsonOf(Buffer.from(texts.out)) };
}

/** A JSON object from bytes. */
export function jsonOf(bytes: Buffer): JsonObject {
  const value = parseJson(bytes, 10_000_000);
  if (!isObject(value)) throw new Error("not an object");
  return value;
}

/** A JSON file. */
export const readJson = (path: string): JsonObject => jsonOf(readFileSync(path));

/** Every file under a folder, as text by path; to see that nothing changed. */
export function treeOf(dir: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  if (!existsSync(dir)) return found;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) Object.assign(found, treeOf(join(dir, entry.name), `${name}/`));
    else if (entry.name !== "lock.sqlite") found[name] = readFileSync(join(dir, entry.name), "hex");
  }
  return found;
}
