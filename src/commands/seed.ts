import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { DemoService } from "../services/DemoService.ts"
import * as support from "./support.ts"

/** A bar on the terminal's last line; nothing where nobody watches. */
const progress = (total: number) => (tickets: number) =>
  Effect.sync(() => {
    if (!process.stderr.isTTY) return
    const done = Math.round((tickets / total) * 40)
    const bar = `${"█".repeat(done)}${"░".repeat(40 - done)}`
    process.stderr.write(`\r${bar} ${tickets} of ${total} tickets${tickets === total ? "\n" : ""}`)
  })

export const seed = Command.make(
  "seed",
  {
    tickets: Flag.Int("tickets").pipe(
      Flag.withDescription("How many tickets"),
      Flag.filter(
        (count) => count >= 1 && count <= 10_000_000,
        (count) => `Expected 1 to 10000000 tickets, got ${count}`
      ),
      Flag.withDefault(1000)
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("The same number makes up the same data"), Flag.withDefault(1)),
    tenant: support.tenant.pipe(
      Flag.withDescription("The tenant to fill, by its id or its name; a new one, if left out"),
      Flag.optional
    ),
    json: support.json
  },
  ({ json, seed, tenant, tickets }) =>
    Effect.gen(function* () {
      const demo = yield* (yield* DemoService).fill({
        ...Option.match(tenant, { onNone: () => ({}), onSome: (tenant) => ({ tenant }) }),
        tickets,
        seed,
        progress: progress(tickets)
      })
      yield* support.print(json, demo, support.listing({ ...demo }))
    }).pipe(support.overDatabase)
).pipe(
  Command.withDescription(
    "Make up a managed service provider with clients, contacts, assets and tickets, and an API key"
  ),
  Command.withShortDescription("Make up demo data"),
  Command.withExamples([{ command: "psa seed --tickets 50000 --json", description: "A large tenant, to measure by" }])
)
