/** What people of a client, and those whose reading is narrowed, may do with comments. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Actor, type Caller } from "../../src/domain/Actor.ts"
import { CommentService } from "../../src/services/CommentService.ts"
import { makeContact, makeTicket, makeUser } from "../support/fixtures.ts"
import { communityService, makeTenant } from "../support/service.ts"

const suite = layer(CommentService.layer.pipe(Layer.provideMerge(communityService)), { excludeTestServices: true })

/** A ticket, a colleague, and somebody of the client's. */
const desk = Effect.gen(function* () {
  const tenant = yield* makeTenant
  const ticket = yield* makeTicket(tenant)
  const contact_id = yield* makeContact(tenant, { full_name: "Cleo Client" })
  const person = yield* makeUser(tenant, { user_type: "client", contact_id, first_name: "Cleo", last_name: "Client" })
  const caller = (userId: string, more: Partial<Caller> = {}): Caller => ({
    tenant: tenant.tenant.tenant,
    userId,
    userType: "internal",
    apiKeyId: undefined,
    permissions: new Set(),
    ...more
  })
  const by =
    (who: Caller) =>
    <A, E, R>(work: Effect.Effect<A, E, R>) =>
      Effect.provideService(work, Actor, who)
  return {
    ...tenant,
    ticket,
    contact_id,
    caller,
    by,
    colleague: by(caller(tenant.user.user_id)),
    client: by(caller(person, { userType: "client" })),
    comments: yield* CommentService
  }
})

const failure = <A, E extends { readonly _tag: string }, R>(work: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(work), ({ _tag }) => _tag)

suite("people of a client", (it) => {
  it.effect("see what is public, published and not deleted", () =>
    Effect.gen(function* () {
      const { client, colleague, comments, ticket } = yield* desk
      const sql = yield* SqlClient.SqlClient
      const say = (comment_text: string, more = {}) => colleague(comments.add(ticket, { comment_text, ...more }))
      const open = yield* say("Public")
      const hidden = yield* say("Internal", { is_internal: true })
      const scheduled = yield* say("Scheduled")
      yield* sql`UPDATE comments SET publish_state = 'scheduled' WHERE comment_id = ${scheduled.comment_id}`
      const deleted = yield* say("Deleted")
      yield* colleague(comments.delete(ticket, deleted.comment_id))
      const seen = yield* client(comments.list(ticket, {}))
      assert.deepStrictEqual(
        seen.map(({ comment_id }) => comment_id),
        [open.comment_id]
      )
      assert.strictEqual((yield* colleague(comments.list(ticket, {}))).length, 4)
      for (const { comment_id } of [hidden, scheduled, deleted]) {
        assert.strictEqual(yield* failure(client(comments.get(ticket, comment_id))), "NotFound")
        assert.strictEqual(yield* failure(client(comments.react(ticket, comment_id, { emoji: "👍" }))), "NotFound")
        const reply = { comment_text: "Reply", parent_comment_id: comment_id }
        assert.strictEqual(yield* failure(client(comments.add(ticket, reply))), "NotFound")
      }
      assert.deepStrictEqual(yield* client(comments.react(ticket, open.comment_id, { emoji: "👍" })), { added: true })
    })
  )

  it.effect("say what is public, and leave the next word to the provider", () =>
    Effect.gen(function* () {
      const { admin, client, colleague, comments, contact_id, ticket } = yield* desk
      const said = yield* client(comments.add(ticket, { comment_text: "It is broken again" }))
      assert.deepInclude(said, {
        author_type: "client",
        is_internal: false,
        created_by_name: "Cleo Client",
        author_contact_id: contact_id,
        author_contact_name: "Cleo Client"
      })
      const state = Effect.map(admin.get(`/api/v1/tickets/${ticket}`), ({ body }) => body.data.response_state)
      assert.strictEqual(yield* state, "awaiting_internal")
      const secret = { comment_text: "Secret", is_internal: true }
      assert.strictEqual(yield* failure(client(comments.add(ticket, secret))), "Forbidden")
      yield* colleague(comments.add(ticket, secret))
      assert.strictEqual(yield* state, "awaiting_internal", "What colleagues say to each other is no answer")
      yield* colleague(comments.add(ticket, { comment_text: "Fixed" }))
      assert.strictEqual(yield* state, "awaiting_client")
      const edited = yield* client(comments.edit(ticket, said.comment_id, { comment_text: "It was broken" }))
      assert.strictEqual(edited.note, "It was broken")
      assert.strictEqual(
        yield* failure(colleague(comments.edit(ticket, said.comment_id, { comment_text: "x" }))),
        "ValidationFailed"
      )
    })
  )

  it.effect("are not quoted on tickets of other clients", () =>
    Effect.gen(function* () {
      const own = yield* desk
      const { admin, client, colleague, comments, ticket } = own
      const child = yield* makeTicket(own)
      yield* admin.post(`/api/v1/tickets/${ticket}/bundle`, { child_ticket_ids: [child] })
      yield* client(comments.add(ticket, { comment_text: "My password is..." }))
      assert.deepStrictEqual(yield* colleague(comments.list(child, {})), [])
    })
  )
})

suite("whose reading is narrowed", (it) => {
  it.effect("has nothing to do with comments on other tickets", () =>
    Effect.gen(function* () {
      const { by, caller, colleague, comments, ticket, user, ...tenant } = yield* desk
      const narrowed = by(caller(user.user_id, { scopes: { "ticket:read": [{ template: "assigned" }] } }))
      const { comment_id } = yield* colleague(comments.add(ticket, { comment_text: "Done" }))
      const refused = [
        narrowed(comments.list(ticket, {})),
        narrowed(comments.get(ticket, comment_id)),
        narrowed(comments.add(ticket, { comment_text: "x" })),
        narrowed(comments.edit(ticket, comment_id, { comment_text: "x" })),
        narrowed(comments.delete(ticket, comment_id)),
        narrowed(comments.react(ticket, comment_id, { emoji: "👍" }))
      ]
      for (const work of refused) {
        assert.strictEqual(yield* failure<unknown, { readonly _tag: string }, never>(work), "Forbidden")
      }
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE tickets SET assigned_to = ${user.user_id}
        WHERE tenant = ${tenant.tenant.tenant} AND ticket_id = ${ticket}`
      assert.strictEqual((yield* narrowed(comments.list(ticket, {}))).length, 1)
      assert.strictEqual((yield* narrowed(comments.edit(ticket, comment_id, { comment_text: "x" }))).note, "x")
    })
  )
})
