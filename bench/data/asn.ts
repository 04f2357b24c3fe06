/** Two real versions of `asn-ipv4.csv` of @ip-location-db/asn, nine days apart. */
import { copyFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { MakePair } from "./pair.ts";

const modules = resolve(import.meta.dirname, "../../node_modules");
const file = "asn-ipv4.csv";

/** Takes both from the packages. */
export const makeAsnPair: MakePair = async (olderDir, newerDir) => {
  await copyFile(join(modules, "asn-old", file), join(olderDir, file));
  await copyFile(join(modules, "asn-new", file), join(newerDir, file));
  return { file };
};
