/** Plays the scenarios of this folder with the built programs. */
import { executable } from "../testkit/agent-fixture.ts";
import { programHere } from "../testkit/exe-program.ts";
import { scenarioNames, scenarioTests } from "../testkit/exe-scenarios.ts";

scenarioTests(() => programHere(executable), scenarioNames);
