import { fs, path, pathIn } from "../file-system.ts";

/** What a process calls itself, and the program it runs. */
function namesOf(processDirectory: string): readonly string[] {
  try {
    const own = fs.readFileSync(pathIn(processDirectory, "comm"), "utf8").trimEnd();
    const program = fs.readFileSync(pathIn(processDirectory, "cmdline"), "utf8").split("\0")[0] ?? "";
    return [own, path.basename(program)];
  } catch {
    // It ended while we looked.
    return [];
  }
}

/**
 * Sends a signal to every process of that name: what `ps` shows, or the file name of the program. The
 * containers of the pod must share their process namespace, and the app must run as the agent's user.
 * @returns how many got it.
 * @throws what the kernel refuses (`EPERM`: the app runs as another user).
 */
export function signalProcesses(
  name: string,
  signal: NodeJS.Signals,
  host: {
    readonly processDirectory: string;
    readonly ownPid: number;
    readonly kill: (pid: number, signal: NodeJS.Signals) => void;
  },
): number {
  let reached = 0;
  let refusal: unknown;
  for (const entry of fs.readdirSync(host.processDirectory)) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid <= 0 || pid === host.ownPid) continue;
    if (!namesOf(pathIn(host.processDirectory, entry)).includes(name)) continue;
    try {
      host.kill(pid, signal);
      reached++;
    } catch (error) {
      refusal ??= error;
    }
  }
  if (reached === 0 && refusal !== undefined) throw refusal;
  return reached;
}
