/** The vendor of a guest: a signed repository that nginx serves on the guest's own loopback. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CanaryKind, canaryFile, canarySignature } from "../../../protocol/release/canary.ts";
import { memoryPublisher } from "../../testkit/memory-publisher.ts";
import type { Guest } from "../../testkit/nspawn.ts";

/** Publishes into a guest. */
export interface Vendor {
  /** Where agents in the guest find it. */
  readonly url: string;
  /** The bootstrap root. */
  readonly root: Buffer;
  /** Publishes the next release of `daily`, with its canary; returns its version, as in `number 2`. */
  release(files: Readonly<Record<string, string>>): Promise<number>;
}

const served = "srv/vendor";
const site = (more: string): string => `server {
  listen 127.0.0.1:80 default_server;
  root /${served};
${more}}
`;

const kind: CanaryKind = "hdb";

/**
 * Makes the vendor; it has the database `daily`, without a release yet.
 *
 * @param more lines for the server's section of nginx's configuration
 */
export async function startVendor(guest: Guest, more = ""): Promise<Vendor> {
  const publisher = await memoryPublisher();
  publisher.addDatabase("daily");
  guest.write("/etc/nginx/sites-available/default", site(more));
  mkdirSync(join(guest.root, served));
  await guest.ok("systemctl restart nginx");
  let version = 0;

  async function publish(): Promise<void> {
    await publisher.publish();
    for (const [path, bytes] of publisher.files) {
      const file = join(guest.root, served, path);
      if (existsSync(file) && readFileSync(file).equals(bytes)) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
  }

  return {
    url: "http://127.0.0.1/",
    root: publisher.root,
    release: async (files) => {
      version += 1;
      const canary = canarySignature(kind, {
        repository: publisher.repository,
        database: "daily",
        version,
      });
      const all = { ...files, [canaryFile(kind)]: canary };
      publisher.release("daily", all, { label: `number ${version}` });
      await publish();
      return version;
    },
  };
}
