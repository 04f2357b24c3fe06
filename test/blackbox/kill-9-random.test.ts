/** `VOUCHSAFE_KILLS` makes them more or fewer. */
import process from "node:process";
import { executable } from "../testkit/agent-fixture.ts";
import { amounts } from "../testkit/exe-differences.ts";
import { killAtRandomTests } from "../testkit/exe-kill-9-random.ts";
import { programHere } from "../testkit/exe-program.ts";

const kills = Number(process.env["VOUCHSAFE_KILLS"] ?? amounts.random.linux);
killAtRandomTests(() => programHere(executable), kills);
