/** Secrets from files, pipes, the environment and a terminal. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { readSecret, type SecretIo, type SecretSource } from "../../../host/secrets.ts";
import { useTempDir } from "./temp-dir.ts";

const path = useTempDir();

const read = (source: Omit<SecretSource, "what">, io: Partial<SecretIo> = {}) =>
  readSecret(
    { what: "the passphrase", ...source },
    { env: {}, stdin: Readable.from([]), stderr: new PassThrough(), ...io },
  );

describe("a secret comes", () => {
  test("from a file, without its line end", async () => {
    for (const end of ["", "\n", "\r\n"]) {
      writeFileSync(path("secret"), ` with spaces ${end}`);
      expect(await read({ file: path("secret") })).toBe(" with spaces ");
    }
  });

  test("from standard input, in pieces", async () => {
    const stdin = Readable.from([Buffer.from("hun"), Buffer.from("ter2\n")]);
    expect(await read({ file: "-" }, { stdin })).toBe("hunter2");
  });

  test("from a pipe that a shell made", () => {
    const module = new URL("../../../host/secrets.ts", import.meta.url).href;
    const script = `import { readSecret } from ${JSON.stringify(module)};
      console.log(await readSecret({ what: "x", file: process.argv[1] }, process));`;
    const command = `"${process.execPath}" --input-type=module -e "$SCRIPT" <(echo piped)`;
    const { stdout } = spawnSync("bash", ["-c", command], {
      env: { ...process.env, SCRIPT: script },
      encoding: "utf8",
    });
    expect(stdout).toBe("piped\n");
  });

  test("from the environment, after a file", async () => {
    const env = { PASS: "from env" };
    expect(await read({ envName: "PASS" }, { env })).toBe("from env");
    writeFileSync(path("secret"), "from file");
    expect(await read({ envName: "PASS", file: path("secret") }, { env })).toBe("from file");
  });

  test("from a terminal that does not echo it, with corrections", async () => {
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (mode: boolean) => modes.push(mode),
    });
    const stderr = new PassThrough();
    const secret = read({ prompt: "Passphrase: " }, { stdin, stderr });
    stdin.write("hunterx\u007f2");
    stdin.write("\r");
    expect(await secret).toBe("hunter2");
    expect(modes).toEqual([true, false]);
    expect(String(stderr.read())).toBe("Passphrase: \n");
  });
});

describe("there is no secret, and it is said why,", () => {
  const unavailable = (message: string) =>
    expect.objectContaining({ code: "secret.unavailable", message });

  test("when nothing gives one", async () => {
    await expect(read({ envName: "PASS", prompt: "?" })).rejects.toEqual(
      unavailable("Cannot read the passphrase: no file was named and PASS is not set."),
    );
  });

  test("when the file does not exist", async () => {
    await expect(read({ file: path("none") })).rejects.toEqual(
      unavailable(`Cannot read the passphrase: the file ${path("none")} cannot be read.`),
    );
  });

  test("when it is a folder", async () => {
    await expect(read({ file: path() })).rejects.toMatchObject({ code: "secret.unavailable" });
  });

  test("when it is empty", async () => {
    writeFileSync(path("secret"), "\n");
    await expect(read({ file: path("secret") })).rejects.toEqual(
      unavailable("Cannot read the passphrase: it is empty."),
    );
  });

  test("when it is endless", async () => {
    await expect(read({ file: "/dev/zero" })).rejects.toEqual(
      unavailable("Cannot read the passphrase: it is longer than 4096 bytes."),
    );
  });

  test("when the prompt is left with Ctrl-C", async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const secret = read({ prompt: "?" }, { stdin });
    stdin.write("half\u0003");
    await expect(secret).rejects.toMatchObject({ code: "secret.unavailable" });
  });
});
