/** Loading configuration from files: the main one, drop-ins in name order, and what is refused. */
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { int, optional, strictObject, string } from "zod/mini";
import { loadYamlConfig } from "../../../host/config/load.ts";
import { maxConfigBytes } from "../../../host/config/source.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { useTempDir } from "./temp-dir.ts";

const path = useTempDir();
const schema = strictObject({ name: string(), level: optional(int()) });
const load = () =>
  loadYamlConfig(nodeFileSystem, path("agent.yaml"), schema, { dropInDir: path("agent.d") });

function dropIn(name: string, text: string): void {
  mkdirSync(path("agent.d"), { recursive: true });
  writeFileSync(path("agent.d", name), text);
}

describe("a configuration", () => {
  test("needs no drop-in folder", async () => {
    writeFileSync(path("agent.yaml"), "name: a\n");
    expect(await load()).toEqual({ name: "a" });
  });

  test("is overlaid by its drop-ins in name order; other files there do not count", async () => {
    writeFileSync(path("agent.yaml"), "name: a\nlevel: 1\n");
    dropIn("20-b.yaml", "name: last\n");
    dropIn("10-a.yml", "name: first\nlevel: 2\n");
    dropIn(".hidden.yaml", "name: hidden\n");
    dropIn("30-c.yaml.bak", "name: backup\n");
    expect(await load()).toEqual({ name: "last", level: 2 });
  });

  test("that does not exist is missing, by name", async () => {
    await expect(load()).rejects.toMatchObject({
      code: "config.missing",
      message: `The configuration ${path("agent.yaml")} does not exist.`,
    });
  });

  test("with a mistake in a drop-in names that file and line", async () => {
    writeFileSync(path("agent.yaml"), "name: a\n");
    dropIn("10.yaml", "# comment\nlevl: 2\n");
    await expect(load()).rejects.toMatchObject({
      code: "config.invalid",
      message: `${path("agent.d", "10.yaml")}:2: unknown key "levl"; did you mean "level".`,
    });
  });

  test("larger than a mebibyte is refused", async () => {
    writeFileSync(path("agent.yaml"), `name: a\n${"#".repeat(maxConfigBytes)}`);
    await expect(load()).rejects.toMatchObject({ code: "disk.too-large" });
  });
});
