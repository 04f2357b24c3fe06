import { beforeEach, describe, expect, test } from "vitest";
import {
  type FolderSecurity,
  removeSecured,
  secureConfig,
  secureFolder,
} from "../../../agent/platform/windows/folders.ts";
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
    expect(done[0]).toMatch(/^\/ProgramData\/Vouchsafe D:P/);
  });

  test("closes the files in it too: one that was there has the folder's old permissions", async () => {
    await disk.mkdir(folder, 0o755);
    await file("agent.yaml", administrators);
    await secure();
    expect(done[1]).toBe(`${folder}/agent.yaml D:P(A;;FA;;;SY)(A;;FA;;;BA)`);
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

  test("that is a link is refused, even to a place of the system's", async () => {
    await disk.mkdir("/Windows", 0o755);
    await disk.symlink("/Windows", folder);
    await expect(secure()).rejects.toThrow(unsafe);
    expect(done).toEqual([]);
  });

  test("with a link in it is refused", async () => {
    await disk.mkdir(folder, 0o755);
    await disk.mkdir("/Windows", 0o755);
    await disk.symlink("/Windows", `${folder}/state`);
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
    const inside = `owner ${folder}/agent.yaml`;
    expect(order).toEqual([`owner ${folder}`, "protect", inside, "protect"]);
  });
});

describe("the folder of a configuration", () => {
  const dropIns = `${folder}/agent.d`;

  test("is closed with that of the files that are merged over it", async () => {
    await disk.mkdir(folder, 0o755);
    await disk.mkdir(dropIns, 0o755);
    await secureConfig(disk, security(), folder);
    expect(done).toContain(`${dropIns} D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`);
  });

  test("is refused when somebody else has a file among those", async () => {
    await disk.mkdir(folder, 0o755);
    await disk.mkdir(dropIns, 0o755);
    await file("agent.d/theirs.yaml", somebody);
    await expect(secureConfig(disk, security(), folder)).rejects.toThrow(unsafe);
  });
});

describe("removing it", () => {
  const remove = () => removeSecured(disk, security(), folder);

  test("takes all that lies in it; a link goes, and what it leads to stays", async () => {
    await disk.mkdir("/elsewhere", 0o755);
    await (await disk.open("/elsewhere/kept", "wx", 0o600)).close();
    await disk.mkdir(folder, 0o755);
    await disk.mkdir(`${folder}/state`, 0o755);
    await file("state/history", system);
    await disk.symlink("/elsewhere", `${folder}/state/current`);
    expect(await remove()).toBe(true);
    expect(await disk.readdir("/ProgramData")).toEqual([]);
    expect(await disk.readdir("/elsewhere")).toEqual(["kept"]);
  });

  test("is nothing where there is none", async () => {
    expect(await remove()).toBe(false);
  });

  test("is refused when it is somebody else's, or a link: all stays", async () => {
    await disk.mkdir(folder, 0o755);
    await file("theirs", somebody);
    owners.set(folder, somebody);
    await expect(remove()).rejects.toThrow(unsafe);
    expect(await disk.readdir(folder)).toEqual(["theirs"]);
    await disk.symlink(folder, "/ProgramData/link");
    const link = removeSecured(disk, security(), "/ProgramData/link");
    await expect(link).rejects.toThrow(unsafe);
  });
});
