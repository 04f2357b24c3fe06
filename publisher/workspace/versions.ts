/**
 * Version numbers that were given out. A number is spent once a proposal carried it, also when
 * that proposal is withdrawn: nobody may ever see two releases under one number.
 */
import { z } from "zod";
import { readFileIfExists } from "../../host/durable.ts";
import type { Publisher } from "./publisher.ts";
import { readDocument } from "./read-document.ts";
import { writeDocument } from "./settings.ts";

const schema = z.strictObject({
  format: z.literal(1),
  spent: z.record(z.string(), z.number().int().min(1)),
});

const maxBytes = 1024 * 1024;

async function readSpent({ fs, layout }: Publisher): Promise<ReadonlyMap<string, number>> {
  const bytes = await readFileIfExists(fs, layout.versions, maxBytes);
  if (bytes === undefined) return new Map();
  return new Map(Object.entries(readDocument(bytes, maxBytes, layout.versions, schema).spent));
}

/** The number of the next release, given the last that was published (0 before the first). */
export async function nextVersion(
  publisher: Publisher,
  database: string,
  published: number,
): Promise<number> {
  return Math.max(published, (await readSpent(publisher)).get(database) ?? 0) + 1;
}

/** Records that a number was given out. */
export async function spendVersion(
  publisher: Publisher,
  database: string,
  version: number,
): Promise<void> {
  const spent = new Map(await readSpent(publisher)).set(database, version);
  const document = { format: 1, spent: Object.fromEntries(spent) };
  await writeDocument(publisher.fs, publisher.layout.versions, document);
}
