/** The rules for AppArmor: what its own parser says of them, and that they give away no writing. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";

const folder = resolve(import.meta.dirname, "../../../installers/linux/apparmor");
const parser = "/usr/sbin/apparmor_parser";
const names = readdirSync(folder);

/** A profile of a program that holds the rules and nothing else. */
const profile = (name: string): string =>
  `/${name.replaceAll(".", "/")} {\n  include "${folder}/${name}"\n}\n`;

describe.skipIf(!existsSync(parser))("the parser", () => {
  const parse = (text: string) =>
    spawnSync(parser, ["--skip-kernel-load", "--skip-cache", "--quiet"], {
      input: text,
      encoding: "utf8",
    });

  test.each(names)("takes the rules of %s", (name) => {
    expect(parse(profile(name))).toMatchObject({ status: 0 });
  });

  test.each(names)("takes them within Debian's own profile, if that is here: %s", (name) => {
    const own = `/etc/apparmor.d/${name}`;
    const text = existsSync(own) ? readFileSync(own, "utf8") : profile(name);
    const whole = text.replace(/#?include <local\/[^>]+>/, `include "${folder}/${name}"`);
    expect(whole).toContain(folder);
    expect(parse(whole)).toMatchObject({ status: 0 });
  });

  test("finds what is no rule", () => {
    expect(parse("/bin/x {\n  /var/lib/ nonsense,\n}\n").status).not.toBe(0);
  });
});

test.each(names)("%s lets its program read databases, and write nothing", (name) => {
  const rules = readFileSync(resolve(folder, name), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  expect(rules).toContain("/var/lib/vouchsafe/databases/*/generations/** r,");
  for (const rule of rules) expect(rule).toMatch(/^\/var\/lib\/vouchsafe\/databases\/\S* r,$/);
});
