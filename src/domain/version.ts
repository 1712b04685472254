/** The version of the API. */
export const version = "1.0.0"
