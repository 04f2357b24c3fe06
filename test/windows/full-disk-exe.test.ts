/** By Wine: the fixtures lie on a tmpfs, which is beneath a folder of drive Z: there. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { agentFixture } from "../testkit/agent-fixture.ts";
import { diskBytes, fullDiskTests } from "../testkit/exe-full-disk.ts";
import { onWine } from "../testkit/exe-windows.ts";
import { mountSmallDisk, type SmallDisk } from "../testkit/small-disk.ts";

const name = "disk";
let disk: SmallDisk;

function mountInto(share: string): () => void {
  const folder = join(share, name);
  mkdirSync(folder);
  const mounted = mountSmallDisk(folder, diskBytes);
  if (typeof mounted === "string") throw new Error(mounted);
  disk = mounted;
  return () => mounted.unmount();
}

onWine({ name, mountInto }, (program) =>
  fullDiskTests(async () => {
    const fixture = await agentFixture(program());
    const close = async (): Promise<void> => {
      disk.free();
      await fixture.remove();
    };
    return { fixture, disk, close };
  }),
);
