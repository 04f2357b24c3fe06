import { executable } from "../testkit/agent-fixture.ts";
import { programHere } from "../testkit/exe-program.ts";
import { resumeTests } from "../testkit/exe-resume.ts";

resumeTests(() => programHere(executable));
