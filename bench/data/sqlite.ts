/** An SQLite database of about 71 MB with an index. In a day 400 rows come, 200 change, 100 go. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MakePair } from "./pair.ts";
import { type Random, seededRandom } from "./random.ts";

const rows = 722_000;
const file = "reputation.sqlite";

const insert = (database: DatabaseSync, random: Random, count: number): void => {
  const statement = database.prepare("INSERT INTO host (address, score, note) VALUES (?, ?, ?)");
  database.exec("BEGIN");
  for (let row = 0; row < count; row += 1) {
    const note = random.bytes(24).toString("base64");
    statement.run(random.bytes(16), random.below(100), `seen by ${random.below(900)}: ${note}`);
  }
  database.exec("COMMIT");
};

/** Writes both days. */
export const makeSqlitePair: MakePair = async (olderDir, newerDir) => {
  const [older, newer] = [join(olderDir, file), join(newerDir, file)];
  const random = seededRandom("reputation");
  const first = new DatabaseSync(older);
  first.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
  first.exec("CREATE TABLE host (id INTEGER PRIMARY KEY, address BLOB, score INTEGER, note TEXT)");
  insert(first, random, rows);
  first.exec("CREATE INDEX host_address ON host (address)");
  first.close();
  await copyFile(older, newer);
  const second = new DatabaseSync(newer);
  second.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
  const update = second.prepare("UPDATE host SET score = ? WHERE id = ?");
  const remove = second.prepare("DELETE FROM host WHERE id = ?");
  for (let row = 0; row < 200; row += 1) update.run(random.below(100), 1 + random.below(rows));
  for (let row = 0; row < 100; row += 1) remove.run(1 + random.below(rows));
  insert(second, random, 400);
  second.close();
  return { file };
};
