import { describe, expect, it } from "vitest";
import { alarm } from "../../src/cluster/alarm.ts";
import { FakeClock } from "./fake-clock.ts";

describe("a pause with an alarm", () => {
  const never = new AbortController().signal;

  it("lasts its time when nothing happens", async () => {
    const clock = new FakeClock();
    let over = false;
    const pause = alarm(clock)
      .sleep(5000, never)
      .then(() => (over = true));
    await clock.advance(4999, 0);
    await clock.asleep(1);
    expect(over).toBe(false);
    await clock.advance(1, 0);
    await pause;
  });

  it("ends when the alarm rings, and the next one does not", async () => {
    const clock = new FakeClock();
    const { ring, sleep } = alarm(clock);
    const pause = sleep(5000, never);
    await clock.asleep(1);
    ring();
    await pause;
    const next = sleep(5000, never);
    await clock.advance(5000, 0);
    await next;
    expect(clock.monotonic() - new FakeClock().monotonic()).toBe(5000);
  });

  it("is left out when the alarm rang since the last one", async () => {
    const clock = new FakeClock();
    const { ring, sleep } = alarm(clock);
    ring();
    await sleep(5000, never);
    expect(clock.monotonic()).toBe(new FakeClock().monotonic());
  });

  it("ends when the loop is told to end", async () => {
    const clock = new FakeClock();
    const end = new AbortController();
    const { sleep } = alarm(clock);
    const pause = sleep(5000, end.signal);
    await clock.asleep(1);
    end.abort();
    await pause;
    await sleep(5000, end.signal);
    expect(clock.monotonic()).toBe(new FakeClock().monotonic());
  });
});
