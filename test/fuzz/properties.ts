/** Every property there is, by name. */
import { differential, type Tally } from "./differential/run.ts";
import { deltaProperties } from "./properties/delta.ts";
import { jsonProperties } from "./properties/json.ts";
import { metadataProperties } from "./properties/metadata.ts";
import { releaseProperties } from "./properties/release.ts";
import { storeProperties } from "./properties/store.ts";
import type { FuzzProperty } from "./property.ts";

/** Properties that need nothing but our own code. */
export const ownProperties: readonly FuzzProperty[] = [
  ...deltaProperties,
  ...jsonProperties,
  ...metadataProperties,
  ...releaseProperties,
  ...storeProperties,
];

/** All properties; the differential one counts into the tally. */
export const propertiesOf = (tally: Tally): readonly FuzzProperty[] => [
  ...ownProperties,
  differential(tally),
];
