/** Entry of `vouchsafe-agent`. */
import { startProgram } from "../host/cli/start.ts";
import { agentProgram } from "./cli/program.ts";

void startProgram(agentProgram);
