/** How a role's name becomes part of a file name or an address. */

/**
 * A role's name percent-encoded, so that no name of a foreign repository is a path, a query or a
 * wildcard: everything but letters, digits and `-._~` (RFC 3986 §2.3), as UTF-8.
 *
 * @param role well-formed text, as canonical JSON demands
 */
export function roleFileName(role: string): string {
  return encodeURIComponent(role).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
