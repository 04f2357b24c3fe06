/** Entry of vouchsafe-publisher. */
import { startProgram } from "../host/cli/start.ts";
import { publisherProgram } from "./cli/program.ts";

void startProgram(publisherProgram);
