import { resumeTests } from "../testkit/exe-resume.ts";
import { onWindows } from "../testkit/exe-windows.ts";

onWindows(resumeTests);
