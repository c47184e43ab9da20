import { FunctionError } from "../errors.ts";
import { timeFromDate } from "../time/time-value.ts";
import { define, library } from "./function-spec.ts";

const RFC3339 = "2006-01-02T15:04:05Z07:00";

/** consul-template's clock, in UTC. */
export const TIMESTAMP = library({
  timestamp: define(["...string"], (args) => {
    if (args.count > 1) throw new FunctionError(`expected 0 or 1 arguments, got ${args.count}`);
    const now = timeFromDate(args.run.context.now());
    const layout = args.count === 0 ? RFC3339 : args.string(0);
    return layout === "unix" ? String(now.seconds) : now.format(layout);
  }),
});
