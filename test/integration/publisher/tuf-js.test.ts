import { expect, test } from "vitest";
import { tufJsClient } from "./tuf-js-client.ts";
import { useWorkshop } from "./workshop.ts";

const shop = useWorkshop();

test("tuf-js downloads a target of each release, with nothing but the bootstrap root", async () => {
  shop.now = Date.now();
  await shop.addDatabase("daily", 1);
  await shop.release({ "main.txt": "one\n".repeat(50), "more/extra.txt": "two" });
  const download = await tufJsClient(shop.path("p", "repository"), shop.path("client"));
  expect(await download("daily/main.txt")).toBe("one\n".repeat(50));
  expect(await download("daily/more/extra.txt")).toBe("two");
  await shop.release({ "main.txt": "three" });
  expect(await download("daily/main.txt")).toBe("three");
  await expect(download("daily/more/extra.txt")).rejects.toThrow("no target");
});
