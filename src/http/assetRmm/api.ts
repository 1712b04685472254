import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AssetId } from "../../domain/Asset.ts"
import { BadGateway, Conflict, NotFound, ValidationFailed } from "../../domain/Errors.ts"
import * as List from "../../domain/List.ts"
import { RemoteControl, RmmData, RmmJob, RmmJobId, RmmJobRow, RunScript, remoteControlTypes } from "../../domain/Rmm.ts"
import { RmmJobList } from "../../services/RmmJobService.ts"
import { about } from "../endpoint.ts"
import { One, Page } from "../envelope.ts"
import { Idempotency } from "../middleware/Idempotency.ts"

const message = Schema.String

/** A job that was queued, and what existing clients read of it beside `data`. */
const Accepted = Schema.Struct({
  success: Schema.Literal(true),
  message,
  jobId: Schema.String,
  ...One(RmmJob).fields
}).pipe(HttpApiSchema.status(202))

const params = { id: AssetId }

const poll =
  "The answer comes at once, with a job to ask after: `GET .../rmm/jobs/{job_id}`, until its `status` is `succeeded` or " +
  "`failed`. It is done once at most: where it breaks off in the middle it has failed with `OUTCOME_UNKNOWN`, and is not " +
  "tried again. An asset that no RMM manages, or whose RMM the tenant is not connected to, is a 409."

export class AssetRmmApi extends HttpApiGroup.make("assetRmm")
  .add(
    HttpApiEndpoint.get("get", "/", {
      params,
      success: Schema.Struct({ message: Schema.optionalKey(message), ...One(Schema.NullOr(RmmData)).fields }),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get what the RMM knows of an asset",
        description:
          "The asset's agent as it was when it was last read: `POST .../rmm/refresh` reads it. Null, with a message, where " +
          "no RMM manages the asset or the agent has not been read yet.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.post("refresh", "/refresh", {
      params,
      success: Schema.Struct({ message, ...One(RmmData).fields }),
      error: [NotFound, Conflict, BadGateway]
    }).annotateMerge(
      about({
        summary: "Read an asset's agent from the RMM",
        description:
          "Asks the RMM now, and keeps what it says; the asset's `agent_status`, `last_seen_at` and `last_rmm_sync_at` " +
          "follow. An asset that no RMM manages, whose RMM the tenant is not connected to, or whose agent the RMM does not " +
          "know is a 409; an RMM that fails, refuses the key or does not answer within ten seconds a 502.",
        requires: ["asset:update"]
      })
    ),
    HttpApiEndpoint.post("reboot", "/reboot", { params, success: Accepted, error: [NotFound, Conflict] })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Reboot an asset",
          description: `Restarts the machine by its RMM, without asking whoever works on it. ${poll}`,
          requires: ["rmm:execute_command"]
        })
      ),
    HttpApiEndpoint.post("script", "/script", {
      params,
      payload: RunScript,
      success: Accepted,
      error: [NotFound, Conflict, ValidationFailed]
    })
      .middleware(Idempotency)
      .annotateMerge(
        about({
          summary: "Run a script on an asset",
          description:
            `Runs one of the RMM's scripts on the machine, with its own arguments and time limit unless others are sent. ${poll} ` +
            "The job holds what the script wrote, and fails if it ends with an exit code other than 0 or takes too long.",
          requires: ["rmm:execute_command"],
          example: { request: { script_id: "12", args: ["-Verbose"], timeout: 60 } }
        })
      ),
    HttpApiEndpoint.get("remoteControl", "/remote-control", {
      params,
      query: {
        type: Schema.optionalKey(Schema.Literals(remoteControlTypes).annotate({ default: "splashtop" })).annotateKey({
          description:
            "What kind of session. Tactical RMM has `control`, `terminal` and `file`; it takes `splashtop`, `vnc` and `rdp` " +
            "for the first and `shell` for the second"
        })
      },
      success: One(RemoteControl),
      error: [NotFound, Conflict, BadGateway]
    }).annotateMerge(
      about({
        summary: "Get a remote control session of an asset",
        description:
          "An address that is logged in to the machine, for the caller alone: it is kept nowhere, and each is accounted for. " +
          "An asset that no RMM manages, an agent that is offline and a kind of session that the RMM does not offer are a 409.",
        requires: ["rmm:execute_command"]
      })
    ),
    HttpApiEndpoint.get("jobs", "/jobs", {
      params,
      query: List.query(RmmJobList),
      success: Page(RmmJobRow),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "List what the RMM was told to do with an asset",
        description: "Reboots and scripts, the latest first, without what the scripts wrote: that comes with one job.",
        requires: ["asset:read"]
      })
    ),
    HttpApiEndpoint.get("job", "/jobs/:jobId", {
      params: { ...params, jobId: RmmJobId },
      success: One(RmmJob),
      error: NotFound
    }).annotateMerge(
      about({
        summary: "Get a job of an asset's RMM",
        description:
          "How far it is, and what came of it. `queued` and `running` go on to `succeeded` or `failed`, which are final.",
        requires: ["asset:read"]
      })
    )
  )
  .prefix("/api/v1/assets/:id/rmm")
  .annotateMerge(
    OpenApi.annotations({
      title: "Remote management of assets",
      description:
        "What an RMM, the system for remote monitoring and management, knows of an asset, and can be told to do with it. " +
        "`rmm_provider` and `rmm_device_id` of the asset say which agent is on it."
    })
  ) {}
