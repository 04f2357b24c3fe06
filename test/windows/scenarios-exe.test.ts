import { runsOnWindows } from "../testkit/exe-differences.ts";
import { scenarioNames, scenarioTests } from "../testkit/exe-scenarios.ts";
import { onWindows } from "../testkit/exe-windows.ts";

const names = scenarioNames.filter((name) => runsOnWindows(`scenarios/${name}`));
onWindows((program) => scenarioTests(program, names));
