/**
 * `credential:NAME` in place of a path: a file that systemd gives to the service alone
 * (LoadCredential=, systemd.exec(5)).
 */
const reference = /^credential:([A-Za-z0-9_][A-Za-z0-9._-]{0,254})$/;

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value with every reference replaced by the path of the credential: pure.
 *
 * @param value a configuration as it was read
 * @param folder where the service's credentials lie; undefined where there are none
 */
export function resolveCredentials(value: unknown, folder: string | undefined): unknown {
  if (folder === undefined) return value;
  if (typeof value === "string") {
    const [, name] = reference.exec(value) ?? [];
    return name === undefined ? value : `${folder}/${name}`;
  }
  if (Array.isArray(value)) return value.map((item) => resolveCredentials(item, folder));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveCredentials(item, folder)]),
  );
}
