import { amounts } from "../testkit/exe-differences.ts";
import { killInStepsTests } from "../testkit/exe-kill-9.ts";
import { onWindows } from "../testkit/exe-windows.ts";

onWindows((program) => killInStepsTests(program, amounts.steps.windows));
