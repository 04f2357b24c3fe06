/** A port of the loopback interface that was free a moment ago. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Asks the operating system for one. */
export const freePort = async (): Promise<number> => {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
};
