/** Which npm packages are inside a bundle, and which of them import which: read from esbuild's metafile. */
import type { Metafile } from "esbuild";

/** Package folder (`node_modules/@scope/name`, nested ones too) → the package folders it imports. */
export type Contents = ReadonlyMap<string, ReadonlySet<string>>;

/** The key of what is our own in `Contents`. */
export const ourselves = "";

/** The package folder that a bundled file lies in; undefined for a file of our own. */
export const packageFolderOf = (input: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];

/** The contents of bundles that belong together. */
export const contentsOf = (metafiles: readonly Metafile[]): Contents => {
  const contents = new Map<string, Set<string>>([[ourselves, new Set()]]);
  const importsOf = (folder: string): Set<string> => {
    const known = contents.get(folder) ?? new Set();
    contents.set(folder, known);
    return known;
  };
  for (const { inputs } of metafiles) {
    for (const [path, { imports }] of Object.entries(inputs)) {
      const folder = packageFolderOf(path) ?? ourselves;
      const importing = importsOf(folder);
      for (const { path: imported, external } of imports) {
        const target = external === true ? undefined : packageFolderOf(imported);
        if (target !== undefined && target !== folder) importing.add(target);
      }
    }
  }
  return contents;
};

/** The package folders of some contents, sorted. */
export const packageFolders = (contents: Contents): readonly string[] =>
  [...contents.keys()].filter((folder) => folder !== ourselves).toSorted();
