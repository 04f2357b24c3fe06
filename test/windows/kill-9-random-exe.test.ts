import { amounts } from "../testkit/exe-differences.ts";
import { killAtRandomTests } from "../testkit/exe-kill-9-random.ts";
import { onWindows } from "../testkit/exe-windows.ts";

onWindows((program) => killAtRandomTests(program, amounts.random.windows));
