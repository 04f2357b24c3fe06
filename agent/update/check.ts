/** Step "check": one conditional GET of the timestamp, and more only if something is new. */
import type { TrustClient } from "../trust/types.ts";
import type { UpdateContext } from "./types.ts";

/**
 * Opens the trust store and refreshes it.
 *
 * @throws VouchsafeError `trust.*`, `clock.behind`, `transfer.*`, `repository.missing`, `disk.*`
 */
export async function checkRepository(context: UpdateContext): Promise<TrustClient> {
  const trust = await context.openTrust();
  await trust.refresh();
  return trust;
}
