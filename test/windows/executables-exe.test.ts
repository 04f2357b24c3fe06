import { versionTests } from "../testkit/exe-version.ts";
import { onWindows } from "../testkit/exe-windows.ts";

onWindows((program) => versionTests(program, "vouchsafe-agent"));
