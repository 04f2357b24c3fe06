/** All checks of `agent doctor`, in the order in which they are told; docs/doctor.md lists them. */
import { certificatesCheck } from "./checks/certificates.ts";
import { clockCheck } from "./checks/clock.ts";
import { configurationCheck } from "./checks/configuration.ts";
import { confinementCheck } from "./checks/confinement.ts";
import { consumersCheck } from "./checks/consumers.ts";
import { enrolmentCheck, spoolCheck } from "./checks/enrolment.ts";
import { lastCheckCheck } from "./checks/last-check.ts";
import { lockCheck } from "./checks/lock.ts";
import { metricsCheck } from "./checks/metrics.ts";
import { consoleCheck, mirrorsCheck } from "./checks/mirrors.ts";
import { proxyCheck } from "./checks/proxy.ts";
import { originCheck, relaysCheck } from "./checks/relays.ts";
import { serviceCheck } from "./checks/service.ts";
import { spaceCheck } from "./checks/space.ts";
import { stateCheck } from "./checks/state.ts";
import { trustCheck } from "./checks/trust.ts";
import type { Check } from "./findings.ts";

export const checks: readonly Check[] = [
  configurationCheck,
  clockCheck,
  mirrorsCheck,
  relaysCheck,
  originCheck,
  consoleCheck,
  proxyCheck,
  certificatesCheck,
  trustCheck,
  stateCheck,
  spaceCheck,
  lockCheck,
  serviceCheck,
  lastCheckCheck,
  consumersCheck,
  confinementCheck,
  enrolmentCheck,
  spoolCheck,
  metricsCheck,
];
