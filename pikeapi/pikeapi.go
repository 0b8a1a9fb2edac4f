// Package pikeapi is the signed client for the Pike Payments partner API: environments, methods,
// objects, errors, idempotency and outcomes. It knows both API versions and hides their spellings
// from its callers. One Client serves every screen and every command.
package pikeapi
