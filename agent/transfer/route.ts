/** Which mirrors are asked for what, and in which order, where some of them are relays: pure. */

/** What is known of the mirrors at this moment; addresses, best first. */
export interface Mirrorage {
  /** All that may be asked. */
  readonly all: readonly string[];
  readonly isRelay: (mirror: string) => boolean;
  /** Whether a mirror that is no relay has to answer for the timestamp now. */
  readonly originDue: boolean;
  /** Whether those that are no relays were out of reach in this run. */
  readonly originsOut: boolean;
  /** Who gave the timestamp of this run, if one was asked for. */
  readonly giver?: string | undefined;
}

/** Whom to ask. */
export interface Route {
  readonly mirrors: readonly string[];
  /** Whether what one relay does not have may still be there: others are asked. */
  readonly relaysMayLack: boolean;
}

export const timestampPath = "metadata/timestamp.json";
export const rootPath = /^metadata\/[0-9]+\.root\.json$/;
const siblingPath = /\.json\.zst$/;

/** Relays behind the others. */
function originsFirst({ all, isRelay }: Mirrorage): readonly string[] {
  return [...all.filter((mirror) => !isRelay(mirror)), ...all.filter(isRelay)];
}

/**
 * The way to a metadata file. A relay hands on whole files and the newest root that it knows: it is
 * no witness of what else there is.
 */
export function routeOf(path: string, mirrorage: Mirrorage): Route {
  const { all, isRelay, originDue, originsOut, giver } = mirrorage;
  if (!all.some(isRelay)) return { mirrors: all, relaysMayLack: false };
  if (path === timestampPath) {
    return { mirrors: originDue ? originsFirst(mirrorage) : all, relaysMayLack: true };
  }
  if (rootPath.test(path)) {
    const mirrors = originsOut ? all.filter(isRelay) : originsFirst(mirrorage);
    return { mirrors, relaysMayLack: true };
  }
  if (siblingPath.test(path)) {
    // What gave the timestamp has the rest too, and a neighbour's plain file costs no uplink.
    const useless = originsOut || (giver !== undefined && isRelay(giver));
    return { mirrors: useless ? [] : all.filter((m) => !isRelay(m)), relaysMayLack: true };
  }
  return { mirrors: all, relaysMayLack: true };
}
