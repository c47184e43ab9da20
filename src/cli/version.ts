import { VERSION } from "../version.ts";
import type { Command } from "./command.ts";

export const versionCommand: Command = {
  name: "version",
  summary: "prints the version",
  help: "Usage: keycard version\n\nPrints the version of Keycard.",
  async run(_args, io) {
    io.stdout.write(`keycard ${VERSION}\n`);
    return 0;
  },
};
