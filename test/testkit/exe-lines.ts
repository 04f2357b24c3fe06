/** The lines of what a process prints, while it runs. */
import { on } from "node:events";
import { StringDecoder } from "node:string_decoder";

/** Splits bytes into lines, each given as soon as it is whole; what follows the last is one too. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** What a stream gives from now on; who stops to read does not stop the stream. */
export async function* chunksOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  for await (const event of on(stream, "data", { close: ["end"] })) {
    const [chunk]: readonly unknown[] = event;
    if (Buffer.isBuffer(chunk)) yield chunk;
  }
}
