/** Facts about the machine, by name: serial numbers, addresses and host names are not among them. */
import type { Clock } from "../../../host/clock.ts";

const waitMs = 8_000;

async function ask(): Promise<object> {
  const { cpu, fsSize, mem, osInfo, time } = await import("systeminformation");
  const [system, processor, memory, volumes] = await Promise.all([
    osInfo(),
    cpu(),
    mem(),
    fsSize(),
  ]);
  const { platform, distro, release, kernel, arch } = system;
  const { manufacturer, brand, cores, physicalCores } = processor;
  const { total, free, available, swaptotal, swapfree } = memory;
  const { uptime, timezone } = time();
  return {
    os: { platform, distro, release, kernel, arch },
    cpu: { manufacturer, brand, cores, physicalCores },
    memoryBytes: { total, free, available, swaptotal, swapfree },
    volumes: volumes.map(({ fs, type, size, used, mount }) => ({ fs, type, size, used, mount })),
    uptimeSeconds: uptime,
    timezone,
  };
}

/** The facts; never takes longer than eight seconds. */
export async function systemDocument(clock: Clock, signal: AbortSignal): Promise<object> {
  const enough = new AbortController();
  const late = clock
    .sleep(waitMs, AbortSignal.any([signal, enough.signal]))
    .then(() => ({ note: "the system did not answer in time" }));
  late.catch(() => undefined);
  try {
    return await Promise.race([ask(), late]);
  } finally {
    enough.abort();
  }
}
