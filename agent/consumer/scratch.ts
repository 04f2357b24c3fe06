/** A folder for what a consumer's test program writes, thrown away after it. */
import { join } from "node:path";
import { removeTree } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";

/** The machine as a scratch folder needs it. */
export interface ScratchPorts {
  readonly fs: FileSystem;
  /** The system's folder for temporary files. */
  readonly tempDir: string;
  /** So many random bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
}

const passableDirMode = 0o711;
const writableDirMode = 0o777;

/**
 * Calls back with a new folder that the program may write to, whoever it runs as. It lies in one
 * that others cannot list, under a name that they cannot guess.
 * @throws whatever `use` throws; errors of the operating system
 */
export async function withScratch<T>(
  { fs, tempDir, randomBytes }: ScratchPorts,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const name = (): string => Buffer.from(randomBytes(16)).toString("hex");
  const outer = join(tempDir, `vouchsafe-${name()}`);
  const inner = join(outer, name());
  await fs.mkdir(outer, 0o700);
  try {
    await fs.mkdir(inner, writableDirMode);
    await fs.chmod(inner, writableDirMode);
    await fs.chmod(outer, passableDirMode);
    return await use(inner);
  } finally {
    await removeTree(fs, outer);
  }
}
