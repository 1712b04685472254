/** Many assets changed at once: all of them, or none. */
import { Schema } from "effect"
import { CommonAssetChanges } from "./Asset.ts"
import type { Issue } from "./Errors.ts"
import { Text, Uuid } from "./Field.ts"

/** How many assets one request may change. */
export const maxBulkAssets = 500

const some = <S extends Schema.Constraint>(item: S) =>
  Schema.Array(item).check(
    Schema.isMinLength(1, { message: "Expected at least one" }),
    Schema.isMaxLength(maxBulkAssets, { message: `Expected at most ${maxBulkAssets}` })
  )

export const AssetBulkChanges = Schema.Struct({
  assets: some(Schema.Struct({ asset_id: Uuid, data: CommonAssetChanges }))
}).annotate({ identifier: "AssetBulkChanges" })

export const AssetBulkStatus = Schema.Struct({
  asset_ids: some(Uuid),
  status: Text(255)
}).annotate({ identifier: "AssetBulkStatus" })

/** An issue for each id that is not there for the first time, at the path that `pathOf` gives its index. */
export const repeatedIds = (
  ids: ReadonlyArray<string>,
  pathOf: (index: number) => Issue["path"]
): ReadonlyArray<Issue> => {
  const seen = new Set<string>()
  return ids.flatMap((id, index) => {
    if (seen.has(id)) return [{ path: pathOf(index), message: "Expected each asset once" }]
    seen.add(id)
    return []
  })
}
