/**
 * Kysely on Node's own SQLite: the few calls that Kysely's SQLite dialect makes, mapped to
 * node:sqlite. No native addon, no server.
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { type Dialect, SqliteDialect } from "kysely";
import { VouchsafeError } from "../../protocol/errors.ts";

function isInput(value: unknown): value is SQLInputValue {
  return (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "bigint" ||
    ArrayBuffer.isView(value)
  );
}

function inputs(values: readonly unknown[]): SQLInputValue[] {
  return values.map((value) => {
    if (isInput(value)) return value;
    throw new VouchsafeError("internal.unexpected", "A value has no form in the database.");
  });
}

/**
 * The dialect over an open database. `BEGIN` becomes `BEGIN IMMEDIATE`: a transaction that reads
 * first and writes later would fail, and not wait, when another process has written in between.
 */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => {
        const statement = database.prepare(sql === "begin" ? "begin immediate" : sql);
        return {
          reader: statement.columns().length > 0,
          all: (values) => statement.all(...inputs(values)),
          run: (values) => statement.run(...inputs(values)),
          iterate: (values) => statement.iterate(...inputs(values)),
        };
      },
    },
  });
}
