/**
 * Opens the console's database, one file that `serve` and the token verbs share: WAL, every commit
 * flushed to the disk, and a writer waits for another.
 */
import { randomBytes } from "node:crypto";
import * as fsp from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import type { Clock } from "../../host/clock.ts";
import { makeDirDurable } from "../../host/directories.ts";
import { diskError } from "../../host/disk-error.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import { nodeSqliteDialect } from "./dialect.ts";
import { currentFormat, migrations } from "./migrations.ts";
import type { Schema } from "./schema.ts";

/** The open database. Close it with {@link closeStore}. */
export type Store = Kysely<Schema>;

/** How long a writer waits for another, ms. */
const busyMs = 5_000;

function formatOf(database: DatabaseSync): number {
  const table = database
    .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'")
    .get();
  if (table === undefined) return 0;
  const row = database.prepare("SELECT max(id) AS format FROM migrations").get();
  return typeof row?.["format"] === "number" ? row["format"] : 0;
}

function refuseNewer(format: number): void {
  if (format <= currentFormat) return;
  throw new VouchsafeError(
    "format.newer",
    `The console's database has format ${format}; this program knows ${currentFormat}.`,
  );
}

/** One transaction, so that two programs that start at once migrate once. */
function migrate(database: DatabaseSync, now: Date): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    const format = formatOf(database);
    refuseNewer(format);
    database.exec(
      "CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
    );
    const note = database.prepare("INSERT INTO migrations (id, name, applied_at) VALUES (?, ?, ?)");
    for (const step of migrations.filter(({ id }) => id > format)) {
      database.exec(step.sql);
      note.run(step.id, step.name, now.getTime());
    }
    database
      .prepare(
        "INSERT INTO settings (name, value) VALUES ('challenge-key', ?) ON CONFLICT DO NOTHING",
      )
      .run(randomBytes(32).toString("hex"));
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/** Made by us with narrow rights first: SQLite would leave it readable by everybody. */
async function makeFile(path: string): Promise<void> {
  try {
    await (await fsp.open(path, "wx", 0o600)).close();
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw diskError("make", path, error);
  }
}

function openDatabase(path: string, now: Date): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyMs, enableForeignKeyConstraints: true });
  try {
    // Looked at before anything is written: a newer format is not touched at all.
    refuseNewer(formatOf(database));
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    migrate(database, now);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens `console.sqlite` in the data folder; both are made if they are missing.
 *
 * @throws VouchsafeError `format.newer` for a database of a newer program, which stays untouched;
 *   `disk.corrupt` when it is no database; `disk.*`
 */
export async function openStore(dataDir: string, clock: Clock): Promise<Store> {
  await makeDirDurable(nodeFileSystem, dataDir, 0o700);
  const path = join(dataDir, "console.sqlite");
  await makeFile(path);
  try {
    const dialect = nodeSqliteDialect(openDatabase(path, clock.now()));
    const store = new Kysely<Schema>({ dialect });
    // Kysely closes only what it has begun to use.
    await sql`SELECT 1`.execute(store);
    return store;
  } catch (cause) {
    if (cause instanceof VouchsafeError) throw cause;
    const message = `The console's database ${path} cannot be used.`;
    throw new VouchsafeError("disk.corrupt", message, { cause });
  }
}

/** Closes the database; what was committed is on the disk already. */
export function closeStore(store: Store): Promise<void> {
  return store.destroy();
}

/** The secret that challenges are made with; one for each database. */
export async function challengeKey(store: Store): Promise<Buffer> {
  const row = await store
    .selectFrom("settings")
    .select("value")
    .where("name", "=", "challenge-key")
    .executeTakeFirstOrThrow();
  return Buffer.from(row.value, "hex");
}
