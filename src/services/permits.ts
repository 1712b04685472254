import { Effect } from "effect"
import { Actor } from "../domain/Actor.ts"
import { Forbidden } from "../domain/Errors.ts"
import { type Permission, resourceAndAction } from "../domain/Permission.ts"

/** Fails unless the caller holds the permission: where it depends on what is asked, so that no endpoint can require it. */
export const requirePermission = Effect.fnUntraced(function* (permission: Permission) {
  const { permissions } = yield* Actor
  const [resource, action] = resourceAndAction(permission)
  if (!permissions.has(permission)) return yield* Forbidden.to(action, resource)
})
