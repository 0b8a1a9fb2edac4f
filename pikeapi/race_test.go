//go:build race

package pikeapi

// padded is how much more memory the race detector takes for each allocation, in percent.
const padded = 30
