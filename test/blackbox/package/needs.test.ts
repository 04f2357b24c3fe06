import { describe, expect, test } from "vitest";
import { needs } from "../../../build/package/plan.ts";
import { dist, run } from "../../testkit/built-packages.ts";

/** Versions in ascending order. */
const ascending = (a: string, b: string): number =>
  a.localeCompare(b, "en", { numeric: true, sensitivity: "base" });

/** For each library's set of symbols, the newest version that an executable names. */
const newest = (executable: string): Readonly<Record<string, string>> => {
  const printed = run("readelf", "--version-info", "--wide", executable);
  const found: Record<string, string> = {};
  for (const [, set = "", version = ""] of printed.matchAll(/Name: ([A-Z]+)_([\d.]+) /g)) {
    const known = found[set];
    if (known === undefined || ascending(known, version) < 0) found[set] = version;
  }
  return found;
};

describe.each([
  "vouchsafe-agent",
  "vouchsafe-publisher",
  "vouchsafe-console",
  "linux-arm64/vouchsafe-agent",
])("what %s needs of a system", (executable) => {
  test("is no newer than what the packages declare", () => {
    const { GLIBC, GLIBCXX, CXXABI, GCC } = newest(`${dist}/${executable}`);
    expect([GLIBC, GLIBCXX, CXXABI]).toEqual([needs.glibc, needs.glibcxx, needs.cxxabi]);
    expect(ascending(GCC ?? "", needs.gcc)).toBeLessThanOrEqual(0);
  });

  test("is libraries of these packages and nothing else", () => {
    const libraries = run("readelf", "--dynamic", "--wide", `${dist}/${executable}`);
    const names = [...libraries.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
    const glibc = /^(libc|libm|libdl|libpthread|ld-linux-x86-64|ld-linux-aarch64)\.so\.\d$/;
    const others = names.filter((name) => !glibc.test(name ?? ""));
    expect(new Set(others)).toEqual(new Set(["libgcc_s.so.1", "libstdc++.so.6"]));
  });
});
