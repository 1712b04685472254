/** Where the content of files is kept, by the settings: in a bucket if there is one, or else under `DATA_DIR`. */
import { join } from "node:path"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Effect, Layer } from "effect"
import { localContent } from "./LocalContent.ts"
import { s3Content } from "./S3Content.ts"
import { Settings } from "./Settings.ts"

export const ContentStoreLive = Layer.unwrap(
  Effect.map(Settings, ({ dataDir, s3 }) => {
    const directory = join(dataDir, "content")
    return s3 === undefined
      ? localContent(directory)
      : s3Content(s3, join(directory, "incoming")).pipe(Layer.provide(NodeHttpClient.layerUndici))
  })
)
