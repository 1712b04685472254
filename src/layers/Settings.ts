/** The settings, as the layers around the service know them. */
export { refuse, Settings, StartupError } from "../services/Settings.ts"
