/** Entry of `vouchsafe-console`. */
import { startProgram } from "../host/cli/start.ts";
import { consoleProgram } from "./cli/program.ts";

void startProgram(consoleProgram);
