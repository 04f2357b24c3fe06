import { executable } from "../testkit/agent-fixture.ts";
import { amounts } from "../testkit/exe-differences.ts";
import { killInStepsTests } from "../testkit/exe-kill-9.ts";
import { programHere } from "../testkit/exe-program.ts";

killInStepsTests(() => programHere(executable), amounts.steps.linux);
