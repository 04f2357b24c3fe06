/** Persons who come and go: changes of a database's keys over a workshop. */
import { type Signer, seedSigner } from "../../../protocol/tuf/sign.ts";
import type { NamedKey } from "../../../publisher/keys/key-store.ts";
import { approve, reviewProposal } from "../../../publisher/proposal/approve.ts";
import { rotateDatabase, withdrawRotation } from "../../../publisher/repository/rotate-database.ts";
import type { Publisher } from "../../../publisher/workspace/publisher.ts";
import type { useWorkshop } from "./workshop.ts";

/** Somebody who joined after the workshop's keys were made. */
export const newcomer = (name: string): NamedKey & Signer => ({
  name,
  ...seedSigner(Buffer.alloc(32, name)),
});

/** The persons by name: those of the workshop, and newcomers. */
export function rotationsOf(shop: ReturnType<typeof useWorkshop>) {
  const resident = new Set(["alice", "bob", "carol", "mallory"]);
  const personNamed = async (name: string): Promise<NamedKey & Signer> =>
    resident.has(name) ? shop.keyOf(name) : newcomer(name);
  const persons = (names: readonly string[]) => Promise.all(names.map(personNamed));
  return {
    personNamed,
    /** Signs a change of the keys; two of them must approve from then on. */
    rotate: async (names: readonly string[], database = "daily", publisher?: Publisher) => {
      const keys = await persons(names);
      const at = publisher ?? (await shop.open());
      return rotateDatabase(at, shop.roles, { database, keys, threshold: 2 });
    },
    withdraw: async (database = "daily", publisher?: Publisher) =>
      withdrawRotation(publisher ?? (await shop.open()), shop.roles, database),
    approve: async (names: readonly string[], database = "daily") => {
      for (const { sign } of await persons(names)) {
        const publisher = await shop.open();
        await approve(publisher, await reviewProposal(publisher, database), sign);
      }
    },
  };
}
