/** The OpenAPI document, derived from the API's declaration. */
import { Context, Layer } from "effect"
import { type HttpApi, type HttpApiGroup, OpenApi } from "effect/http-api"

/** The document of an API. */
export const openApi = <Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<"psa", Groups>
): OpenApi.OpenAPISpec => OpenApi.fromApi(api)

/** The document of the edition that is being served, made when it is first asked for. */
export class ApiDocument extends Context.Service<
  ApiDocument,
  {
    readonly document: () => OpenApi.OpenAPISpec
  }
>()("psa/http/ApiDocument") {
  static readonly layer = <Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<"psa", Groups>) =>
    Layer.succeed(ApiDocument, { document: () => openApi(api) })
}
