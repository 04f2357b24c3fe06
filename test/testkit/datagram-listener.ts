/** Listens for datagrams of the Unix domain, which Node.js cannot: a few lines of perl do. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

const program = `
use IO::Socket::UNIX; use Socket; $| = 1;
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
print "listening\\n\\0";
while (defined $socket->recv(my $message, 65536)) { print "$message\\0"; }
`;

/** Whether it can listen here. */
export const canListen: boolean = existsSync("/usr/bin/perl");

/** A listener that hears until it is stopped. */
export interface DatagramListener {
  /** All messages so far. */
  heard(): readonly string[];
  stop(): Promise<void>;
}

/** Listens at a path; resolves once a message would be heard. */
export async function listenForDatagrams(path: string): Promise<DatagramListener> {
  const child = spawn("/usr/bin/perl", ["-e", program, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let text = "";
  const listening = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      resolve();
    });
    void ended.then(() => reject(new Error("the listener ended")));
  });
  await listening;
  return {
    heard: () => text.split("\0").slice(1, -1),
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
