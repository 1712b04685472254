import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"

export const openapi = Command.make(
  "openapi",
  {
    format: Flag.Literals("format", ["json", "yaml"]).pipe(
      Flag.withDescription("JSON or YAML"),
      Flag.withDefault("json" as const)
    )
  },
  ({ format }) =>
    Effect.gen(function* () {
      const { edition } = yield* Effect.promise(() => import("../layers/Edition.ts"))
      const document = (yield* edition).openApi()
      if (format === "json") return yield* Console.log(JSON.stringify(document, undefined, 2))
      const { toYaml } = yield* Effect.promise(() => import("../http/yaml.ts"))
      yield* Console.log(toYaml(document).trimEnd())
    })
).pipe(
  Command.withDescription("Print the edition's OpenAPI document. It needs no database"),
  Command.withShortDescription("Print the OpenAPI document")
)
