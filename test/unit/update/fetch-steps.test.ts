import { expect, test } from "vitest";
import { generationFor } from "../../../agent/store/layout.ts";
import { type FileEncoding, fetchSteps } from "../../../agent/update/encodings.ts";
import { sha256 } from "../../../protocol/bytes.ts";

const digest = sha256("old");
const file = { path: "a", length: 1, sha256: digest, mtimeMs: 0 };
const generation = generationFor({ version: 1, digest }, new Set());
const encodings: readonly FileEncoding[] = [
  { how: "delta", bytes: 1, base: { generation, file } },
  { how: "zstd", bytes: 10 },
  { how: "whole", bytes: 100 },
];
const told = (relays: boolean) =>
  fetchSteps(encodings, relays).map(({ encoding, from = "all" }) => `${encoding.how} of ${from}`);

test("without relays what costs least comes first", () => {
  expect(told(false)).toEqual(["delta of all", "zstd of all", "whole of all"]);
});

test("a delta is less for everybody, the whole file of a neighbour costs no uplink", () => {
  expect(told(true)).toEqual([
    "delta of origins",
    "whole of relays",
    "zstd of origins",
    "whole of all",
  ]);
});
