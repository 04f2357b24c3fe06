import { beforeEach, describe, expect, test } from "vitest";
import { type FolderSecurity, secureFolder } from "../../../agent/platform/windows/folders.ts";
import { type SimulatedDisk, simulatedDisk } from "../../testkit/simulated-disk.ts";

const system = "S-1-5-18";
const administrators = "S-1-5-32-544";
const somebody = "S-1-5-21-1-2-3-1001";
const folder = "/ProgramData/Vouchsafe";

let disk: SimulatedDisk;
let owners: Map<string, string>;
let done: string[];

/** A machine on which everything belongs to the system, but for what the test says. */
const security = (own = system): FolderSecurity => ({
  owner: (path) => owners.get(path) ?? system,
  ownSid: () => own,
  protect: (path, sddl) => void done.push(`${path} ${sddl}`),
});

beforeEach(async () => {
  disk = simulatedDisk();
  owners = new Map();
  done = [];
  await disk.mkdir("/ProgramData", 0o755);
});

const secure = (own?: string) => secureFolder(disk, security(own), folder, "private");
const unsafe = expect.objectContaining({ code: "disk.unsafe-path" });

async function file(name: string, owner: string): Promise<void> {
  const path = `${folder}/${name}`;
  await (await disk.open(path, "wx", 0o600)).close();
  owners.set(path, owner);
}

describe("a folder under ProgramData", () => {
  test("is made, for the system and administrators alone, whatever ProgramData grants", async () => {
    await secure();
    expect((await disk.lstat(folder)).kind).toBe("directory");
    expect(done).toEqual([`${folder} D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`]);
  });

  test("may be one for everybody to read, never to write", async () => {
    await secureFolder(disk, security(), folder, "readable");
    expect(done).toEqual([`${folder} D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)`]);
  });

  test("of an administrator is taken, with what administrators have put in it", async () => {
    await disk.mkdir(folder, 0o755);
    owners.set(folder, administrators);
    await file("agent.yaml", administrators);
    await secure();
    expect(done).toHaveLength(1);
  });

  test("of the user that the agent runs as is taken", async () => {
    await disk.mkdir(folder, 0o755);
    owners.set(folder, somebody);
    await secure(somebody);
    expect(done).toHaveLength(1);
  });

  test("that somebody else made before is refused, and nothing is changed", async () => {
    await disk.mkdir(folder, 0o755);
    owners.set(folder, somebody);
    await expect(secure()).rejects.toThrow(unsafe);
    expect(done).toEqual([]);
  });

  test.each(["agent.yaml", "root.json"])("with somebody else's %s is refused", async (name) => {
    await disk.mkdir(folder, 0o755);
    await file(name, somebody);
    await expect(secure()).rejects.toThrow(unsafe);
  });

  test("is looked into only when nobody can put anything there any more", async () => {
    await disk.mkdir(folder, 0o755);
    const order: string[] = [];
    const watched: FolderSecurity = {
      ...security(),
      protect: () => void order.push("protect"),
      owner: (path) => {
        order.push(`owner ${path}`);
        return system;
      },
    };
    await file("agent.yaml", system);
    await secureFolder(disk, watched, folder, "private");
    expect(order).toEqual([`owner ${folder}`, "protect", `owner ${folder}/agent.yaml`]);
  });
});
